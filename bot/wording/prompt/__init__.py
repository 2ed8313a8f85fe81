"""The prompts that a model receives."""
