"""Upkeep and recovery, beside answering."""
