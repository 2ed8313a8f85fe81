"""The review channel as a mirror of the queue: a message for each cluster that waits, changed in place, gone when settled."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
from collections import Counter

import discord
from discord.abc import Messageable
from discord.ui import View

from bot.adapters.discord.choices import Choices
from bot.adapters.discord.messages.carriers import PLATFORM
from bot.adapters.discord.messages.render import SMALL, prose, quote, without_pings
from bot.adapters.discord.messages.send import into
from bot.adapters.discord.messages.split import MAX_CHARACTERS, split
from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.adapters.discord.review_channel.daily_digest import digest_text, due_since, was_posted
from bot.adapters.discord.review_channel.review_buttons import review_row
from bot.review.by_button import OnBoard, settled_among, waiting_on_board
from bot.review.outbox.delivery_rows import delivery_key
from bot.review.queue.gathering import keep_up
from bot.review.queue.triage import READ_ONCE
from bot.review.stats.last_day import LastDay, last_day
from bot.service import Service
from knowledge.errors import AskwellError
from knowledge.short_line import short_line

log = logging.getLogger(__name__)

MOST_ON_BOARD = 20
# So many of the channel's messages are looked through at the start for ours.
LOOKED_THROUGH = 200
# Room for the question, those like it, the reasons and the small print.
MOST_ANSWER = 1_000
MOST_LIKE = 4
LIKE_CHARS = 90
OURS = re.compile(r"askwell:review:[a-z]+:(?P<question>[0-9]{1,10})(?::[0-9a-z-]+)?")
OFFER = re.compile(r"askwell:reply:(?P<question>[0-9]{1,10}):[0-9]+:[0-9]+")


class ReviewBoard:
    """Keeps the channel up to date until stopped; after a restart it finds its messages by the ids of their buttons."""

    def __init__(self, client: discord.Client, service: Service, choices: Choices, every_s: float) -> None:
        self._client = client
        self._service = service
        self._channel = choices.review_channel or 0
        self._digest_hour = choices.digest_hour
        self._digested: dt.datetime | None = None
        self._every_s = every_s
        # The message of each question, and the text and state that it shows.
        self._shown: dict[int, tuple[int, str]] = {}
        # How often the message of a question went: a further one is no repeat of that.
        self._rounds: Counter[int] = Counter()
        self._like: dict[int, tuple[int, ...]] = {}
        # The messages that offer a mentor's reply as the answer, each with its question.
        self._offers: dict[int, int] = {}
        self._woken = asyncio.Event()
        self._failing = ""
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Bring the channel up to date now."""
        self._woken.set()

    def like(self, question: int) -> tuple[int, ...]:
        """Return the questions that the message of a question shows as like it."""
        return self._like.get(question, ())

    def stop(self) -> None:
        """Leave the channel as it is."""
        self._task.cancel()

    def say(self, line: str, row: View | None = None) -> None:
        """Tell the mentors' channel what mentors or the person who runs the bot should know, with buttons below it."""
        self._saying = asyncio.create_task(self._say(line, row))

    async def _say(self, line: str, row: View | None) -> None:
        try:
            await into(self._place())(0, prose(line), row)
        except REFUSED as error:
            log.warning("the review channel could not be told: %s", in_one_line(error))

    async def offer(self, question: int, line: str, row: View, *, reply: int) -> None:
        """Offer a mentor's reply as the answer to a question, once, until the question is settled."""
        key = delivery_key(PLATFORM, str(question), None, f"reply {reply}")
        try:
            sent = await into(self._place(), key=key)(0, line, row)
        except REFUSED as error:
            log.warning("the reply %s could not be offered as the answer: %s", reply, in_one_line(error))
            return
        self._offers[sent.id] = question

    async def _run(self) -> None:
        await self._client.wait_until_ready()
        found = False
        while True:
            self._woken.clear()
            try:
                if not found:
                    await self._find()
                    found = True
                await self._update()
                await self._post_digest()
                self._failing = ""
            except (*REFUSED, AskwellError) as error:
                if (line := in_one_line(error)) != self._failing:
                    log.warning("the review channel %s is not up to date: %s", self._channel, line)
                self._failing = line
            try:
                await asyncio.wait_for(self._woken.wait(), self._every_s)
            except TimeoutError:
                continue

    def _place(self) -> Messageable:
        return self._client.get_partial_messageable(self._channel)

    async def _find(self) -> None:
        """Find the messages of an earlier process."""
        async for message in self._place().history(limit=LOOKED_THROUGH):
            if self._client.user is None or message.author.id != self._client.user.id:
                continue
            if (question := question_of(message, OURS)) is not None:
                # Empty, so that it's brought up to date in any case.
                self._shown.setdefault(question, (message.id, ""))
            elif (question := question_of(message, OFFER)) is not None:
                self._offers[message.id] = question

    async def _update(self) -> None:
        """Post what is new, edit what changed, and delete what is settled."""
        waiting, settled = await asyncio.to_thread(self._waiting)
        self._like = {one.waiting.question_id: tuple(each.number for each in one.like) for one in waiting}
        for question in [each for each in self._shown if each not in {one.waiting.question_id for one in waiting}]:
            await self._delete(self._shown[question][0])
            # Only now: one that Discord didn't delete is tried again.
            del self._shown[question]
            self._rounds[question] += 1
        for message in [message for message, question in self._offers.items() if question in settled]:
            await self._delete(message)
            del self._offers[message]
        for one in reversed(waiting):
            await self._show(one)

    async def _post_digest(self) -> None:
        """Post the day's digest once its hour has come, unless the channel has it or there is nothing to tell."""
        now = dt.datetime.now(dt.UTC)
        due = None if self._digest_hour is None else due_since(now, self._digest_hour)
        if due is None or due == self._digested or self._client.user is None:
            return
        found = await asyncio.to_thread(self._last_day, now)
        if not found.is_empty and not await was_posted(self._place(), self._client.user.id, due):
            key = delivery_key(PLATFORM, str(self._channel), None, f"digest {due.isoformat()}")
            await into(self._place(), key=key)(0, digest_text(found, now), None)
        self._digested = due

    def _last_day(self, now: dt.datetime) -> LastDay:
        with self._service.kept_ledger().transaction(only_reads=True) as session:
            return last_day(session, now=now)

    async def _delete(self, message: int) -> None:
        try:
            await self._partial(message).delete()
        except discord.NotFound:
            log.info("message %s of the review channel was deleted before", message)

    async def _show(self, one: OnBoard) -> None:
        question, text = one.waiting.question_id, board_text(one)
        now = f"{one.mark}\n{text}"
        message, before = self._shown.get(question, (0, ""))
        if now == before:
            return
        if message:
            try:
                await self._partial(message).edit(content=text, view=review_row(one))
                self._shown[question] = (message, now)
                return
            except discord.NotFound:
                del self._shown[question]
                self._rounds[question] += 1
        key = delivery_key(PLATFORM, str(question), None, f"review {one.waiting.since.isoformat()} {self._rounds[question]}")
        sent = await into(self._place(), key=key)(0, text, review_row(one))
        self._shown[question] = (sent.id, now)

    def _partial(self, message: int) -> discord.PartialMessage:
        return self._client.get_partial_messageable(self._channel).get_partial_message(message)

    def _waiting(self) -> tuple[list[OnBoard], set[int]]:
        ledger = self._service.kept_ledger()
        keep_up(ledger)
        with ledger.transaction(only_reads=True) as session:
            offered = settled_among(session, set(self._offers.values()))
            return waiting_on_board(session, now=dt.datetime.now(dt.UTC), most=MOST_ON_BOARD), offered


def question_of(message: discord.Message, buttons: re.Pattern[str]) -> int | None:
    """Return the question that a message of the review channel is about, by such buttons; None if it has none."""
    for row in message.components:
        for part in getattr(row, "children", ()):
            if (found := buttons.fullmatch(str(getattr(part, "custom_id", "")))) is not None:
                return int(found["question"])
    return None


def board_text(one: OnBoard) -> str:
    """Render a waiting question: its text, why it waits, the answer that its learner has, and who works on it."""
    waiting = one.waiting
    # Waiting times grow by the minute: the other reasons say what a mentor needs, and the message changes seldom.
    reasons = "; ".join(part.words for part in waiting.parts if part.name != "waiting")
    answer = split(prose(one.answer), MOST_ANSWER)
    shown = f"{answer[0]}{' […]' * (len(answer) > 1)}" if answer else "*No answer yet.*"
    state = f"{waiting.status.replace('_', ' ')}{f', {waiting.state}' if waiting.state and one.in_force else ''}"
    small = [f"{without_pings(reasons)}"]
    small += [f"claimed by {quote(waiting.claimed_by)} until {waiting.claimed_until:%H:%M} UTC"] if waiting.claimed_by else []
    lines = [heading(one), f"> {quote(without_pings(waiting.text))}", *like_lines(one), "", shown, ""]
    return "\n".join([*lines, *(SMALL + line for line in (state, *small) if line)])[:MAX_CHARACTERS]


def heading(one: OnBoard) -> str:
    """Return the heading of a question; one that stands for a group that is read once has the group's name."""
    group = f" · {quote(without_pings(one.waiting.group))}" if one.waiting.group.startswith(READ_ONCE) else ""
    return f"**Question {one.waiting.question_id}{group}**"


def like_lines(one: OnBoard) -> list[str]:
    """Return a line for each of the first questions that can be decided with this one."""
    if not one.like:
        return []
    lines = [f"> and like it: {quote(without_pings(short_line(each.text, LIKE_CHARS)))}" for each in one.like[:MOST_LIKE]]
    return lines + ([f"> and {len(one.like) - MOST_LIKE} more"] if len(one.like) > MOST_LIKE else [])
