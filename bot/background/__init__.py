"""What a running process does beside answering."""
