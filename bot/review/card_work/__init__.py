"""The mentors' work on cards by hand: edits with their check, and what became of a card."""
