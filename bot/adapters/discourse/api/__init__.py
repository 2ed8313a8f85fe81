"""Discourse's API: the client, and the topics and posts that it returns."""
