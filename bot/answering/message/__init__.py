"""What a message asks for, read in its conversation."""
