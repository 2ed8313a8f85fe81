"""One check over a list of cases, with every failing case shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


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
