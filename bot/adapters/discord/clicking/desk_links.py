"""`/desk`: a mentor's own way into the desk, in a reply that they alone see."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

from bot.adapters.desk.entering.by_account.accounts import Account
from bot.adapters.desk.entering.one_time_links import LINK_LASTS, OneTimeLinks, read_key
from bot.adapters.discord.messages.carriers import PLATFORM
from bot.adapters.discord.messages.send import defer, whisper
from bot.adapters.discord.review_channel.clicking_mentor import is_mentor, refuse
from knowledge.errors import UsageError

log = logging.getLogger(__name__)

NO_DESK = "I know of no desk that you can reach: ask who runs Askwell."


@app_commands.command(name="desk", description="For mentors: a link into the desk, for you alone")
@app_commands.default_permissions(manage_messages=True)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def desk_link(interaction: discord.Interaction[Any]) -> None:
    """Give a mentor a link into the desk."""
    choices = interaction.client.choices
    if not is_mentor(interaction, choices.mentor_role):
        await refuse(interaction)
    elif await defer(interaction, private=True):
        account = Account(PLATFORM, str(interaction.user.id), interaction.user.display_name, interaction.user.name)
        await whisper(interaction, [await asyncio.to_thread(link_words, choices.home, choices.desk_url, account)])


def link_words(home: Path | None, url: str, account: Account) -> str:
    """Return the words with a new link for an account, or why there is none."""
    if home is None or not url:
        log.warning("no link into the desk: ASKWELL_DESK_URL doesn't say where mentors reach it")
        return NO_DESK
    try:
        links = OneTimeLinks(read_key(home))
    except UsageError as error:
        log.warning("no link into the desk: %s", error)
        return NO_DESK
    link = links.address(url, dt.datetime.now(dt.UTC), account)
    minutes = LINK_LASTS.seconds // 60
    return f"Your way into the desk: <{link}>\nIt lets you in once, in the next {minutes} minutes. It's yours: don't pass it on."
