"""The buttons from a mentor's answer to a card: what it could become, each of these, and the form of a new card."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
from collections.abc import Mapping
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, Item, View

from bot.adapters.discord.clicking.clicks import LATER
from bot.adapters.discord.messages.carriers import PLATFORM
from bot.adapters.discord.messages.send import whisper
from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.adapters.discord.review_channel.card_clicks import NO_CARDS, attempt, workshop_of
from bot.adapters.discord.review_channel.card_forms import CARD_FORM_ID, card_form, typed_card
from bot.adapters.discord.review_channel.clicking_mentor import account_of, is_mentor, refuse, tell
from bot.adapters.discord.review_channel.plan_buttons import desk_button, show_plan
from bot.adapters.discord.review_channel.plan_words import possible_text
from bot.ledger.questions import question_carried_by
from bot.review.card_work.cards_by_button import Possible, Workshop, plan_for, possible_for
from bot.review.promotion.plan import PromotionKind
from knowledge.errors import AskwellError, UsageError

log = logging.getLogger(__name__)

NO_ANSWER_HERE = "this message carries no answer of mine: use this on the message with the answer that should become a card"
# Source: Discord's API, "message components": a custom_id has up to 100 characters, a button's label up to 80.
MOST_ID_CHARS = 100
MOST_LABEL_CHARS = 80
LABELS = {
    PromotionKind.NEW: "New card",
    PromotionKind.PHRASING: "Phrasing of",
    PromotionKind.AMEND: "Add to",
    PromotionKind.REPLACE: "Short answer of",
}


class PromoteButton(DynamicItem[Button[View]], template=r"askwell:promote:(?P<question>[0-9]{1,10})"):
    """Shows what an answer could become."""

    def __init__(self, question_id: int) -> None:
        super().__init__(Button(label="Make it a card", custom_id=f"askwell:promote:{question_id}"))
        self.question_id = question_id

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the clicked button out of its custom_id."""
        del interaction, item
        return cls(int(match["question"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show what the answer could become."""
        client = interaction.client
        await show_possible(client, interaction, await attempt(client, interaction, lambda work: possible_for(work, self.question_id)))


class AsButton(
    DynamicItem[Button[View]], template=r"askwell:as:(?P<kind>new|phrasing|amend|replace):(?P<question>[0-9]{1,10}):(?P<slug>.*)"
):
    """Plans one promotion; that of a new card opens its form first."""

    def __init__(self, kind: PromotionKind, question_id: int, slug: str = "") -> None:
        label = f"{LABELS[kind]} {slug}".strip()[:MOST_LABEL_CHARS]
        super().__init__(Button(label=label, custom_id=as_id(kind, question_id, slug)))
        self.kind, self.question_id, self.slug = kind, question_id, slug

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the clicked button out of its custom_id."""
        del interaction, item
        return cls(PromotionKind(match["kind"]), int(match["question"]), match["slug"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Plan it, or open the form."""
        client, account, now = interaction.client, account_of(interaction.user), dt.datetime.now(dt.UTC)
        if self.kind is PromotionKind.NEW:
            await open_card_form(client, interaction, self.question_id)
            return
        wanted = f"{self.kind}:{self.slug}"
        await show_plan(client, interaction, lambda work: plan_for(work, self.question_id, wanted, account, now=now))


def as_id(kind: PromotionKind, question_id: int, slug: str) -> str:
    """Return the custom_id of the button for one promotion."""
    return f"askwell:as:{kind}:{question_id}:{slug}"


async def promote_message(client: Any, interaction: discord.Interaction, message: discord.Message) -> None:
    """Show what the answer could become that a message carries."""

    def found(work: Workshop) -> Possible:
        with work.ledger.transaction(only_reads=True) as session:
            question = question_carried_by(session, PLATFORM, f"{message.channel.id}/{message.id}")
        if question is None:
            raise UsageError(NO_ANSWER_HERE)
        return possible_for(work, question)

    await show_possible(client, interaction, await attempt(client, interaction, found))


async def show_possible(client: Any, interaction: discord.Interaction, found: Possible | None) -> None:
    """Show what an answer could become, with a button for each that Discord's ids have room for."""
    if found is None:
        return
    view = View(timeout=None)
    for each in found.proposals:
        kind, _, slug = each.wanted.partition(":")
        named = "" if kind == PromotionKind.NEW else slug
        if len(as_id(PromotionKind(kind), found.question.number, named)) <= MOST_ID_CHARS:
            view.add_item(AsButton(PromotionKind(kind), found.question.number, named))
    if client.choices.desk_url:
        view.add_item(desk_button(client, found.question.number))
    await whisper(interaction, [possible_text(found)], view=view)


async def open_card_form(client: Any, interaction: discord.Interaction, question_id: int) -> None:
    """Open the form of a new card, with the answer and the nearest card's folder in it."""
    work = workshop_of(client)
    if not is_mentor(interaction, client.choices.mentor_role):
        await refuse(interaction)
        return
    if work is None:
        await tell(interaction, NO_CARDS)
        return
    reading = asyncio.create_task(asyncio.to_thread(possible_for, work, question_id))
    await asyncio.wait({reading}, timeout=client.timing.ledger_s)
    if not reading.done() or isinstance(reading.exception(), AskwellError):
        await tell(interaction, LATER)
        return
    try:
        await interaction.response.send_modal(card_form(reading.result()))
    except REFUSED as error:
        log.warning("Discord did not take the form for interaction %s: %s", interaction.id, in_one_line(error))


async def handle_card_form(client: Any, interaction: discord.Interaction) -> None:
    """Plan a new card by a filled-in form, if an interaction is one."""
    sent: Mapping[str, Any] = interaction.data or {}
    form = CARD_FORM_ID.fullmatch(str(sent.get("custom_id", "")))
    if interaction.type is not discord.InteractionType.modal_submit or form is None:
        return
    card, account, now = typed_card(sent), account_of(interaction.user), dt.datetime.now(dt.UTC)
    number, wanted = int(form["question"]), f"{PromotionKind.NEW}:{card.slug}"
    await show_plan(client, interaction, lambda work: plan_for(work, number, wanted, account, card.words, now=now), text=str(card))
