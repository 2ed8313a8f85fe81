"""The ledger: questions, answers and what became of them, in SQLAlchemy; the only place that knows the database."""
