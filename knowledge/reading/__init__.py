"""The files of the knowledge folder, read."""
