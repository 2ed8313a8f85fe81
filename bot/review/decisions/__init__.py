"""Mentors' decisions on questions."""
