"""PostgreSQL's answers have a deadline: a server that hangs, and still keeps its connections, counts as away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# A learner waits for it. It's longer than a wait for a lock may take, of which the server itself says that it's over.
ANSWER_WITHIN_S = 8.0
_here = threading.local()


@contextmanager
def without_deadline() -> Iterator[None]:
    """Let this thread wait for as long as it takes, in work that no learner waits for."""
    _here.patient = True
    try:
        yield
    finally:
        _here.patient = False


def connect_with_deadline(answer_within_s: float, *arguments: Any, **parameters: Any) -> Any:
    """Open a connection that fails, and closes, when a statement has no answer within a time.

    Source: psycopg's Connection.wait, by which every statement waits for the server.
    """
    import psycopg  # noqa: PLC0415  only ledgers in PostgreSQL need the driver

    class WithDeadline(psycopg.Connection[Any]):
        """A connection with a deadline for every answer."""

        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            """Wait for the server, no longer than the deadline."""
            limit_s = None if getattr(_here, "patient", False) else answer_within_s
            try:
                return super().wait(gen, interval, limit_s if timeout is None else timeout)
            except psycopg.errors._WaitTimeout:
                self.pgconn.finish()
                raise psycopg.OperationalError(f"the server has not answered within {answer_within_s:g} s") from None

    return WithDeadline.connect(*arguments, **parameters)
