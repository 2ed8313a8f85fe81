"""Askwell's own posts: their text, and how they are made and changed."""
