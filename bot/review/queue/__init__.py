"""Which questions wait for a mentor, in which order, and who has claimed them."""
