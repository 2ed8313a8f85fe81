"""What every command that serves people for days needs: an orderly end, and lines for a log; and the desk's command."""
