"""The embedding model, and other models that read text."""
