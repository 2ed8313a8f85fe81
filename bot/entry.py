"""The entry of the command `askwell`: Ctrl-C ends it in silence even while it's still being imported."""

from __future__ import annotations

import os
import signal
import sys

INTERRUPTED = 130
# Set in the image, where root could do more than a bot needs to.
REFUSES_ROOT = "REFUSE_ROOT"


def main() -> int:
    """Import the command, and run it."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    if os.environ.get(REFUSES_ROOT) and os.geteuid() == 0:
        print("askwell: this image doesn't run as root: set APP_UID in .env, or give --user UID to docker run", file=sys.stderr)
        return 2
    from bot.command import main as run  # noqa: PLC0415  the import is what takes a second

    signal.signal(signal.SIGINT, signal.default_int_handler)
    return run()
