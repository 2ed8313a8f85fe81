"""The commands that serve learners for days: each platform, an orderly end, and lines for a log."""
