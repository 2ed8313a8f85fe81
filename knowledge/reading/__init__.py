"""How the knowledge folder is read."""
