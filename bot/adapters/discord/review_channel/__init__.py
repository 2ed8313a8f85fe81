"""The mentors' review channel: the queue in messages, and decisions by buttons and forms."""
