"""How a running process follows the cards: an edit is indexed and served without a pause, a slip in a file costs only that card."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

EVERY_S = 1.0


def signature(directory: Path) -> frozenset[tuple[str, int, int]]:
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


def watch(directory: Path, refresh: Callable[[], None], *, every_s: float = EVERY_S) -> threading.Event:
    """Call `refresh` in a thread of its own whenever the folder has changed and then kept still; return the event that ends it."""
    stop = threading.Event()

    def follow() -> None:
        served = signature(directory)
        before = served
        while not stop.wait(every_s):
            now = signature(directory)
            # A folder that is still changing is left alone until it rests, so that half-written files are not read.
            if now != served and now == before:
                served = now
                try:
                    refresh()
                except AskwellError as error:
                    log.warning("the changed cards are not served yet: %s", error)
            before = now

    threading.Thread(target=follow, name="askwell-watch", daemon=True).start()
    return stop
