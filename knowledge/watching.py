"""A running process follows the cards: an edit is indexed and served without a pause, a slip in a file costs only that card."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import watchfiles

from knowledge.errors import AskwellError

log = logging.getLogger(__name__)
# It logs every change of every file.
logging.getLogger("watchfiles").setLevel(logging.WARNING)

# A folder that was this long without a change is whole: no file in it is half-written.
QUIET_S = 0.25
# How soon the thread looks whether it is to end, or to try again what failed.
WAKE_MS = 500
# A build that failed, on a full disk for one, is worth another try, but not one every second.
RETRY_S = 20.0
WATCHED = (".md", ".yaml")

Signature = frozenset[tuple[str, int, int]]


def signature(directory: Path) -> Signature:
    """Return the names, times and sizes of a folder's cards and YAML files: it changes when one of them does, and no file is read."""
    found: set[tuple[str, int, int]] = set()
    for folder, _, names in os.walk(directory):
        for name in names:
            if name.endswith(WATCHED):
                path = os.path.join(folder, name)  # noqa: PTH118  a folder may have ten thousand files
                try:
                    stat = os.stat(path)  # noqa: PTH116
                except OSError:
                    continue
                found.add((path, stat.st_mtime_ns, stat.st_size))
    return frozenset(found)


def watch(directory: Path, refresh: Callable[[], None], *, served: Signature | None = None, retry_s: float = RETRY_S) -> threading.Event:
    """Call `refresh` in a thread of its own whenever the folder has changed and then kept still; return the event that ends it.

    `served` is the folder's signature from before its cards were read, so that an edit made meanwhile is not missed; without it, the
    folder as it is now counts as served.
    """
    stop = threading.Event()
    follower = Follower(refresh, signature(directory) if served is None else served, retry_s)
    threading.Thread(target=follow, args=(directory, follower, stop), name="askwell-watch", daemon=True).start()
    return stop


def follow(directory: Path, follower: Follower, stop: threading.Event) -> None:
    """Watch a folder until `stop` is set.

    Where the system reports no changes (its limit of watches is reached, the folder is gone for a moment), the files are looked at instead.
    """
    polling: bool | None = None
    said = False
    while not stop.is_set():
        try:
            # What changed before this line is not reported, so the folder is looked at once without a report.
            unseen = True
            for changes in watchfiles.watch(
                directory, stop_event=stop, rust_timeout=WAKE_MS, yield_on_timeout=True, raise_interrupt=False, force_polling=polling
            ):
                if changes or unseen:
                    unseen = False
                    follower.look(settled(directory, stop))
                else:
                    follower.try_again()
        except (OSError, RuntimeError) as error:
            if not said:
                log.warning("changes in %s are not reported by the system, so its files are looked at: %s", directory, one_line(error))
            polling, said = True, True
            stop.wait(WAKE_MS / 1000)


def settled(directory: Path, stop: threading.Event) -> Signature:
    """Wait until a folder keeps still, so that no half-written file is read; return its signature."""
    before = signature(directory)
    while not stop.wait(QUIET_S) and (now := signature(directory)) != before:
        before = now
    return before


class Follower:
    """The state of the folder that is served, the one that failed, and when to try that again."""

    def __init__(self, refresh: Callable[[], None], served: Signature, retry_s: float = RETRY_S) -> None:
        self.refresh = refresh
        self.retry_s = retry_s
        self.served = served
        self.failed: Signature | None = None
        self.retry_at = 0.0

    def look(self, now: Signature) -> None:
        """Refresh if the folder isn't in the state that is served; a failure is logged once for each state of the folder."""
        if now == self.served:
            self.failed = None
            return
        if now == self.failed and time.monotonic() < self.retry_at:
            return
        try:
            self.refresh()
        except (AskwellError, OSError, RuntimeError, ValueError) as error:
            # Besides our own errors those of file systems, torch and FAISS: none of them may end the watching.
            if now != self.failed:
                log.warning("the changed cards are not served yet: %s", one_line(error))
            self.failed, self.retry_at = now, time.monotonic() + self.retry_s
        else:
            self.served, self.failed = now, None

    def try_again(self) -> None:
        """Refresh once more if the last refresh failed, and long enough ago."""
        if self.failed is not None:
            self.look(self.failed)


def one_line(error: Exception) -> str:
    """Return an error's message on one line."""
    return " ".join(str(error).split())
