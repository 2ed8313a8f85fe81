"""The tests of the index."""
