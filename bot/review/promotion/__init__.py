"""Promotion: a mentor's answer becomes part of a card, or a new card."""
