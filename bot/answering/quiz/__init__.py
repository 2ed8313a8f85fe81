"""Quiz and fill-in-the-blank items."""
