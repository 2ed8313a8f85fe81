"""Answers composed of a card's sections and paragraphs."""
