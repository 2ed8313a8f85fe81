"""The cards, and the code that reads and checks them."""
