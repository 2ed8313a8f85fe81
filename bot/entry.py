"""The entry of the command `askwell`: Ctrl-C ends it in silence even while it's still being imported."""

from __future__ import annotations

import os
import signal

INTERRUPTED = 130


def main() -> int:
    """Import the command, and run it."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    from bot.command import main as run  # noqa: PLC0415  the import is what takes a second

    signal.signal(signal.SIGINT, signal.default_int_handler)
    return run()
