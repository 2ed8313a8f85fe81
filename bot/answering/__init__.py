"""The answering core: one function that turns a question into an answer; no clock, network or database."""
