"""The door that every message comes through: it is cleaned and masked once, and may need a person instead of an answer."""
