"""Answers that the configured language model words, and their check."""
