"""How a running process follows the cards: an edit is indexed and served without a pause, a slip in a file costs only that card."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

# Seen at the next look and served at the one after it: an edit waits for at most two of these and the indexing.
EVERY_S = 0.3
# Looking takes at most one part in so many of a processor's time, however large the folder.
REST_OF_TIME = 20
# A build that failed, on a full disk for one, is worth another try, but not one every second.
RETRY_S = 20.0

Signature = frozenset[tuple[str, int, int]]


def signature(directory: Path) -> Signature:
    """Return what changes whenever a file of the knowledge folder does: names, times, sizes; no file is read."""
    found: set[tuple[str, int, int]] = set()
    for folder, _, _ in os.walk(directory):
        found.update(seen(folder, (".md", ".yaml")))
    return frozenset(found)


def seen(folder: Path | str, endings: tuple[str, ...]) -> list[tuple[str, int, int]]:
    """Return the name, time and size of each of a folder's files with one of these endings."""
    found = []
    for entry in entries(folder):
        if entry.name.endswith(endings):
            try:
                stat = entry.stat()
            except OSError:
                continue
            found.append((entry.path, stat.st_mtime_ns, stat.st_size))
    return found


def entries(folder: Path | str) -> list[os.DirEntry[str]]:
    """Return what stands in a folder; nothing where it can't be read."""
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


def watch(
    directory: Path, refresh: Callable[[], None], *, served: Signature | None = None, every_s: float = EVERY_S, retry_s: float = RETRY_S
) -> threading.Event:
    """Call `refresh` in a thread of its own whenever the folder has changed and then kept still; return the event that ends it.

    `served` is the folder's signature from before its cards were read, so that an edit made while they were is not missed; without it,
    the folder as it is now counts as served.
    """
    stop = threading.Event()
    following = Following(refresh, signature(directory) if served is None else served, retry_s)

    def follow() -> None:
        took_s = 0.0
        while not stop.wait(max(every_s, took_s * REST_OF_TIME)):
            # The thread's own time: a look that others keep waiting must not make the next one late too.
            begun = time.thread_time()
            now = signature(directory)
            took_s = time.thread_time() - begun
            following.look(now)

    threading.Thread(target=follow, name="askwell-watch", daemon=True).start()
    return stop


class Following:
    """What the watching thread knows: which state of the folder is served, which was seen last, which failed and when to try it again."""

    def __init__(self, refresh: Callable[[], None], served: Signature, retry_s: float) -> None:
        self.refresh = refresh
        self.retry_s = retry_s
        self.served = self.before = served
        self.failed: Signature | None = None
        self.retry_at = 0.0

    def look(self, now: Signature) -> None:
        """Take in how the folder looks, and refresh if it has changed and rests; a failure is logged once for each state of the folder."""
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
