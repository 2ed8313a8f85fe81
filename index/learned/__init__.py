"""The learned parameters: how they are read and applied."""
