"""The ledger as a whole: a copy of all its rows, and whether it is still the one that was used before."""
