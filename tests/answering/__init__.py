"""The tests of the answering core."""
