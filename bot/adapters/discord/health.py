"""The health file: it's touched while the gateway is alive, for a health check from outside."""

from __future__ import annotations

import asyncio
import logging
import math
from pathlib import Path

import discord

log = logging.getLogger(__name__)


async def keep_touching(client: discord.Client, path: Path, every_s: float) -> None:
    """Touch the file while Discord acknowledges our heartbeats; remove one left by an earlier run."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        await client.wait_until_ready()
        while True:
            if math.isfinite(client.latency):
                path.touch()
            await asyncio.sleep(every_s)
    except OSError as error:
        log.warning("the health file %s can't be written: %s", path, error)
