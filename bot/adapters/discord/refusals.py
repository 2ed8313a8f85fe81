"""What a call to Discord can end with when Discord, or the way to it, says no, and how that is logged."""

from __future__ import annotations

import aiohttp
import discord

REFUSED = (discord.HTTPException, aiohttp.ClientError, OSError)


def in_one_line(error: BaseException) -> str:
    """Return an error's words without line ends."""
    return " ".join(f"{type(error).__name__}: {error}".split())
