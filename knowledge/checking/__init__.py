"""The rules that cards have to keep."""
