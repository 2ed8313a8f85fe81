"""Processes that serve learners for days: their orderly end, and the lines of their log."""
