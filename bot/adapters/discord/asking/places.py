"""Where an answer goes: the thread it was asked in, a new thread for it, or the channel where threads can't be had."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import discord

from bot.adapters.discord.asking.addressing import thread_name
from bot.adapters.discord.refusals import REFUSED, THREAD_EXISTS, code_of, in_one_line

if TYPE_CHECKING:
    from discord.abc import MessageableChannel

log = logging.getLogger(__name__)


def opens_thread(message: discord.Message) -> bool:
    """Say whether this message gets a thread of its own: it stands in a text channel, and we may open one and write in it."""
    if not isinstance(message.channel, discord.TextChannel):
        return False
    rights = own_rights(message.channel)
    return rights.create_public_threads and rights.send_messages_in_threads


def own_rights(channel: MessageableChannel) -> discord.Permissions:
    """Return what we may do in a channel; nothing where Discord has not told us."""
    if not isinstance(channel, discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread):
        return discord.Permissions.none()
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return discord.Permissions.none()
    return channel.permissions_for(channel.guild.me)


def conversation(message: discord.Message) -> str:
    """Return the id of the thread or channel that the answer will stand in.

    A thread that is opened from a message has that message's id (Discord's API, "start thread from message"), so it's known beforehand.
    """
    return str(message.id if opens_thread(message) else message.channel.id)


async def place_for(message: discord.Message, question: str) -> MessageableChannel:
    """Return where to answer, and open the question's thread if it gets one; where it can't be had, answer in the channel."""
    if not opens_thread(message):
        return message.channel
    try:
        return await message.create_thread(name=thread_name(question))
    except REFUSED as error:
        if code_of(error) == THREAD_EXISTS and message.guild is not None:
            return message.guild.get_thread(message.id) or message.channel
        log.warning("no thread could be opened in channel %s, answering in the channel: %s", message.channel.id, in_one_line(error))
        return message.channel
