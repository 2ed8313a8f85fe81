"""Getting into the desk: one-time links, sessions, and what no request may do."""
