"""What a running process does beside answering: it enters what was spooled, does what killed ones left, and lets go of the old."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

# Shorter than the time after which a question tries the ledger itself, so that no learner waits for it.
SPOOL_EVERY_S = 2.0
RECOVER_EVERY_S = 60.0
PURGE_EVERY_S = 24 * 3600.0


def keep_up(
    enter_spooled: Callable[[], int],
    purge: Callable[[], int] | None = None,
    *,
    recover: Callable[[], object] | None = None,
    every_s: float = SPOOL_EVERY_S,
) -> threading.Event:
    """Do these again and again in a thread of its own; return the event that ends it.

    `recover` comes first, and then every while: what a killed process had in hand is anybody's only once it counts as dead. `purge`
    comes after the first look at the spool and then once a day; None leaves it to `askwell ledger purge`.
    """
    stop = threading.Event()

    def keep() -> None:
        next_purge = next_recovery = time.monotonic()
        while not stop.wait(every_s):
            enter_spooled()
            if recover is not None and time.monotonic() >= next_recovery:
                next_recovery = time.monotonic() + RECOVER_EVERY_S
                recover()
            if purge is not None and time.monotonic() >= next_purge:
                next_purge = time.monotonic() + PURGE_EVERY_S
                purge_once(purge)

    threading.Thread(target=keep, name="askwell-upkeep", daemon=True).start()
    return stop


def purge_once(purge: Callable[[], int]) -> None:
    """Purge, and say in the log how much, or why not."""
    try:
        removed = purge()
    except (AskwellError, OSError) as error:
        log.warning("old questions are not removed yet: %s", error)
    else:
        if removed:
            log.warning("%d question%s removed that were older than ASKWELL_KEEP_DAYS", removed, "" if removed == 1 else "s")
