"""The forms of the review channel: an answer, a correction, a reason."""

from __future__ import annotations

import re

import discord
from discord.ui import Label, Modal, TextInput

from bot.review.by_button import ReviewAct

# Source: Discord's API, "text input": a value and a prefilled one have up to 4000 characters.
MOST_TYPED = 4_000
FORM_ID = re.compile(r"askwell:decide:(?P<act>correct|answer|decline|withdraw|second):(?P<question>[0-9]{1,10})")
TITLES = {
    ReviewAct.CORRECT: "Correct the answer",
    ReviewAct.ANSWER: "Answer the question",
    ReviewAct.DECLINE: "Decline the question",
    ReviewAct.WITHDRAW: "Withdraw the answer",
    ReviewAct.SECOND: "Ask for a second opinion",
}
LABELS = {
    ReviewAct.CORRECT: "The right answer, as the learner reads it",
    ReviewAct.ANSWER: "Your answer, as the learner reads it",
    ReviewAct.DECLINE: "The reason, which the learner reads",
    ReviewAct.WITHDRAW: "The reason, for other mentors",
    ReviewAct.SECOND: "What other mentors should look at",
}
NEEDS_TEXT = {ReviewAct.CORRECT, ReviewAct.ANSWER, ReviewAct.DECLINE}


def decision_form(act: ReviewAct, question_id: int, prefilled: str = "") -> Modal:
    """Return the form of an act; its id names the act and the question, so that a restart loses no form."""
    form = Modal(title=TITLES[act], custom_id=f"askwell:decide:{act}:{question_id}")
    text = TextInput[Modal](
        style=discord.TextStyle.paragraph,
        custom_id="text",
        required=act in NEEDS_TEXT,
        max_length=MOST_TYPED,
        default=prefilled[:MOST_TYPED] or None,
    )
    return form.add_item(Label(text=LABELS[act], component=text))
