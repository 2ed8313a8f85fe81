"""The registration of commands on start, only if they differ from those that Discord has."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import discord
from discord import app_commands

from bot.adapters.discord.refusals import REFUSED, in_one_line

log = logging.getLogger(__name__)

KEYS = ("name", "description", "required", "min_length", "max_length", "min_value", "max_value", "choices")
# Discord gives these back as lists whose order may differ.
SETS = ("contexts", "integration_types")


async def register_commands(tree: app_commands.CommandTree[Any], guild: int | None) -> None:
    """Register the commands in one server if given, else in all; if Discord refuses, mentions still work."""
    place = None if guild is None else discord.Object(guild)
    if place is not None:
        tree.copy_global_to(guild=place)
    wanted = [command.to_dict(tree) for command in all_of(tree, place)]
    try:
        if outline(await registered(tree, guild), guild) != outline(wanted, guild):
            await tree.sync(guild=place)
    except (*REFUSED, app_commands.CommandSyncFailure) as error:
        where = "for all servers" if guild is None else f"in server {guild} (ASKWELL_DISCORD_GUILD)"
        log.warning("/ask could not be registered %s, mentions still work: %s", where, in_one_line(error))


async def registered(tree: app_commands.CommandTree[Any], guild: int | None) -> Iterable[Mapping[str, Any]]:
    """Return the commands that Discord has, as it gives them: discord.py 2.7 loses the first of the contexts and of the installations."""
    http, application = tree.client.http, tree.client.application_id
    if application is None:
        return []
    found: Iterable[Mapping[str, Any]] = await (
        http.get_global_commands(application) if guild is None else http.get_guild_commands(application, guild)
    )
    return found


def all_of(tree: app_commands.CommandTree[Any], place: discord.Object | None) -> list[Any]:
    """Return the commands of every kind."""
    return [
        *tree.get_commands(guild=place, type=discord.AppCommandType.chat_input),
        *tree.get_commands(guild=place, type=discord.AppCommandType.message),
    ]


def outline(commands: Iterable[Mapping[str, Any]], guild: int | None) -> list[Any]:
    """Return the parts of commands that we set, sorted, to compare ours with Discord's.

    Source: Discord's API, "application command object": contexts and integration types are of global commands alone.
    """
    left_out = dict.fromkeys(SETS) if guild is not None else {}
    return sorted((command["name"], command.get("type") or 1, [entry({**command, **left_out})]) for command in commands)


def entry(described: Mapping[str, Any]) -> list[Any]:
    """Return the parts of a command or an option that we set; empty ones count as missing, since Discord leaves them out."""
    sets = [sorted(described.get(key) or ()) for key in SETS]
    # We send them as a number, and Discord gives them back as text.
    rights = described.get("default_member_permissions")
    own = [described.get("type") or 1, sets, None if rights is None else str(rights)]
    return own + [described.get(key) or None for key in KEYS] + [entry(option) for option in described.get("options") or []]
