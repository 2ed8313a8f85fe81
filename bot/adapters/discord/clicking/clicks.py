"""Clicks under an answer: each is written down, and answered to the person who clicked alone."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import partial
from typing import Any

import discord
from discord.ui import Label, Modal, RadioGroup, TextInput

from bot.adapters.discord.messages.carriers import PLATFORM
from bot.adapters.discord.messages.render import prose
from bot.adapters.discord.messages.send import defer, whisper
from bot.adapters.discord.messages.split import split
from bot.adapters.discord.refusals import ACKNOWLEDGED, REFUSED, code_of, in_one_line
from bot.service import Service
from knowledge.errors import AskwellError, UsageError

log = logging.getLogger(__name__)

HELPED = "Good to know, thank you!"
SORRY = "Thank you for telling. Mentors look at such answers first."
PERSON_ASKED = "A mentor will look at your question. Their answer comes here; that can take a while."
FORGOTTEN = "I don't have this question any more. Please ask it again if you still wonder."
LATER = "Something on my side is not working right now. Please try again in a few minutes."
NOTHING_TO_SHOW = "There is nothing to show about this answer."

WHY_ID = re.compile(r"askwell:why:(?P<question>[0-9]{1,10})")
WHY_TITLE = "What is not quite right?"
WHY_LABEL = "Of these"
WORDS_LABEL = "In your words, if you like"
# By their values in the form; mentors read the words.
REASONS = {
    "wrong": "Something in it is wrong",
    "other": "It answers another question",
    "missing": "Something is missing",
    "unclear": "It is hard to understand",
}
REASON_MAX_CHARS = 1000


class Act(StrEnum):
    """The act of a button; the first three are the kinds of feedback in the ledger."""

    UP = "up"
    DOWN = "down"
    PERSON = "person"
    HOW = "how"
    WORDS = "words"


THANKS = {Act.UP: HELPED, Act.DOWN: SORRY, Act.PERSON: PERSON_ASKED}


async def handle_click(service: Service, interaction: discord.Interaction, act: Act, question_id: int, *, ledger_s: float) -> None:
    """Do what a button says; the form for a reason waits for the ledger for `ledger_s` at most."""
    if act is Act.DOWN:
        await ask_why(service, interaction, question_id, ledger_s)
    elif act is Act.HOW:
        await answer_in_private(interaction, partial(service.how, question_id))
    elif act is Act.WORDS:
        await answer_in_private(interaction, partial(service.mentors_words, question_id))
    else:
        await answer_in_private(interaction, partial(feedback, service, interaction, act, question_id))


async def handle_form(service: Service, interaction: discord.Interaction) -> None:
    """Write down the reason if an interaction is the form for it; no view keeps the form, so that a restart loses none."""
    sent: Mapping[str, Any] = interaction.data or {}
    form = WHY_ID.fullmatch(str(sent.get("custom_id", "")))
    if interaction.type is discord.InteractionType.modal_submit and form is not None:
        reason = reason_in(dict(filled_in(sent.get("components", ()))))
        await answer_in_private(interaction, partial(feedback, service, interaction, Act.DOWN, int(form["question"]), reason))


def feedback(service: Service, interaction: discord.Interaction, act: Act, question_id: int, reason: str = "") -> str:
    """Write down a learner's feedback; return the thanks."""
    service.feedback(question_id, platform=PLATFORM, author=str(interaction.user.id), kind=act.value, reason=reason)
    return THANKS[act]


async def answer_in_private(interaction: discord.Interaction, act: Callable[[], str]) -> None:
    """Defer, act in a thread, and show the result to the person who clicked."""
    if not await defer(interaction, private=True):
        return
    shown = LATER
    try:
        shown = prose(await asyncio.to_thread(act)) or NOTHING_TO_SHOW
    except UsageError:
        shown = FORGOTTEN
    except AskwellError as error:
        log.error("the click of interaction %s came to nothing: %s", interaction.id, error)
    finally:
        # After a fault of ours too, which discord.py logs, so that nobody is left with "is thinking".
        await whisper(interaction, split(shown))


async def ask_why(service: Service, interaction: discord.Interaction, question_id: int, ledger_s: float) -> None:
    """Write down that an answer didn't help, and open a form for the reason; the feedback counts without the form.

    A form can't follow a deferral, so only a quick ledger can tell in time that it doesn't have the question.
    """
    noting = asyncio.create_task(asyncio.to_thread(feedback, service, interaction, Act.DOWN, question_id))
    await asyncio.wait({noting}, timeout=ledger_s)
    unknown = noting.done() and isinstance(noting.exception(), UsageError)
    try:
        if unknown:
            await interaction.response.send_message(FORGOTTEN, ephemeral=True)
        else:
            await interaction.response.send_modal(reason_form(question_id))
    except REFUSED as error:
        if code_of(error) != ACKNOWLEDGED:
            log.warning("Discord did not take the reply to the click of interaction %s: %s", interaction.id, in_one_line(error))
    try:
        await noting
    except UsageError:
        log.info("question %s, which did not help, is not there any more", question_id)
    except AskwellError as error:
        log.error("that the answer to question %s did not help is not written down: %s", question_id, error)


def reason_form(question_id: int) -> Modal:
    """Return the form that asks what is not quite right, by a choice and a line of text; `handle_form` reads it."""
    form = Modal(title=WHY_TITLE, custom_id=f"askwell:why:{question_id}")
    options = [discord.RadioGroupOption(label=words, value=value) for value, words in REASONS.items()]
    choice = RadioGroup[Modal](custom_id="why", required=False, options=options)
    text = TextInput[Modal](style=discord.TextStyle.short, custom_id="reason", required=False, max_length=REASON_MAX_CHARS)
    return form.add_item(Label(text=WHY_LABEL, component=choice)).add_item(Label(text=WORDS_LABEL, component=text))


def reason_in(filled: Mapping[str, str]) -> str:
    """Return what a filled-in form says, as mentors read it."""
    return ": ".join(filter(None, [REASONS.get(filled.get("why", ""), ""), filled.get("reason", "")]))


def filled_in(components: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the names of a form's fields with their values, however deep they are nested; not those that were left empty."""
    for component in components:
        if component.get("value"):
            yield str(component.get("custom_id", "")), str(component["value"]).strip()
        yield from filled_in([*component.get("components", ()), *filter(None, [component.get("component")])])


def typed_values(components: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the values of a form's fields."""
    for _, value in filled_in(components):
        yield value
