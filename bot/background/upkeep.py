"""The thread beside answering: it enters spooled events, recovers what killed processes left behind, and removes old questions."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

# Shorter than the pause after which a question tries the ledger itself, so that no learner waits for it.
SPOOL_EVERY_S = 2.0
RECOVER_EVERY_S = 60.0
PURGE_EVERY_S = 24 * 3600.0


@dataclass(frozen=True)
class Upkeep:
    """The thread beside answering, and the event that ends it."""

    thread: threading.Thread
    stop: threading.Event

    def end(self, *, within_s: float) -> None:
        """Let it end what it's at, for no longer than this."""
        self.stop.set()
        self.thread.join(within_s)


def start_upkeep(
    enter_spooled: Callable[[], int],
    purge: Callable[[], int] | None = None,
    *,
    recover: Callable[[], object] | None = None,
    every_s: float = SPOOL_EVERY_S,
    recover_every_s: float = RECOVER_EVERY_S,
) -> Upkeep:
    """Call these again and again in a thread, and return it.

    `recover` runs first and then every minute, since a killed process counts as dead only after a while. `purge` runs after the spool
    was entered once, and then daily; None leaves it to `askwell ledger purge`.
    """
    stop = threading.Event()

    def keep() -> None:
        next_purge = next_recovery = time.monotonic()
        while not stop.wait(every_s):
            enter_spooled()
            if recover is not None and time.monotonic() >= next_recovery:
                next_recovery = time.monotonic() + recover_every_s
                recover()
            if purge is not None and time.monotonic() >= next_purge:
                next_purge = time.monotonic() + PURGE_EVERY_S
                purge_once(purge)

    thread = threading.Thread(target=keep, name="askwell-upkeep", daemon=True)
    thread.start()
    return Upkeep(thread, stop)


def purge_once(purge: Callable[[], int]) -> None:
    """Purge, and log how many questions were removed, or why none were."""
    try:
        removed = purge()
    except (AskwellError, OSError) as error:
        log.warning("old questions are not removed yet: %s", error)
    else:
        if removed:
            log.info("%d question%s removed that were older than ASKWELL_KEEP_DAYS", removed, "" if removed == 1 else "s")
