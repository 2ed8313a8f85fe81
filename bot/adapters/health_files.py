"""The files that a process touches while a platform acknowledges it: a check from outside goes by their age."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable
from pathlib import Path

from knowledge.files import why_not_writable

log = logging.getLogger(__name__)

# They are touched every 15 seconds.
UNHEALTHY_AFTER_S = 120.0


def health_file(home: Path, platform: str) -> Path:
    """Return the path of this machine's file: two bots in two containers may share a home."""
    return home / f"{platform}-{socket.gethostname()}.alive"


def remove_file(path: Path) -> None:
    """Remove what an earlier run left, before it can speak for a later one; a missing or read-only home is no matter."""
    with contextlib.suppress(OSError):
        path.unlink()


def silent_for(path: Path, platform: str) -> str:
    """Return why a platform can't be served now, by its file; empty if it can."""
    try:
        age_s = time.time() - path.stat().st_mtime
    except OSError:
        why = why_not_writable(path)
        return f"the health file {path} can't be written: {why}" if why else f"not connected to {platform}"
    return f"{platform} has not answered for {age_s:.0f} s" if age_s > UNHEALTHY_AFTER_S else ""


async def keep_touching(path: Path, is_alive: Callable[[], bool], every_s: float) -> None:
    """Touch a file again and again while the platform answers; one that can't be written is told once, and tried again."""
    told = False
    while True:
        if is_alive():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
                told = False
            except OSError as error:
                if not told:
                    log.warning("the health file %s can't be written, so checks from outside fail: %s", path, error)
                told = True
        await asyncio.sleep(every_s)
