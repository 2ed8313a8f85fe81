"""A learner's message in Discord and its answer."""
