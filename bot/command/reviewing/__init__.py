"""`askwell review`: the mentors' loop from a shell."""
