"""All that a mentor sees of one question."""
