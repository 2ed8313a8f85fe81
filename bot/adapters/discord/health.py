"""How a health check from outside sees that the gateway is alive: a file that is touched while it is."""

from __future__ import annotations

import asyncio
import logging
import math
from pathlib import Path

import discord

log = logging.getLogger(__name__)

TOUCHED_EVERY_S = 15.0


async def keep_touching(client: discord.Client, path: Path) -> None:
    """Touch the file as long as Discord acknowledges our heartbeats; remove what an earlier run left."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        await client.wait_until_ready()
        while True:
            if math.isfinite(client.latency):
                path.touch()
            await asyncio.sleep(TOUCHED_EVERY_S)
    except OSError as error:
        log.warning("the health file %s can't be written: %s", path, error)
