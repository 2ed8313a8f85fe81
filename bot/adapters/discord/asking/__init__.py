"""From a learner's message in Discord to its answer there."""
