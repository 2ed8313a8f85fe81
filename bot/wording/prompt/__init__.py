"""The prompt that a model is sent."""
