"""The buttons of the review channel; only mentors may use them, which each click checks."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Self

import discord
from discord.ui import Button, DynamicItem, Item, View

from bot.adapters.discord.clicking.clicks import LATER
from bot.adapters.discord.messages.render import prose
from bot.adapters.discord.messages.send import defer, whisper
from bot.adapters.discord.messages.split import split
from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.adapters.discord.review_channel.card_buttons import PromoteButton
from bot.adapters.discord.review_channel.card_clicks import workshop_of
from bot.adapters.discord.review_channel.clicking_mentor import account_of, is_mentor, refuse, tell, typed
from bot.adapters.discord.review_channel.review_forms import FORM_ID, MOST_TYPED, TITLES, TOGETHER, FilledIn, decision_form, filled_in
from bot.review.before_deciding import BeforeDeciding
from bot.review.by_button import Done, OnBoard, ReviewAct, act_on, form_for, take_back_decision, use_as_answer
from bot.values import Status
from knowledge.errors import AskwellError, Refused, UsageError

log = logging.getLogger(__name__)

ONLY_OWN = "This works on a message that you wrote yourself."
ONLY_IN_THREADS = "This works in a learner's thread: in a channel, several people may have asked. Use the buttons of the review channel."
TOO_LONG = "This answer is longer than a form of Discord holds: correct it from the shell or at the desk."
LABELS = {
    ReviewAct.CLAIM: "Claim",
    ReviewAct.RELEASE: "Release",
    ReviewAct.CONFIRM: "Confirm",
    ReviewAct.CORRECT: "Correct",
    ReviewAct.ANSWER: "Answer",
    ReviewAct.DECLINE: "Decline",
    ReviewAct.WITHDRAW: "Withdraw",
    ReviewAct.SECOND: "Second opinion",
}
STYLES = {ReviewAct.CONFIRM: discord.ButtonStyle.success, ReviewAct.WITHDRAW: discord.ButtonStyle.danger}
ACTS = "|".join(ReviewAct)


class WantedAct(NamedTuple):
    """An act on a question, for the state of it that the mentor saw."""

    act: ReviewAct
    question_id: int
    mark: str


class ReviewButton(
    DynamicItem[Button[View]], template=rf"askwell:review:(?P<act>{ACTS}):(?P<question>[0-9]{{1,10}})(?::(?P<mark>[0-9]+-[a-z]+-[0-9]+))?"
):
    """One act on one question, for the state in which the review channel shows it."""

    def __init__(self, act: ReviewAct, question_id: int, mark: str = "") -> None:
        style, made = STYLES.get(act, discord.ButtonStyle.secondary), f"askwell:review:{act}:{question_id}"
        super().__init__(Button(label=LABELS[act], style=style, custom_id=f"{made}:{mark}" if mark else made))
        self.act, self.question_id, self.mark = act, question_id, mark

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the clicked button out of its custom_id."""
        del interaction, item
        return cls(ReviewAct(match["act"]), int(match["question"]), match["mark"] or "")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says, or open its form."""
        client = interaction.client
        like = () if client.board is None else client.board.like(self.question_id)
        if not is_mentor(interaction, client.choices.mentor_role):
            await refuse(interaction)
        elif self.act in TITLES or (self.act in TOGETHER and like):
            await open_form(client, interaction, self, like)
        else:
            await decide_by(client, interaction, WantedAct(self.act, self.question_id, self.mark), FilledIn("", ()))


class UndoButton(DynamicItem[Button[View]], template=r"askwell:undo:(?P<review>[0-9]{1,10})"):
    """Undoes a decision."""

    def __init__(self, review_id: int) -> None:
        super().__init__(Button(label="Undo", style=discord.ButtonStyle.secondary, custom_id=f"askwell:undo:{review_id}"))
        self.review_id = review_id

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the clicked button out of its custom_id."""
        del interaction, item
        return cls(int(match["review"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Undo the decision."""
        client = interaction.client
        if not is_mentor(interaction, client.choices.mentor_role):
            await refuse(interaction)
            return
        account, now = account_of(interaction.user), dt.datetime.now(dt.UTC)
        await carry_out_act(client, interaction, lambda session: take_back_decision(session, self.review_id, account, now=now))


def review_row(shown: OnBoard) -> View:
    """Return the buttons under a waiting question: what its state allows."""
    waiting, view = shown.waiting, View(timeout=None)
    first = ReviewAct.CLAIM if waiting.claimed_by is None else ReviewAct.RELEASE
    decisions = [ReviewAct.CONFIRM, ReviewAct.CORRECT, ReviewAct.WITHDRAW] if shown.in_force else [ReviewAct.ANSWER, ReviewAct.DECLINE]
    # The nearest passage that the learner has may be the answer.
    near = [ReviewAct.CONFIRM] if waiting.status == Status.NEAR else []
    for act in (first, *near, *decisions, ReviewAct.SECOND):
        view.add_item(ReviewButton(act, waiting.question_id, shown.mark))
    return view


async def open_form(client: Any, interaction: discord.Interaction, clicked: ReviewButton, like: Sequence[int]) -> None:
    """Open the form of an act; a correction begins with the present answer."""

    def read() -> BeforeDeciding:
        with client.service.kept_ledger().transaction(only_reads=True) as session:
            return form_for(session, clicked.act, clicked.question_id, clicked.mark, like)

    reading = asyncio.create_task(asyncio.to_thread(read))
    await asyncio.wait({reading}, timeout=client.timing.ledger_s)
    failed = reading.exception() if reading.done() else None
    if failed is not None and not isinstance(failed, AskwellError):
        raise failed
    if not reading.done() or failed is not None:
        await tell(interaction, str(failed) if isinstance(failed, Refused | UsageError) else LATER)
        return
    found = reading.result()
    if clicked.act is ReviewAct.CORRECT and len(found.answer) > MOST_TYPED:
        await tell(interaction, TOO_LONG)
        return
    try:
        await interaction.response.send_modal(decision_form(clicked.act, found))
    except REFUSED as error:
        log.warning("Discord did not take the form for interaction %s: %s", interaction.id, in_one_line(error))


async def handle_decision_form(client: Any, interaction: discord.Interaction) -> None:
    """Decide by a filled-in form, if an interaction is one; no view keeps the form, so that a restart loses none."""
    sent: Mapping[str, Any] = interaction.data or {}
    form = FORM_ID.fullmatch(str(sent.get("custom_id", "")))
    if interaction.type is not discord.InteractionType.modal_submit or form is None:
        return
    typed_in = filled_in(sent.get("components", ()))
    if not is_mentor(interaction, client.choices.mentor_role):
        await refuse(interaction, typed_in.text)
        return
    await decide_by(client, interaction, WantedAct(ReviewAct(form["act"]), int(form["question"]), form["mark"] or ""), typed_in)


async def decide_by(client: Any, interaction: discord.Interaction, wanted: WantedAct, typed_in: FilledIn) -> None:
    """Carry out an act as the mentor whose account it is."""
    account, now = account_of(interaction.user), dt.datetime.now(dt.UTC)

    def decided(session: Any) -> Done:
        return act_on(session, wanted.act, wanted.question_id, account, typed_in.text, now=now, mark=wanted.mark, also=typed_in.also)

    await carry_out_act(client, interaction, decided, typed_in.text)


async def use_message(client: Any, interaction: discord.Interaction, message: discord.Message) -> None:
    """Make a mentor's own message in a learner's thread their decision."""
    if not is_mentor(interaction, client.choices.mentor_role):
        await refuse(interaction)
    elif message.author.id == interaction.user.id and not isinstance(interaction.channel, discord.Thread):
        await tell(interaction, ONLY_IN_THREADS)
    else:
        await use_reply(client, interaction, message)


async def use_reply(client: Any, interaction: discord.Interaction, reply: discord.Message) -> None:
    """Make a mentor's own message the decision on the last question before it in its thread."""
    if reply.author.id != interaction.user.id:
        await tell(interaction, ONLY_OWN)
        return
    place, account, now = str(reply.channel.id), account_of(interaction.user), dt.datetime.now(dt.UTC)

    def used(session: Any) -> Done:
        return use_as_answer(session, place, account, reply.content, message=reply.id, now=now)

    await carry_out_act(client, interaction, used)


def decided_row(client: Any, done: Done) -> View | None:
    """Return the buttons below a decision that was made: undo it, or go on to a card; None below anything else."""
    if done.review_id is None:
        return None
    view = View(timeout=None)
    view.add_item(UndoButton(done.review_id))
    if done.approved is not None and workshop_of(client) is not None:
        view.add_item(PromoteButton(done.approved))
    return view


async def carry_out_act(client: Any, interaction: discord.Interaction, act: Callable[[Any], Done], text: str = "") -> None:
    """Carry out an act in one transaction, tell the mentor what came of it, and bring the channel up to date."""
    if not await defer(interaction, private=True):
        return

    def carried() -> Done:
        with client.service.kept_ledger().transaction() as session:
            return act(session)

    view = None
    try:
        done = await asyncio.to_thread(carried)
        said = done.words
        view = decided_row(client, done)
    except (Refused, UsageError) as error:
        said = f"{error}{typed(text)}"
    except AskwellError as error:
        log.error("the decision of interaction %s came to nothing: %s", interaction.id, error)
        said = LATER + typed(text)
    await whisper(interaction, split(prose(said)), view=view)
    if client.board is not None:
        client.board.wake()
