"""Questions asked while we were away: found in the channels' histories, and answered once each."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from pathlib import Path

import discord
from discord.utils import snowflake_time, time_snowflake

from bot.adapters.discord.asking.handled import Handled
from bot.adapters.discord.asking.places import own_rights
from bot.adapters.discord.asking.respond import hear
from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.adapters.discord.shared import Shared
from knowledge.files import write_atomically

log = logging.getLogger(__name__)

WithHistory = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
# In one channel, the oldest first: what was written there after so many is not looked at.
MOST_MESSAGES = 5_000
# Source: Discord's API, "thread metadata": a thread is archived after an hour without a message at the earliest.
ARCHIVED_AFTER = dt.timedelta(hours=1)
MOST_ARCHIVED = 50


async def catch_up(shared: Shared, client: discord.Client, me: int, since: int, *, hours: float) -> None:
    """Answer the questions after message `since` that we didn't hear, `hours` back at most."""
    oldest = dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)
    after = max(since, time_snowflake(oldest))
    missed: list[discord.Message] = []
    for place in await written_in(client, after):
        if not own_rights(place).read_message_history:
            shared.told.check(place)
            continue
        try:
            async for message in place.history(after=discord.Object(after), oldest_first=True, limit=MOST_MESSAGES):
                missed.append(message)
        except REFUSED as error:
            log.warning("what was asked in channel %s meanwhile can't be read: %s", place.id, in_one_line(error))
    for message in sorted(missed, key=lambda each: each.id):
        if not shared.handled.is_handled(message.id):
            await hear(shared, client, me, message)
    if missed:
        log.info("looked through %d messages since %s", len(missed), f"{snowflake_time(after):%Y-%m-%d %H:%M:%S} UTC")


async def written_in(client: discord.Client, after: int) -> list[WithHistory]:
    """Return the channels and threads with a message after `after`, also threads that fell asleep since."""
    places: list[WithHistory] = []
    for guild in client.guilds:
        places += [*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads]
        if dt.datetime.now(dt.UTC) - snowflake_time(after) > ARCHIVED_AFTER:
            channels: list[discord.TextChannel | discord.ForumChannel] = [*guild.text_channels, *guild.forums]
            for channel in channels:
                places += await archived_in(channel)
    return [place for place in places if (place.last_message_id or 0) > after]


async def archived_in(channel: discord.TextChannel | discord.ForumChannel) -> list[discord.Thread]:
    """Return the threads of a channel that fell asleep last; none where that can't be read."""
    if not own_rights(channel).read_message_history:
        return []
    try:
        return [thread async for thread in channel.archived_threads(limit=MOST_ARCHIVED)]
    except REFUSED as error:
        log.warning("the sleeping threads of channel %s can't be read: %s", channel.id, in_one_line(error))
        return []


def read_mark(path: Path | None) -> int | None:
    """Return the mark that an earlier process wrote down; None if there is none."""
    try:
        text = "" if path is None else path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdecimal() else None


def write_mark(handled: Handled, path: Path | None) -> str:
    """Write the mark down, so that the next process knows where to go on; return why it can't be, empty if it can."""
    if path is None or handled.mark is None or handled.mark == read_mark(path):
        return ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, f"{handled.mark}\n".encode())
    except OSError as error:
        return error.strerror or str(error)
    return ""


async def keep_noting(handled: Handled, path: Path, every_s: float) -> None:
    """Write the mark down every few seconds; each new reason why it can't be is one line."""
    said = ""
    while True:
        await asyncio.sleep(every_s)
        why = await asyncio.to_thread(write_mark, handled, path)
        if why and why != said:
            log.warning("the last message seen can't be written to %s: %s", path, why)
        said = why


def now_as_mark() -> int:
    """Return the mark of this moment."""
    return time_snowflake(dt.datetime.now(dt.UTC))
