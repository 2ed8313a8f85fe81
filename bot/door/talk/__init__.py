"""Messages that ask nothing: their phrases, and what is said to them."""
