"""Missing permissions, each told once to the person who runs the bot."""

from __future__ import annotations

import logging
from collections.abc import Callable

import discord

from bot.adapters.discord.asking.places import own_rights

log = logging.getLogger(__name__)


class ToldOnce:
    """Lines for the person who runs the bot; the same one is told once, in the log and wherever `tell` says it."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self.tell: Callable[[str], None] | None = None

    def say(self, line: str) -> None:
        """Tell a line unless it was told."""
        if line in self._told:
            return
        self._told.add(line)
        log.warning("%s", line)
        if self.tell is not None:
            self.tell(line)

    def check(self, channel: object) -> None:
        """Tell what a channel doesn't let us do."""
        places = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
        missing = missing_rights(channel) if isinstance(channel, places) else []
        if missing:
            where = f"#{channel.name} ({channel.id})"  # type: ignore[attr-defined]
            self.say(f"in {where} Askwell lacks {' and '.join(missing)}: docs/operators/discord.md says what for")


def missing_rights(channel: discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread) -> list[str]:
    """Return the names of the permissions that answering in a channel needs and that we don't have there."""
    rights = own_rights(channel)
    if isinstance(channel, discord.Thread):
        wanted = {"Send Messages in Threads": rights.send_messages_in_threads}
    elif isinstance(channel, discord.TextChannel):
        wanted = {
            "Send Messages": rights.send_messages,
            "Create Public Threads": rights.create_public_threads,
            "Send Messages in Threads": rights.send_messages_in_threads,
        }
    else:
        wanted = {"Send Messages": rights.send_messages}
    return [name for name, given in (wanted | {"Read Message History": rights.read_message_history}).items() if not given]
