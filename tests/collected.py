"""A check over a list of cases, with every failing case shown; and calls at once in threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

Returned = TypeVar("Returned")


def failing(check: Callable[..., object], cases: Iterable[tuple[Any, ...]]) -> dict[str, str]:
    """Return the cases that fail a check, each with its failure.

    >>> def even(number):
    ...     assert number % 2 == 0, "odd"
    >>> failing(even, [(2,), (3,)])
    {'(3,)': 'AssertionError: odd'}
    """
    failed: dict[str, str] = {}
    for case in cases:
        try:
            check(*case)
        except Exception as error:  # noqa: BLE001  whatever it is, the test shows it
            failed[repr(case)] = f"{type(error).__name__}: {error}"
    return failed


def at_once(threads: int, act: Callable[[int], Returned]) -> list[Returned]:
    """Call a function with 0, 1, 2, ... in so many threads that begin together; return what it returned."""
    together = Barrier(threads)

    def begin(number: int) -> Returned:
        together.wait()
        return act(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))
