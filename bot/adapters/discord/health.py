"""The health file: it's touched while the gateway is alive, for a health check from outside."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import socket
from pathlib import Path

import discord

log = logging.getLogger(__name__)


def health_file_in(home: Path) -> Path:
    """Return the path of this machine's health file: two bots in two containers may share a home."""
    return home / f"discord-{socket.gethostname()}.alive"


def remove_health_file(path: Path) -> None:
    """Remove the file that an earlier connection left, before it can speak for a later one; a missing or read-only home is no matter."""
    with contextlib.suppress(OSError):
        path.unlink()


async def keep_touching(client: discord.Client, path: Path, every_s: float) -> None:
    """Touch the file while Discord acknowledges our heartbeats."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        await client.wait_until_ready()
        while True:
            if math.isfinite(client.latency):
                path.touch()
            await asyncio.sleep(every_s)
    except OSError as error:
        log.warning("the health file %s can't be written: %s", path, error)
