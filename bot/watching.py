"""How a running process follows the cards: an edit is indexed and served without a pause, a slip in a file costs only that card."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

EVERY_S = 1.0
# A build that failed, on a full disk for one, is worth another try, but not one every second.
RETRY_S = 20.0

Signature = frozenset[tuple[str, int, int]]


def signature(directory: Path) -> Signature:
    """Return what changes whenever a file of the knowledge folder does: names, times, sizes; no file is read."""
    found = set()
    for pattern in ("*/*.md", "*.yaml", "*/*.yaml"):
        for path in directory.glob(pattern):
            try:
                stat = path.stat()
            except OSError:
                continue
            found.add((str(path), stat.st_mtime_ns, stat.st_size))
    return frozenset(found)


def watch(
    directory: Path, refresh: Callable[[], None], *, served: Signature | None = None, every_s: float = EVERY_S, retry_s: float = RETRY_S
) -> threading.Event:
    """Call `refresh` in a thread of its own whenever the folder has changed and then kept still; return the event that ends it.

    `served` is the folder's signature from before its cards were read, so that an edit made while they were is not missed; without it,
    the folder as it is now counts as served.
    """
    stop = threading.Event()
    following = Following(directory, refresh, signature(directory) if served is None else served, retry_s)

    def follow() -> None:
        while not stop.wait(every_s):
            following.look()

    threading.Thread(target=follow, name="askwell-watch", daemon=True).start()
    return stop


class Following:
    """What the watching thread knows: which state of the folder is served, which was seen last, which failed and when to try it again."""

    def __init__(self, directory: Path, refresh: Callable[[], None], served: Signature, retry_s: float) -> None:
        self.directory = directory
        self.refresh = refresh
        self.retry_s = retry_s
        self.served = self.before = served
        self.failed: Signature | None = None
        self.retry_at = 0.0

    def look(self) -> None:
        """Look at the folder once, and refresh if it has changed and rests; a failure is logged once for each state of the folder."""
        now = signature(self.directory)
        # A folder that is still changing is left alone until it rests, so that half-written files are not read.
        rests, self.before = now == self.before, now
        if now == self.served or not rests or (now == self.failed and time.monotonic() < self.retry_at):
            return
        try:
            self.refresh()
        except (AskwellError, OSError, RuntimeError, ValueError) as error:
            # Besides our own errors those of file systems, torch and FAISS: none of them may end the watching.
            if now != self.failed:
                log.warning("the changed cards are not served yet: %s", " ".join(str(error).split()))
            self.failed, self.retry_at = now, time.monotonic() + self.retry_s
        else:
            self.served, self.failed = now, None
