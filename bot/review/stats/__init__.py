"""Statistics for mentors, counted from the ledger."""
