"""Messages to be sent to the platforms, and how they get there."""
