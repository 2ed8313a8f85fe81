"""Processes that serve people for days: the desk, their orderly end, and the lines of their log."""
