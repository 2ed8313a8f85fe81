"""The mentors' loop: from a question that waits to a decision, its delivery, and a card."""
