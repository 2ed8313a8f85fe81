"""The mentor who clicks: whether they may, who they are, and private replies that lose nothing of what they typed."""

from __future__ import annotations

import discord

from bot.adapters.discord.messages.carriers import PLATFORM
from bot.adapters.discord.messages.render import prose
from bot.adapters.discord.messages.send import defer, whisper
from bot.adapters.discord.messages.split import split
from bot.review.clicking_account import Account

ONLY_MENTORS = "Only mentors decide here, and you don't have their role."
YOURS = "Nothing is lost. You wrote:"


def is_mentor(interaction: discord.Interaction, role: int | None) -> bool:
    """Return whether the person has the mentors' role at this moment: Discord sends their roles with each click."""
    return has_role(interaction.user, role)


def has_role(person: discord.User | discord.Member, role: int | None) -> bool:
    """Return whether a person has a role."""
    return role is not None and isinstance(person, discord.Member) and person.get_role(role) is not None


def account_of(user: discord.User | discord.Member) -> Account:
    """Return a person's account, which stays the same when they change the name that they have in the server."""
    return Account(PLATFORM, str(user.id), user.display_name, user.name)


async def refuse(interaction: discord.Interaction, text: str = "") -> None:
    """Tell a person without the role that they can't decide; what they typed comes back."""
    await tell(interaction, ONLY_MENTORS + typed(text))


def typed(text: str) -> str:
    """Return the end of a reply that gives back what a person typed, empty if they typed nothing."""
    return f"\n\n{YOURS}\n{text}" * bool(text)


async def tell(interaction: discord.Interaction, words: str) -> None:
    """Answer a click in private."""
    if await defer(interaction, private=True):
        await whisper(interaction, split(prose(words)))
