"""Questions asked in private, and their answers shown to all if the asker wants that."""

from __future__ import annotations

import asyncio
import logging
import re
from functools import partial
from typing import Any, Self

import discord
from discord.abc import Messageable
from discord.ui import Button, DynamicItem, Item, View

from bot.adapters.discord.asking.following_up import ask_buttons
from bot.adapters.discord.asking.respond import NOT_NOW, note_and_improve, rendering
from bot.adapters.discord.clicking.buttons import buttons
from bot.adapters.discord.clicking.clicks import FORGOTTEN, LATER
from bot.adapters.discord.manners.admission import turns_away_command
from bot.adapters.discord.manners.asking_limit import Held, ask_within_limit
from bot.adapters.discord.messages.carriers import PLATFORM, name
from bot.adapters.discord.messages.improve import Shown
from bot.adapters.discord.messages.render import panels, prose
from bot.adapters.discord.messages.send import after, defer, post, respond, whisper
from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.adapters.discord.shared import Shared
from bot.answering.compose.decline_or_ask_back import NOTHING_ASKED
from bot.door.clean_text import clean_text
from bot.own_data import answer_to
from bot.record import Incoming
from bot.review.outbox.delivery_rows import delivery_key
from bot.values import Answer
from knowledge.errors import AskwellError, UsageError

log = logging.getLogger(__name__)

SHOWN = "Everybody here can read it now."
NOT_SHOWN = "Discord did not let me write here, so only you can see the answer."
LABELS = {"show": "Show to all", "sign": "Show to all, with my name"}


class ShowButton(DynamicItem[Button[View]], template=r"askwell:(?P<how>show|sign):(?P<question>[0-9]{1,10})"):
    """A button that shows a private answer to all, with or without the asker's name."""

    def __init__(self, how: str, question_id: int) -> None:
        super().__init__(Button(label=LABELS[how], style=discord.ButtonStyle.primary, custom_id=f"askwell:{how}:{question_id}"))
        self.how = how
        self.question_id = question_id

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the clicked button out of its custom_id."""
        del interaction, item
        return cls(match["how"], int(match["question"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the answer to all."""
        await show_to_all(interaction.client.shared, interaction, self.question_id, signed=self.how == "sign")


def private_buttons(answer: Answer) -> list[Item[Any]]:
    """Return the buttons under a private answer: those of any answer, and those that show it to all."""
    if answer.question_id is None:
        return ask_buttons(answer, "private")
    return [*ask_buttons(answer, "private"), *(ShowButton(how, answer.question_id) for how in LABELS)]


async def answer_privately(shared: Shared, interaction: discord.Interaction, question: str) -> None:
    """Answer a question before its asker alone; what a mentor decides about it later reaches them by a direct message."""
    service = shared.service
    if await turns_away_command(shared.admission, interaction) or not await defer(interaction, private=True):
        return
    if not question.strip():
        await whisper(interaction, [NOTHING_ASKED])
        return
    place = await direct_channel(interaction)
    incoming = Incoming(PLATFORM, str(interaction.id), str(place), str(interaction.user.id), question.strip())
    try:
        answer = await ask_within_limit(shared, incoming)
    except AskwellError as error:
        log.error("interaction %s was not answered: %s", interaction.id, error)
        await whisper(interaction, [NOT_NOW])
        return
    if isinstance(answer, Held):
        await whisper(interaction, [answer.words("in a direct message")])
        return
    if answer is None:
        return
    panels_of = rendering(service, asked=clean_text(question), buttons_of=private_buttons)
    # The key of no channel: what Discord refuses here must not be sent where others read it.
    carriers = await respond(interaction, panels_of(answer), private=True)
    shown = Shown(incoming, answer, carriers, panels_of, after(interaction, private=True), place=place)
    await note_and_improve(service, shared.improvements, shown)


async def direct_channel(interaction: discord.Interaction) -> int:
    """Return the channel of direct messages with a person; the interaction's own number, which is none, if Discord refuses one."""
    try:
        return (await interaction.user.create_dm()).id
    except REFUSED as error:
        log.warning("no direct message to the asker of interaction %s is possible: %s", interaction.id, in_one_line(error))
        return interaction.id


async def show_to_all(shared: Shared, interaction: discord.Interaction, question_id: int, *, signed: bool) -> None:
    """Post a private answer in the channel where it was asked; from then on this message follows what mentors decide."""
    if not await defer(interaction, private=True):
        return
    if interaction.message is not None:
        # A model's answer that comes later belongs in the message that all read: the outbox puts it there.
        await shared.improvements.settle([interaction.message.id])
    try:
        answer = await asyncio.to_thread(answer_to, shared.service, question_id)
        said = NOT_SHOWN
        if isinstance(interaction.channel, Messageable):
            lead = f"{prose(interaction.user.display_name)} asked:" if signed else ""
            sources = shared.service.cited_sources(answer)
            shown = panels(answer, sources, buttons=buttons(answer), asked=answer.question, lead=lead)
            key = delivery_key(PLATFORM, str(question_id), None, "shown to all")
            carriers = await post(interaction.channel, shown, key=key)
            if carriers:
                said = SHOWN
                await asyncio.to_thread(partial(shared.service.sent, question_id, name(carriers)))
    except UsageError:
        said = FORGOTTEN
    except AskwellError as error:
        log.error("the answer to question %s is not shown to all: %s", question_id, error)
        said = LATER
    await whisper(interaction, [said])
