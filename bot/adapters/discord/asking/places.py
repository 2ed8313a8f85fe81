"""The place of an answer: the thread of its question, a new thread, or the channel where no thread can be opened."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord
from discord.abc import Messageable

from bot.adapters.discord.asking.addressing import thread_name
from bot.adapters.discord.refusals import REFUSED, THREAD_EXISTS, UNKNOWN_MESSAGE, code_of, in_one_line

if TYPE_CHECKING:
    from discord.abc import MessageableChannel

log = logging.getLogger(__name__)

# A delivery waits so long for its thread, less than its own time.
OPENED_WITHIN_S = 30.0
LOOK_EVERY_S = 0.25


def opens_thread(message: discord.Message) -> bool:
    """Return whether a message gets a thread: it's in a text channel where we may open threads and write in them."""
    if not isinstance(message.channel, discord.TextChannel):
        return False
    rights = own_rights(message.channel)
    return rights.create_public_threads and rights.send_messages_in_threads


def own_rights(channel: object) -> discord.Permissions:
    """Return our permissions in a channel; none where Discord has not told us."""
    places = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread | discord.ForumChannel
    if not isinstance(channel, places):
        return discord.Permissions.none()
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return discord.Permissions.none()
    return channel.permissions_for(channel.guild.me)


def conversation(message: discord.Message) -> str:
    """Return the id of the thread or channel for the answer.

    Source: Discord's API, "start thread from message": the thread will have the id of that message.
    """
    return str(message.id if opens_thread(message) else message.channel.id)


async def place_for(message: discord.Message, question: str, *, within_s: float) -> MessageableChannel | None:
    """Open the question's thread if it gets one, and return where to answer; the channel if that fails or takes too long.

    None if the question's message was deleted.

    Raises:
        TimeoutError: Discord limits how many threads may be opened, and wants a longer wait.
    """
    if (known := thread_of(message)) is not None or not opens_thread(message):
        return known or message.channel
    try:
        return await open_thread(message, question, within_s)
    except REFUSED as error:
        if code_of(error) == UNKNOWN_MESSAGE:
            return None
        opened = thread_of(message)
        if opened is None and code_of(error) != THREAD_EXISTS and not isinstance(error, TimeoutError):
            channel = message.channel.id
            log.warning("no thread could be opened in channel %s, answering in the channel: %s", channel, in_one_line(error))
        if opened is None and isinstance(error, TimeoutError):
            raise
        return opened or message.channel


def thread_of(message: discord.Message) -> discord.Thread | None:
    """Return the thread below a message, if Discord has told us of it."""
    return None if message.guild is None else message.guild.get_thread(message.id)


async def open_thread(message: discord.Message, question: str, within_s: float) -> discord.Thread:
    """Open a message's thread.

    discord.py waits as long as Discord says, also after the request that reaches the limit: the gateway tells of that thread before.

    Raises:
        TimeoutError: it took longer than `within_s`.
        discord.HTTPException: Discord refuses it.
    """
    opening = asyncio.create_task(message.create_thread(name=thread_name(question)))
    try:
        async with asyncio.timeout(within_s):
            while not opening.done():
                await asyncio.wait({opening}, timeout=LOOK_EVERY_S)
                if not opening.done() and (thread := thread_of(message)) is not None:
                    return thread
            return opening.result()
    finally:
        opening.cancel()


@dataclass(frozen=True)
class Place:
    """A channel, and the message there to reply to, if any."""

    channel: Messageable
    message: discord.MessageReference | None = None


async def place_of_unopened(client: discord.Client, thread: int, question: str) -> Place | None:
    """Find the message whose thread was never opened, and open it, or return the place below the message; None if there is none.

    The process was killed before it could open the thread, or Discord refused. The thread's id is that of its first message, which may
    be in any channel with a later message. If its thread was there and somebody removed it, there is no place.
    """
    for channel in channels_since(client, thread):
        try:
            message = await channel.fetch_message(thread)
        except (discord.NotFound, discord.Forbidden):
            continue
        if message.flags.has_thread:
            return None
        try:
            place = await place_for(message, question, within_s=OPENED_WITHIN_S)
        except TimeoutError:
            place = channel
        if place is None:
            return None
        return Place(place, message.to_reference(fail_if_not_exists=False) if place.id == channel.id else None)
    return None


def channels_since(client: discord.Client, message: int) -> list[discord.TextChannel]:
    """Return the readable text channels whose last message is not older than a message, the most recent first."""
    found = [
        channel
        for guild in client.guilds
        for channel in guild.text_channels
        if (channel.last_message_id or 0) >= message and own_rights(channel).read_message_history
    ]
    return sorted(found, key=lambda channel: channel.last_message_id or 0, reverse=True)
