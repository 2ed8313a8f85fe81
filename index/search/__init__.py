"""The search for the cards that settle a question."""
