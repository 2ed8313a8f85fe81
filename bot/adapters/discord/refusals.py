"""What a call to Discord can end with when Discord, or the way to it, says no, and how that is logged."""

from __future__ import annotations

import aiohttp
import discord

from knowledge.errors import PlatformError, Refused

REFUSED = (discord.HTTPException, aiohttp.ClientError, OSError)

# What no repeat makes good: a body that Discord doesn't take, a right that we lack, a channel or message that is gone.
FOR_GOOD = frozenset({400, 403, 404})
# Source: Discord's API, JSON error codes.
UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
INVALID_TOKEN_OF_INTERACTION = 50027
THREAD_ARCHIVED = 50083
NO_RIGHT_TO_REPLY = 160002
THREAD_EXISTS = 160004


def code_of(error: BaseException) -> int | None:
    """Return Discord's own code for an error, None where Discord did not answer."""
    return error.code if isinstance(error, discord.HTTPException) else None


def meant(error: BaseException) -> PlatformError | Refused:
    """Return what an error means for something that is owed: refused for good, or worth another try."""
    words = in_one_line(error)
    if isinstance(error, discord.HTTPException) and error.status in FOR_GOOD:
        return Refused(f"Discord refuses it: {words}")
    return PlatformError(f"Discord did not take it: {words}")


def in_one_line(error: BaseException) -> str:
    """Return an error's words without line ends."""
    return " ".join(f"{type(error).__name__}: {error}".split())
