"""The state of one question: its answer in force and the decision that settles it."""
