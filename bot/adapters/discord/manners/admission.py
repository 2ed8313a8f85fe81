"""The channels and roles that the course lists: where Askwell answers, whom, and the words for everybody else."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import discord

from bot.adapters.discord.messages.render import prose
from bot.adapters.discord.messages.send import defer, post, whisper
from bot.adapters.discord.refusals import REFUSED, in_one_line

log = logging.getLogger(__name__)

# Of the places that the course lists, a line names these many.
MOST_NAMED = 8
# So many people are remembered who were told where to ask.
MOST_TOLD = 5_000
# Discord gives a command three seconds; a person whose roles can't be had by then is answered.
ROLES_WITHIN_S = 1.5


@dataclass(frozen=True)
class Admission:
    """The listed channels, forums and categories, and the roles that may ask; an empty set admits all. Direct messages are everywhere."""

    channels: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()
    told: OrderedDict[tuple[int, int], None] = field(default_factory=OrderedDict)

    def is_listed(self, channel: object) -> bool:
        """Return whether Askwell answers in a channel: it's listed, or a thread in a listed channel, or in a listed category.

        So it does where Discord has not told of the channel yet.
        """
        if not self.channels or isinstance(channel, discord.DMChannel | discord.PartialMessageable):
            return True
        parent = channel.parent if isinstance(channel, discord.Thread) else channel
        ids = {getattr(channel, "id", None), getattr(channel, "parent_id", None), getattr(parent, "category_id", None)}
        return not self.channels.isdisjoint(ids)

    async def refusal(self, client: discord.Client, channel: object, person: discord.abc.User) -> str | None:
        """Return why a person isn't answered in a channel, in words for them; None if they are."""
        guild = getattr(channel, "guild", None)
        if not self.is_listed(channel):
            return f"I answer questions {where(guild, self.channels)}. Please ask me there."
        if self.roles and not await self.has_role(client, guild, person):
            return f"I answer people who have {named_roles(client, self.roles)}. Whoever runs this server can give it to you."
        return None

    async def has_role(self, client: discord.Client, guild: discord.Guild | None, person: discord.abc.User) -> bool:
        """Return whether a person has one of the roles: in this server, or for a direct message in any of ours."""
        if isinstance(person, discord.Member):
            return self.holds(person)
        try:
            async with asyncio.timeout(ROLES_WITHIN_S):
                return any([await self.holds_in(each, person) for each in ([guild] if guild is not None else client.guilds)])
        except REFUSED as error:
            log.warning("a person is answered whose roles can't be read: %s", in_one_line(error))
            return True

    async def holds_in(self, guild: discord.Guild, person: discord.abc.User) -> bool:
        """Return whether somebody is a member with one of the roles; Discord gives a single member without any intent."""
        try:
            return self.holds(await guild.fetch_member(person.id))
        except discord.NotFound:
            return False

    def holds(self, member: discord.Member) -> bool:
        """Return whether a member has one of the roles."""
        return not self.roles.isdisjoint(role.id for role in member.roles)

    def tells(self, channel: int, person: int) -> bool:
        """Return whether a person has not been told in this channel yet, and note that they are told now."""
        if (channel, person) in self.told:
            return False
        self.told[channel, person] = None
        while len(self.told) > MOST_TOLD:
            self.told.popitem(last=False)
        return True


async def turns_away(admission: Admission, client: discord.Client, message: discord.Message) -> bool:
    """Return whether the author of a message isn't answered there, and tell them why, once in each channel."""
    words = await admission.refusal(client, message.channel, message.author)
    if words is not None and admission.tells(message.channel.id, message.author.id):
        await post(message.channel, [words], replies_to=message, key=f"w{message.id}")
    return words is not None


async def turns_away_command(admission: Admission, interaction: discord.Interaction[Any]) -> bool:
    """Return whether whoever used a command isn't answered there, and tell them why, before them alone."""
    words = await admission.refusal(interaction.client, interaction.channel, interaction.user)
    if words is not None and await defer(interaction, private=True):
        await whisper(interaction, [words])
    return words is not None


def where(guild: discord.Guild | None, channels: frozenset[int]) -> str:
    """Name the listed places of a server."""
    found = [] if guild is None else [each for each in map(guild.get_channel, sorted(channels)) if each is not None]
    named = [
        f"in the channels of **{prose(each.name)}**" if isinstance(each, discord.CategoryChannel) else f"in {each.mention}"
        for each in found
    ]
    more = ["in others that this course lists"] if len(named) > MOST_NAMED else []
    return " or ".join([*named[:MOST_NAMED], *more]) or "in the channels that this course lists"


def named_roles(client: discord.Client, roles: frozenset[int]) -> str:
    """Name roles without mentioning them."""
    found = [role.name for guild in client.guilds for role in guild.roles if role.id in roles]
    return f"the role {' or '.join(f'**{prose(name)}**' for name in found[:MOST_NAMED])}" if found else "a certain role here"
