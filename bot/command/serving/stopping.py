"""An orderly end: SIGTERM, with which servers are stopped, ends the process with status 0; and no end where it would come again."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from types import FrameType
from typing import Any, NoReturn, TypeVar

from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

T = TypeVar("T")
# Set in docker-compose.yml, where a process that ends is started again at once, in circles.
STAYS_UP = "STAY_UP"


def end_on_sigterm() -> None:
    """Let SIGTERM end this process with status 0, at whatever it is."""
    signal.signal(signal.SIGTERM, end)


def end(_signal: int, _frame: FrameType | None) -> NoReturn:
    """End the process."""
    sys.exit(0)


def stay_up(error: AskwellError) -> None:
    """Wait for SIGTERM with an error that only other settings mend, where this process would be started again with the same ones."""
    if not os.environ.get(STAYS_UP):
        return
    end_on_sigterm()
    log.error("%s; nothing is served until that is mended and this is started again: docker compose up -d", error)
    while True:
        signal.pause()


def run_until_stopped(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine; SIGTERM cancels it, so that it closes its connections, and then ends the process with status 0."""

    async def cancelled_by_sigterm() -> T:
        task = asyncio.ensure_future(work)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await task

    try:
        return asyncio.run(cancelled_by_sigterm())
    except asyncio.CancelledError:
        sys.exit(0)
    finally:
        # The loop has put back the default, which would cut off what comes next.
        end_on_sigterm()
