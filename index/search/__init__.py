"""How a question finds its cards."""
