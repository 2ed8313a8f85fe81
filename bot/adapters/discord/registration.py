"""The registration of commands on start, only if they differ from those that Discord has."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import discord
from discord import app_commands

from bot.adapters.discord.refusals import REFUSED, in_one_line

log = logging.getLogger(__name__)

KEYS = ("name", "description", "type", "required", "min_length", "max_length", "min_value", "max_value", "choices")


async def register_commands(tree: app_commands.CommandTree[Any], guild: int | None) -> None:
    """Register the commands in one server if given, else in all; if Discord refuses, mentions still work."""
    place = None if guild is None else discord.Object(guild)
    if place is not None:
        tree.copy_global_to(guild=place)
    wanted = [command.to_dict(tree) for command in tree.get_commands(guild=place)]
    try:
        registered = [command.to_dict() for command in await tree.fetch_commands(guild=place)]
        if outline(registered) != outline(wanted):
            await tree.sync(guild=place)
    except (*REFUSED, app_commands.CommandSyncFailure) as error:
        where = "for all servers" if guild is None else f"in server {guild} (ASKWELL_DISCORD_GUILD)"
        log.warning("/ask could not be registered %s, mentions still work: %s", where, in_one_line(error))


def outline(commands: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Return the parts of commands that we set, sorted, to compare ours with Discord's."""
    return sorted((command["name"], [entry(command)]) for command in commands)


def entry(described: Mapping[str, Any]) -> list[Any]:
    """Return the parts of a command or an option that we set; empty ones count as missing, since Discord leaves them out."""
    return [described.get(key) or None for key in KEYS] + [entry(option) for option in described.get("options") or []]
