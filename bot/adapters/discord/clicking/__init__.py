"""The buttons under answers, and what a click on them does."""
