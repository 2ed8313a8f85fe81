"""What is heard on the forum, and whether it wants an answer."""
