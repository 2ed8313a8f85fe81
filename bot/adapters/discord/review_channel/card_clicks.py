"""A click that works on cards: what it needs, and a clear line to the mentor where it comes to nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import discord

from bot.adapters.discord.clicking.clicks import LATER
from bot.adapters.discord.messages.render import prose
from bot.adapters.discord.messages.send import defer, whisper
from bot.adapters.discord.messages.split import split
from bot.adapters.discord.review_channel.clicking_mentor import is_mentor, refuse, typed
from bot.review.card_work.cards_by_button import Workshop
from knowledge.errors import AskwellError, KnowledgeError, Refused, UsageError

log = logging.getLogger(__name__)

NO_CARDS = "This bot has no folder of cards to write to."
Made = TypeVar("Made")


async def attempt(client: Any, interaction: discord.Interaction, act: Callable[[Workshop], Made], text: str = "") -> Made | None:
    """Do what a mentor's click wants in a thread; None if it came to nothing, and they were told why and have their text back."""
    if not is_mentor(interaction, client.choices.mentor_role):
        await refuse(interaction, text)
        return None
    if not await defer(interaction, private=True):
        return None
    work = workshop_of(client)
    if work is None:
        await whisper(interaction, split(prose(NO_CARDS + typed(text))))
        return None
    said = ""
    try:
        return await asyncio.to_thread(act, work)
    except (Refused, UsageError, KnowledgeError) as error:
        said = f"{error}"
    except AskwellError as error:
        log.error("the work on a card of interaction %s came to nothing: %s", interaction.id, error)
        said = LATER
    await whisper(interaction, split(prose(said + typed(text))))
    return None


def workshop_of(client: Any) -> Workshop | None:
    """Return what promotions need, None if this bot has no ledger, home or folder of cards."""
    service, choices = client.service, client.choices
    if service.ledger is None or choices.home is None or choices.knowledge is None:
        return None
    return Workshop(service.ledger, service.library, choices.knowledge, choices.home, choices.labelled, service.refresh)
