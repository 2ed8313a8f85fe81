"""The fitting of the learned parameters."""
