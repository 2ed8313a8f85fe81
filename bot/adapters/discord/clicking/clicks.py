"""What a click under an answer does: it's written down, and whoever clicked reads a word that nobody else sees."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import partial
from typing import Any

import discord
from discord.ui import Label, Modal, TextInput

from bot.adapters.discord.messages.render import prose
from bot.adapters.discord.messages.send import defer, whisper
from bot.adapters.discord.messages.split import split
from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.service import Service
from knowledge.errors import AskwellError, UsageError

log = logging.getLogger(__name__)

PLATFORM = "discord"
HELPED = "Good to know, thank you!"
SORRY = "Thank you for telling. Mentors look at such answers first."
PERSON_ASKED = "A mentor will look at your question. Their answer comes here; that can take a while."
FORGOTTEN = "I don't have this question any more. Please ask it again if you still wonder."
LATER = "Something on my side is not working right now. Please try again in a few minutes."
NOTHING_TO_SHOW = "There is nothing to show about this answer."

WHY_ID = re.compile(r"askwell:why:(?P<question>[0-9]{1,10})")
WHY_TITLE = "What was missing or wrong?"
WHY_LABEL = "In your words, if you like"
REASON_MAX_CHARS = 1000
# Of the three seconds that Discord gives a click, so long the ledger may take before the form is opened without waiting for it.
LEDGER_S = 1.5


class Act(StrEnum):
    """What a button does; the first three are the kinds of feedback in the ledger."""

    UP = "up"
    DOWN = "down"
    PERSON = "person"
    HOW = "how"


THANKS = {Act.UP: HELPED, Act.DOWN: SORRY, Act.PERSON: PERSON_ASKED}


async def clicked(service: Service, interaction: discord.Interaction, act: Act, question_id: int) -> None:
    """Do what a button says."""
    if act is Act.DOWN:
        await ask_why(service, interaction, question_id)
    elif act is Act.HOW:
        await answer_in_private(interaction, partial(service.how, question_id))
    else:
        await answer_in_private(interaction, partial(feedback, service, interaction, act, question_id))


async def submitted(service: Service, interaction: discord.Interaction) -> None:
    """Write down why an answer didn't help, if that's what was sent; read off the interaction, so that a restart loses no form."""
    sent: Mapping[str, Any] = interaction.data or {}
    form = WHY_ID.fullmatch(str(sent.get("custom_id", "")))
    if interaction.type is discord.InteractionType.modal_submit and form is not None:
        reason = " ".join(typed(sent.get("components", ())))
        await answer_in_private(interaction, partial(feedback, service, interaction, Act.DOWN, int(form["question"]), reason))


def feedback(service: Service, interaction: discord.Interaction, act: Act, question_id: int, reason: str = "") -> str:
    """Write down what a learner says of an answer; return the thanks."""
    service.feedback(question_id, platform=PLATFORM, author=str(interaction.user.id), kind=act.value, reason=reason)
    return THANKS[act]


async def answer_in_private(interaction: discord.Interaction, act: Callable[[], str]) -> None:
    """Defer, do what takes a while in a thread of its own, and say what came of it to whoever clicked."""
    await defer(interaction, private=True)
    said = LATER
    try:
        said = prose(await asyncio.to_thread(act)) or NOTHING_TO_SHOW
    except UsageError:
        said = FORGOTTEN
    except AskwellError as error:
        log.error("the click of interaction %s came to nothing: %s", interaction.id, error)
    finally:
        # After a fault of ours too, which discord.py logs: nobody is left with "is thinking".
        await whisper(interaction, split(said))


async def ask_why(service: Service, interaction: discord.Interaction, question_id: int) -> None:
    """Write down that an answer didn't help, and open a form for the reason; who closes it has still said so.

    A form can't follow a deferral, so only a quick ledger can say in time that it doesn't have the question.
    """
    noting = asyncio.create_task(asyncio.to_thread(feedback, service, interaction, Act.DOWN, question_id))
    await asyncio.wait({noting}, timeout=LEDGER_S)
    unknown = noting.done() and isinstance(noting.exception(), UsageError)
    try:
        if unknown:
            await interaction.response.send_message(FORGOTTEN, ephemeral=True)
        else:
            await interaction.response.send_modal(why(question_id))
    except REFUSED as error:
        log.warning("Discord did not take the reply to the click of interaction %s: %s", interaction.id, in_one_line(error))
    try:
        await noting
    except UsageError:
        log.info("question %s, which did not help, is not there any more", question_id)
    except AskwellError as error:
        log.error("that the answer to question %s did not help is not written down: %s", question_id, error)


def why(question_id: int) -> Modal:
    """Return the form that asks what was missing; `submitted` reads what comes of it."""
    form = Modal(title=WHY_TITLE, custom_id=f"askwell:why:{question_id}")
    text = TextInput[Modal](
        style=discord.TextStyle.paragraph, custom_id="reason", required=False, max_length=REASON_MAX_CHARS, placeholder="Optional"
    )
    return form.add_item(Label(text=WHY_LABEL, component=text))


def typed(components: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Return what was typed into a form's fields, whatever they are wrapped in."""
    for component in components:
        if component.get("value"):
            yield str(component["value"]).strip()
        yield from typed([*component.get("components", ()), *filter(None, [component.get("component")])])
