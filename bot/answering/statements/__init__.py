"""Statements that the cards support, contradict or leave open."""
