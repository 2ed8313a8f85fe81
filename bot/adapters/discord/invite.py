"""The permissions that Askwell needs, each with its reason, and the link that asks for exactly these."""

from __future__ import annotations

from dataclasses import dataclass

import discord


@dataclass(frozen=True)
class Needed:
    """One permission by Discord's name for people, and its reason."""

    name: str
    right: discord.Permissions
    reason: str


NEEDED = (
    Needed("View Channels", discord.Permissions(view_channel=True), "to be in the channels"),
    Needed("Send Messages", discord.Permissions(send_messages=True), "to answer in a channel"),
    Needed("Create Public Threads", discord.Permissions(create_public_threads=True), "to open one thread for each question"),
    Needed("Send Messages in Threads", discord.Permissions(send_messages_in_threads=True), "to answer in it"),
    Needed(
        "Read Message History",
        discord.Permissions(read_message_history=True),
        "to answer as a reply, and to find what was asked while Askwell was away",
    ),
)
FOR_FORUMS = Needed("Manage Threads", discord.Permissions(manage_threads=True), "to tag the posts of the forums in ASKWELL_DISCORD_FORUMS")


def needed(*, forums: bool) -> list[Needed]:
    """Return the permissions that Askwell needs; one more where it answers in forums."""
    return [*NEEDED, FOR_FORUMS] if forums else [*NEEDED]


def lacking(rights: discord.Permissions, *, forums: bool) -> list[str]:
    """Return the names of the permissions that Askwell needs and doesn't have."""
    return [] if rights.administrator else [each.name for each in needed(forums=forums) if not rights.is_superset(each.right)]


def invite_link(application: int, *, forums: bool, guild: int | None = None) -> str:
    """Return the address at which whoever manages a server lets Askwell in.

    Source: Discord's documentation, "OAuth2", bot authorization flow: its scopes, and the permissions as a number.
    """
    rights = discord.Permissions()
    for each in needed(forums=forums):
        rights |= each.right
    server = discord.utils.MISSING if guild is None else discord.Object(guild)
    return discord.utils.oauth_url(application, permissions=rights, guild=server)
