"""The errors of calls to Discord, and their meaning for a delivery."""

from __future__ import annotations

import aiohttp
import discord

from knowledge.errors import PlatformError, Refused

REFUSED = (discord.HTTPException, aiohttp.ClientError, OSError)

# A repeat would fail too: a body that Discord doesn't take, a missing permission, a channel or message that is gone.
FOR_GOOD = frozenset({400, 403, 404})
# Source: Discord's API, JSON error codes.
UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
INVALID_TOKEN_OF_INTERACTION = 50027
THREAD_ARCHIVED = 50083
ACKNOWLEDGED = 40060
NO_RIGHT_TO_REPLY = 160002
THREAD_EXISTS = 160004


def code_of(error: BaseException) -> int | None:
    """Return Discord's own code for an error, None if Discord did not answer."""
    return error.code if isinstance(error, discord.HTTPException) else None


def delivery_error(error: BaseException) -> PlatformError | Refused:
    """Return the error of a delivery: refused for good, or worth another try."""
    words = in_one_line(error)
    if isinstance(error, discord.HTTPException) and error.status in FOR_GOOD:
        return Refused(f"Discord refuses it: {words}")
    return PlatformError(f"Discord did not take it: {words}")


def in_one_line(error: BaseException) -> str:
    """Return an error's words without line ends."""
    return " ".join(f"{type(error).__name__}: {error}".split())
