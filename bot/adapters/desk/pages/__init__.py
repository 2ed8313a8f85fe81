"""The pages of the desk: each reads what was asked, calls once, and shows."""
