"""An orderly end: SIGTERM, with which servers are stopped, ends the process with status 0."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from types import FrameType
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")


def end_on_sigterm() -> None:
    """Let SIGTERM end this process with status 0, at whatever it is."""
    signal.signal(signal.SIGTERM, end)


def end(_signal: int, _frame: FrameType | None) -> NoReturn:
    """End the process."""
    sys.exit(0)


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
