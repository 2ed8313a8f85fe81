"""What mentors decide on a question."""
