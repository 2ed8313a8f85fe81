"""Where Askwell answers in Discord, whom, and how much."""
