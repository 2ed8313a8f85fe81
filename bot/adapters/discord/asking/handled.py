"""The messages that are being handled, those that their authors deleted, and the mark behind which all were handled."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable

# A deletion matters only until the answer is there, and what was handled only while a session begins.
KEPT = 1_000


class Handled:
    """Which messages were handled, by their ids, which grow with time.

    The mark is the newest id of which it's known that its message and all before it were handled: what is being handled holds it back.
    """

    def __init__(self, mark: int | None = None) -> None:
        self._newest = mark
        self._locks: dict[int, tuple[asyncio.Lock, int]] = {}
        self._held: list[int] = []
        self._deleted: OrderedDict[int, None] = OrderedDict()
        self._handled: OrderedDict[int, None] = OrderedDict()

    @property
    def mark(self) -> int | None:
        """Return the mark; None before the first message."""
        return min(self._held) - 1 if self._held and self._newest is not None else self._newest

    def start_at(self, mark: int) -> None:
        """Set the mark where there is none yet."""
        self._newest = mark if self._newest is None else max(self._newest, mark)

    @contextlib.asynccontextmanager
    async def handling(self, message: int, *, is_new: bool = True) -> AsyncIterator[None]:
        """Keep what else concerns the same message waiting, and hold the mark behind a message that is new."""
        lock, waiting = self._locks.get(message, (asyncio.Lock(), 0))
        self._locks[message] = (lock, waiting + 1)
        if is_new:
            self._held.append(message)
        try:
            async with lock:
                yield
            if is_new:
                self._newest = max(self._newest or 0, message)
                keep(self._handled, message)
        finally:
            if is_new:
                self._held.remove(message)
            lock, waiting = self._locks.pop(message)
            if waiting > 1:
                self._locks[message] = (lock, waiting - 1)

    def hold(self, mark: int) -> None:
        """Hold the mark where it is until `release`, while what came after it is looked through."""
        self._held.append(mark + 1)

    def release(self, mark: int) -> None:
        """Let the mark go on."""
        if mark + 1 in self._held:
            self._held.remove(mark + 1)

    def delete(self, messages: Iterable[int]) -> None:
        """Note that messages are gone."""
        for message in messages:
            keep(self._deleted, message)

    def is_deleted(self, message: int) -> bool:
        """Return whether a message is known to be gone."""
        return message in self._deleted

    def is_handled(self, message: int) -> bool:
        """Return whether this process is handling a message, or has handled it of late."""
        return message in self._handled or message in self._locks


def keep(messages: OrderedDict[int, None], message: int) -> None:
    """Keep one more message, and no more than the last thousand."""
    messages[message] = None
    while len(messages) > KEPT:
        messages.popitem(last=False)
