"""The program as an operator runs it: `python -m tests.operating.figures` takes its figures, `python -m tests.operating.a_day` its day."""
