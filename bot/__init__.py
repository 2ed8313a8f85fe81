"""The program: answering, the ledger, the platforms and the command."""
