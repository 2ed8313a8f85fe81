"""The desk's pages over a large ledger, measured: `python -m tests.measure_desk`."""
