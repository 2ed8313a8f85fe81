"""The commands that serve people for days: each platform, the desk, an orderly end, and lines for a log."""
