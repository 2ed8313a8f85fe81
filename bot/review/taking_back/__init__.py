"""Undoing a promotion: the card, its commit, the regression case, the candidate, and the answers that came of it."""
