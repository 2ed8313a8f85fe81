"""A message is read in its conversation: its form, its wishes, its cards."""
