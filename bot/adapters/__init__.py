"""The platforms: each turns its events into questions, and answers into its messages."""
