"""Events that discord.py can't parse: each is logged, and the connection goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import discord

log = logging.getLogger(__name__)

# What reading a field raises that is missing, or of another kind than discord.py knows.
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)


def guard_events(client: discord.Client) -> None:
    """Have a client log events that it can't parse instead of ending with a traceback."""
    parsers = client._connection.parsers
    parsers.update({event: guarded(event, parse) for event, parse in parsers.items()})


def guarded(event: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a parser that logs what it can't parse, in one line and without its text."""

    @wraps(parse)
    def parsed(payload: Any) -> None:
        try:
            parse(payload)
        except UNREADABLE as error:
            log.error("an event %s of Discord can't be read and is passed over: %s: %s", event, type(error).__name__, error)

    return parsed
