"""The index on disk: passages, vectors and generations."""
