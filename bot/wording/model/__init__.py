"""Calls to the configured language model."""
