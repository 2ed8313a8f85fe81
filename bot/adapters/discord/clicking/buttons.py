"""The buttons under an answer; their ids name the question, so that clicks work after any restart."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, Item, View

from bot.adapters.discord.clicking.clicks import Act, handle_click
from bot.adapters.discord.clicking.own_data_buttons import own_data_buttons
from bot.adapters.discord.clicking.rest_buttons import RestButton
from bot.answering.what_else import Offer, Rest, has_rest
from bot.door.talk.small_talk import SAID
from bot.door.talk.talk_phrases import NoQuestion
from bot.values import WAITING, Answer, Composer, State, Status

LABELS = {
    Act.UP: "Helped",
    Act.DOWN: "Not quite",
    Act.PERSON: "Ask a mentor",
    Act.HOW: "How was this answered?",
    Act.WORDS: "The mentors' own words",
}


class AnswerButton(DynamicItem[Button[View]], template=r"askwell:(?P<act>up|down|person|how|words):(?P<question>[0-9]{1,10})"):
    """One button; its custom_id names its act and its question, so nothing has to be kept for it."""

    def __init__(self, act: Act, question_id: int) -> None:
        super().__init__(Button(label=LABELS[act], style=discord.ButtonStyle.secondary, custom_id=f"askwell:{act}:{question_id}"))
        self.act = act
        self.question_id = question_id

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the clicked button out of its custom_id."""
        del interaction, item
        return cls(Act(match["act"]), int(match["question"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says."""
        client = interaction.client
        await handle_click(client.service, interaction, self.act, self.question_id, ledger_s=client.timing.ledger_s)


def acts(answer: Answer) -> list[Act]:
    """Return what a learner can do about an answer: judge it, ask a mentor, see how it was found, read what mentors wrote.

    A handover has asked a mentor already; a mentor's answer was not found by search.
    """
    found = [Act.HOW] if answer.cards and answer.composer is not Composer.MENTOR else []
    if answer.state is State.WITHDRAWN:
        return [Act.PERSON]
    if answer.status is Status.ANSWERED:
        return [Act.UP, Act.DOWN, Act.PERSON, *found, *([Act.WORDS] if answer.composer is Composer.MODEL else [])]
    return found if answer.status in WAITING else [Act.PERSON, *found]


def is_about_privacy(answer: Answer) -> bool:
    """Return whether an answer is the one on what is kept of people."""
    return answer.status is Status.ASKED_BACK and answer.answer.startswith(SAID[NoQuestion.PRIVACY])


def buttons(answer: Answer) -> list[Item[Any]]:
    """Return the buttons under an answer; none for a question that the ledger doesn't have."""
    if is_about_privacy(answer):
        return own_data_buttons()
    if answer.question_id is None:
        return []
    shown: list[Item[Any]] = [AnswerButton(act, answer.question_id) for act in acts(answer)]
    # Third, beside what a learner says of the answer.
    shown[2:2] = [RestButton(Offer(Rest.MORE), answer.question_id)] if has_rest(answer) and answer.state is not State.WITHDRAWN else []
    return shown
