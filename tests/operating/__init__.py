"""The program as an operator runs it: `python -m tests.operating.load` takes its figures, `python -m tests.operating.a_day` its day."""
