"""The buttons under answers, and the reactions to clicks."""
