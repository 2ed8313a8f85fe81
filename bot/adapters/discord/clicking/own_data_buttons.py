"""What is kept of a person, shown to them alone: `/my-questions`, `/privacy` and the buttons below these."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, Item, View

from bot.adapters.discord.clicking.clicks import LATER, answer_in_private
from bot.adapters.discord.messages.carriers import PLATFORM
from bot.adapters.discord.messages.render import prose
from bot.adapters.discord.messages.send import defer, whisper
from bot.adapters.discord.messages.split import split
from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.door.talk.small_talk import SAID
from bot.door.talk.talk_phrases import NoQuestion
from bot.own_data import forget_own, own_export, own_questions
from bot.service import Service
from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

SURE = "This removes all your questions and the answers to them, and can't be undone. A mentor who is answering you now won't reach you."
EXPORTED = "Everything that I keep of you is in this file."
FILE_NAME = "my-questions.json"


class OwnData(StrEnum):
    """What a person can do about what is kept of them."""

    SEE = "see"
    EXPORT = "export"
    FORGET = "forget"
    SURELY_FORGET = "surely"


LABELS = {
    OwnData.SEE: "See my questions",
    OwnData.EXPORT: "Export them",
    OwnData.FORGET: "Forget me",
    OwnData.SURELY_FORGET: "Yes, forget me",
}


class OwnDataButton(DynamicItem[Button[View]], template=r"askwell:mine:(?P<act>see|export|forget|surely)"):
    """One button; it concerns whoever clicks it."""

    def __init__(self, act: OwnData) -> None:
        style = discord.ButtonStyle.danger if act is OwnData.SURELY_FORGET else discord.ButtonStyle.secondary
        super().__init__(Button(label=LABELS[act], style=style, custom_id=f"askwell:mine:{act}"))
        self.act = act

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the clicked button out of its custom_id."""
        del interaction, item
        return cls(OwnData(match["act"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says."""
        await act_on_own_data(interaction.client.service, interaction.client.choices.home, interaction, self.act)


def own_data_buttons() -> list[Item[Any]]:
    """Return the buttons to see, export and forget what is kept of oneself."""
    return [OwnDataButton(act) for act in (OwnData.SEE, OwnData.EXPORT, OwnData.FORGET)]


def row_of(*acts: OwnData) -> View:
    """Return a row of these buttons."""
    row = View(timeout=None)
    for act in acts:
        row.add_item(OwnDataButton(act))
    return row


async def act_on_own_data(service: Service, home: Path | None, interaction: discord.Interaction, act: OwnData) -> None:
    """Show, export or remove what is kept of the person who clicked, before them alone."""
    person = str(interaction.user.id)
    if act is OwnData.SEE:
        await answer_in_private(interaction, partial(own_questions, service, PLATFORM, person))
    elif act is OwnData.SURELY_FORGET:
        await answer_in_private(interaction, partial(forget_own, service, home, PLATFORM, person))
    elif act is OwnData.EXPORT:
        await export(service, interaction, person)
    elif await defer(interaction, private=True):
        await whisper(interaction, [SURE], view=row_of(OwnData.SURELY_FORGET))


async def export(service: Service, interaction: discord.Interaction, person: str) -> None:
    """Give the person a file with all that is kept of them."""
    if not await defer(interaction, private=True):
        return
    try:
        content = await asyncio.to_thread(own_export, service, PLATFORM, person)
        await interaction.edit_original_response(content=EXPORTED, attachments=[discord.File(io.BytesIO(content), FILE_NAME)])
    except AskwellError as error:
        log.error("the export of interaction %s came to nothing: %s", interaction.id, error)
        await whisper(interaction, [LATER])
    except REFUSED as error:
        log.warning("Discord did not take the export of interaction %s: %s", interaction.id, in_one_line(error))


async def show_own_questions(service: Service, interaction: discord.Interaction) -> None:
    """Show a person their questions, with the buttons."""
    if await defer(interaction, private=True):
        try:
            shown = prose(await asyncio.to_thread(own_questions, service, PLATFORM, str(interaction.user.id)))
        except AskwellError as error:
            log.error("the questions for interaction %s could not be read: %s", interaction.id, error)
            shown = LATER
        await whisper(interaction, split(shown), view=row_of(OwnData.EXPORT, OwnData.FORGET))


async def show_privacy(interaction: discord.Interaction) -> None:
    """Show what is kept, with the buttons."""
    if await defer(interaction, private=True):
        await whisper(interaction, [SAID[NoQuestion.PRIVACY]], view=row_of(OwnData.SEE, OwnData.EXPORT, OwnData.FORGET))
