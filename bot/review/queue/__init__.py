"""The queue of questions that wait for a mentor: their order, and who has claimed them."""
