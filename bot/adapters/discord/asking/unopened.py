"""Where an answer goes whose thread was never opened, because the process was killed just before or Discord refused it then."""

from __future__ import annotations

from dataclasses import dataclass

import discord
from discord.abc import Messageable

from bot.adapters.discord.asking.places import own_rights, place_for


@dataclass(frozen=True)
class Place:
    """Where to send to, and as a reply to which message, if to any."""

    channel: Messageable
    message: discord.MessageReference | None = None


async def place_of_unopened(client: discord.Client, thread: int, question: str) -> Place | None:
    """Find the message whose thread there should be, and open it, or else answer below the message; None if there is none.

    A thread has the id of the message that it begins with, so that message is looked for in every channel that is not older than it. If
    its thread was there and somebody removed it, nothing is answered.
    """
    for channel in channels_since(client, thread):
        try:
            message = await channel.fetch_message(thread)
        except (discord.NotFound, discord.Forbidden):
            continue
        if message.flags.has_thread:
            return None
        place = await place_for(message, question)
        return Place(place, message.to_reference(fail_if_not_exists=False) if place.id == channel.id else None)
    return None


def channels_since(client: discord.Client, message: int) -> list[discord.TextChannel]:
    """Return the text channels that we can read and whose last message is not older than one, the most recent first."""
    found = [
        channel
        for guild in client.guilds
        for channel in guild.text_channels
        if (channel.last_message_id or 0) >= message and own_rights(channel).read_message_history
    ]
    return sorted(found, key=lambda channel: channel.last_message_id or 0, reverse=True)
