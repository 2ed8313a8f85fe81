"""The platforms on which learners are served, in one process: each is kept up by itself, over one service."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.adapters.keep_trying import keep_trying
from bot.background.measures import Measures
from bot.background.status_page import serve_status
from bot.command.serving.log_lines import log_to_stderr
from bot.command.serving.opening import opened_service
from bot.command.serving.stopping import end_on_sigterm, run_until_stopped
from bot.service import Service
from bot.settings import Settings
from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

# After a fault of ours, which is in the log with its traceback, a platform begins again.
BEGIN_AGAIN_S = 60.0


@dataclass(frozen=True)
class Platform:
    """One place where learners or mentors are served.

    `missing` says what to set for it, empty if that is all there. `prepare` puts away what an earlier run left. `log_in` reaches the
    platform once before the seconds of loading, and returns the name that it has there, empty if there is none. `run` serves until
    cancelled.
    """

    name: str
    missing: Callable[[Settings], str]
    prepare: Callable[[Settings], None]
    log_in: Callable[[Settings], Awaitable[str]]
    run: Callable[[Settings, Service, Measures], Awaitable[None]]
    reason_not_ready: Callable[[Settings], str]


def serve(platforms: Sequence[Platform], settings: Settings) -> int:
    """Serve on some platforms until stopped; one that is away or refuses is tried again, and doesn't stop the others."""
    end_on_sigterm()
    log_to_stderr(settings.log_format)
    for platform in platforms:
        platform.prepare(settings)
    measures = Measures("+".join(platform.name for platform in platforms), lambda: reasons_not_ready(platforms, settings))
    with serve_status(settings.status_address, measures):
        # Before the seconds of loading: while no platform lets us in there is nothing to load for.
        run_until_stopped(first_login(platforms, settings))
        with opened_service(settings, measures) as service:
            run_until_stopped(serve_all(platforms, settings, service, measures))
    return 0


def reasons_not_ready(platforms: Sequence[Platform], settings: Settings) -> str:
    """Return why some platforms can't be served now, empty if all can."""
    return "; ".join(reason for platform in platforms if (reason := platform.reason_not_ready(settings)))


async def first_login(platforms: Sequence[Platform], settings: Settings) -> None:
    """Return once one platform lets us in."""

    async def log_in(platform: Platform) -> None:
        name = await keep_trying(lambda: platform.log_in(settings))
        if name:
            log.info("logged in to %s as %s", platform.name.capitalize(), name)

    tasks = {asyncio.create_task(log_in(platform)) for platform in platforms}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in done:
        task.result()


async def serve_all(
    platforms: Sequence[Platform], settings: Settings, service: Service, measures: Measures, *, begin_again_s: float = BEGIN_AGAIN_S
) -> None:
    """Keep all platforms up until cancelled."""
    running = [partial(platform.run, settings, service, measures) for platform in platforms]
    tasks = {asyncio.create_task(kept_up(each.name, run, begin_again_s)) for each, run in zip(platforms, running, strict=True)}
    try:
        await asyncio.wait(tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def kept_up(name: str, run: Callable[[], Awaitable[None]], begin_again_s: float) -> None:
    """Serve on one platform until cancelled, whatever happens to it."""
    while True:
        task = asyncio.ensure_future(keep_trying(run))
        try:
            # Not awaited directly, so that its error is looked at here and ends nothing else.
            await asyncio.wait({task})
        finally:
            task.cancel()
            await asyncio.wait({task})
        if not task.cancelled():
            error = task.exception()
            # Its line says all; a fault of ours needs its traceback.
            why, trace = (f": {error}", None) if isinstance(error, AskwellError) else ("", error)
            log.error("%s ended%s; it begins again in %.0f s", name.capitalize(), why, begin_again_s, exc_info=trace)
        await asyncio.sleep(begin_again_s)
