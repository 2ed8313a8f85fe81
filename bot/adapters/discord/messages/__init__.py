"""Answers and deliveries as Discord messages: rendered, split, sent and edited."""
