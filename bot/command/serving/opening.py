"""The service of a process that serves learners: it's opened with patience, kept up by two threads, and closed in order."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from bot.app import open_service
from bot.background.measures import Measures
from bot.background.recovery import recover
from bot.background.upkeep import start_upkeep
from bot.service import Service
from bot.settings import Settings
from knowledge.errors import AskwellError, UsageError
from knowledge.watching import signature, watch

log = logging.getLogger(__name__)

T = TypeVar("T")
# The first wait, and the longest: who has mended a folder's rights doesn't want to wait for an hour.
WAIT_S, WAIT_MOST_S = 10.0, 60.0
# What the upkeep is at has so long to end.
END_WITHIN_S = 10.0


@contextmanager
def opened_service(settings: Settings, measures: Measures) -> Iterator[Service]:
    """Open the service, follow the cards and keep the ledger in threads; at the end stop these, and close the ledger."""
    before = signature(settings.knowledge_dir)
    service = open_patiently(lambda: open_service(settings, progress=log.info), measures.note_why_closed)
    try:
        measures.watch(service)
        following = watch(settings.knowledge_dir, service.refresh, served=before)
        upkeep = start_upkeep(
            service.enter_spooled,
            lambda: service.purge(settings.home, settings.keep_days),
            recover=lambda: recover(
                service, knowledge=settings.knowledge_dir, home=settings.home, per_hour={"discord": settings.discord_questions_per_hour}
            ),
        )
        try:
            yield service
        finally:
            following.set()
            upkeep.end(within_s=END_WITHIN_S)
    finally:
        service.close()


def open_patiently(open_it: Callable[[], T], tell: Callable[[str], None], *, wait: Callable[[float], object] = time.sleep) -> T:
    """Return what can be opened; what can't be is tried again, with one line in the log for each new reason.

    A process that ended would be started again at once, in circles. `tell` is given the reason too, and nothing in the end.

    Raises:
        UsageError: a setting can't be used, which no further try changes.
    """
    wait_s, said = WAIT_S, ""
    while True:
        try:
            opened = open_it()
        except UsageError:
            raise
        except (AskwellError, OSError) as error:
            why = reason_of(error)
        else:
            tell("")
            return opened
        tell(why)
        if why != said:
            log.error("%s; nothing is served until that is mended, which is looked at every %.0f s", why, WAIT_MOST_S)
            said = why
        wait(wait_s)
        wait_s = min(2 * wait_s, WAIT_MOST_S)


def reason_of(error: AskwellError | OSError) -> str:
    """Return an error in one line that says what to mend."""
    if isinstance(error, AskwellError):
        return str(error)
    return f"{error.filename or 'a file'} can't be used ({error.strerror or error}): mend it or its permissions"
