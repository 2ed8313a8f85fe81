"""Passages, embeddings, search, confidence and evaluation."""
