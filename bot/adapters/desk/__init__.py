"""The desk: the mentors' web page, rendered on the server, over the same functions that the shell calls."""
