"""Signing in with an account: what each platform says of a person, and whether they still are a mentor."""
