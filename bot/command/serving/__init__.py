"""What every command that serves learners for days needs: an orderly end, and lines for a log."""
