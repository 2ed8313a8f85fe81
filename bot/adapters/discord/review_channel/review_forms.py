"""The forms of the review channel: an answer, a correction, a reason, and the questions that are decided together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import discord
from discord.ui import Label, Modal, Select, TextInput

from bot.review.before_deciding import BeforeDeciding
from bot.review.by_button import ReviewAct
from knowledge.short_line import short_line

# Source: Discord's API, "text input": a value and a prefilled one have up to 4000 characters.
MOST_TYPED = 4_000
# Source: Discord's API, "string select": up to 25 options, each with a label of up to 100 characters.
MOST_OPTIONS = 25
MOST_OPTION_CHARS = 100
FORM_ID = re.compile(
    r"askwell:decide:(?P<act>confirm|correct|answer|decline|withdraw|second):(?P<question>[0-9]{1,10})(?::(?P<mark>[0-9]+-[a-z]+-[0-9]+))?"
)
TITLES = {
    ReviewAct.CORRECT: "Correct the answer",
    ReviewAct.ANSWER: "Answer the question",
    ReviewAct.DECLINE: "Decline the question",
    ReviewAct.WITHDRAW: "Withdraw the answer",
    ReviewAct.SECOND: "Ask for a second opinion",
}
TOGETHER = {ReviewAct.CONFIRM: "Confirm the answers to like questions"}
LABELS = {
    ReviewAct.CORRECT: "The right answer, as the learner reads it",
    ReviewAct.ANSWER: "Your answer, as the learner reads it",
    ReviewAct.DECLINE: "The reason, which the learner reads",
    ReviewAct.WITHDRAW: "The reason, for other mentors",
    ReviewAct.SECOND: "What other mentors should look at",
}
ALSO = "Decide these like it together with it"
NEEDS_TEXT = {ReviewAct.CORRECT, ReviewAct.ANSWER, ReviewAct.DECLINE}
# A second opinion is about one question.
ALONE = {ReviewAct.SECOND}


@dataclass(frozen=True)
class FilledIn:
    """A filled-in form: its text, and the questions decided with the first, each with the mark of its state when the form was opened."""

    text: str
    also: tuple[tuple[int, str], ...]


def decision_form(act: ReviewAct, found: BeforeDeciding) -> Modal:
    """Return the form of an act; its id names the act, the question and its state, so that a restart loses no form."""
    asked = found.question
    form = Modal(title=TITLES.get(act) or TOGETHER[act], custom_id=f"askwell:decide:{act}:{asked.number}:{asked.mark}")
    if act in LABELS:
        text = TextInput[Modal](
            style=discord.TextStyle.paragraph,
            custom_id="text",
            required=act in NEEDS_TEXT,
            max_length=MOST_TYPED,
            default=(found.answer[:MOST_TYPED] or None) if act is ReviewAct.CORRECT else None,
        )
        form.add_item(Label(text=LABELS[act], component=text))
    if found.like and act not in ALONE:
        like = [
            discord.SelectOption(label=short_line(each.text, MOST_OPTION_CHARS), value=f"{each.number}:{each.mark}", default=True)
            for each in found.like[:MOST_OPTIONS]
        ]
        choice = Select[Modal](custom_id="also", min_values=0, max_values=len(like), required=False, options=like)
        form.add_item(Label(text=ALSO, description="Take out what needs another answer", component=choice))
    return form


def filled_in(components: Iterable[Mapping[str, Any]]) -> FilledIn:
    """Read a filled-in form."""
    text, also = "", []
    for label in components:
        field = label.get("component") or {}
        text = str(field.get("value") or text).strip()
        for value in field.get("values") or ():
            number, _, mark = str(value).partition(":")
            also.append((int(number), mark))
    return FilledIn(text, tuple(also))
