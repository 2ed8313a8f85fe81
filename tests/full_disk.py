"""A disk without room, as the system makes one: no function is patched."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_room(left: int = 1) -> Iterator[None]:
    """Let no file of this process grow beyond some bytes: what is written beyond them raises OSError, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(left, 1), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
