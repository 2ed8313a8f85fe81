"""Figures over labelled questions and claims: quality and speed."""
