"""Answers worded by the configured language model, and checked."""
