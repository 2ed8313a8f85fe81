"""The real bot on the stand-in, with every call of it checked, and a service that gives one answer to everything."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select, update

from bot.adapters.discourse import ForumOptions, ForumTiming, run_forum
from bot.adapters.keep_trying import Waits
from bot.ledger.database import Ledger
from bot.ledger.tables import AnswerRow, DeliveryRow, Feedback, QuestionRow
from bot.service import Service
from bot.values import Answer, CleanText
from index.search.library import Library
from knowledge.reading.card import Source
from tests.discord_stand_in.client import answered
from tests.discourse_stand_in.forum_description import forum_description
from tests.discourse_stand_in.forum_server import KEY, ME, SECRET, ForumStandIn

# No test waits for what people may wait for.
SOON = Waits(refused_s=0.02, refused_most_s=0.02, away_s=0.02, away_most_s=0.02)
QUICK = ForumTiming(deliver_every_s=0.02, touch_every_s=0.02, retry_s=0.02, waits=SOON)
TEXT = "The next token is the label, so nobody labels anything."
SOURCE = "[Attention Is All You Need](<https://arxiv.org/abs/1706.03762>) (Vaswani et al., 2017)"


class OneAnswer(Service):
    """The real service over a real ledger; it gives one answer to everything, and remembers how each question was read."""

    def __init__(self, ledger: Ledger | None, given: Answer | None = None) -> None:
        super().__init__(cast(Library, SimpleNamespace(name="index-1")), ledger)
        self.given = given or answered(TEXT, None)
        self.read: list[tuple[str, ...]] = []

    def reply(self, turns: tuple[CleanText, ...], **options: Any) -> Answer:
        self.read.append(turns)
        return self.given.model_copy(update={"question": turns[-1]})

    def sources(self, result: Answer) -> list[str]:
        return [SOURCE] if result.cited else []

    def cited_sources(self, result: Answer) -> list[Source]:
        return []

    def how(self, question_id: int) -> str:
        return "Read as: is pretraining supervised?"


def free_address() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"


@contextlib.asynccontextmanager
async def on_forum(
    service: Service, home: Path, forum: ForumStandIn | None = None, *, webhooks: bool = False, drafts: Path | None = None, **options: Any
) -> AsyncIterator[ForumStandIn]:
    """Run the real bot on the stand-in until the block ends; then check every call that it made.

    Without webhooks it polls all the time; with them it polls once.
    """
    async with contextlib.AsyncExitStack() as stack:
        here = forum if forum is not None else await stack.enter_async_context(ForumStandIn())
        address = free_address() if webhooks else None
        given: dict[str, Any] = {"categories": ("llm-course",), "mentor_groups": ("mentors",), "wait_min": 0}
        given |= {"poll_every_s": 60.0 if webhooks else 0.02, "webhook_address": address, "webhook_secret": SECRET} | options
        polls = len(here.calls("GET", "/posts.json", status=200))
        began = asyncio.Event()
        bot = asyncio.create_task(
            run_forum(service, ForumOptions(here.url, KEY, ME, **given), home=home, ready=began.set, drafts=drafts, timing=QUICK)
        )
        try:
            waiting = asyncio.create_task(began.wait())
            await asyncio.wait({bot, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if bot.done():
                await bot
            # What is written before the first poll is old to a bot that was never there.
            await here.until(lambda: len(here.calls("GET", "/posts.json", status=200)) > polls)
            here.webhooks_to = f"http://{address}/hook" if webhooks else ""
            yield here
        finally:
            here.webhooks_to = ""
            bot.cancel()
            await asyncio.wait({bot})
        found = problems(here)
        assert not found, "Discourse would not take this:\n" + "\n".join(found)


def problems(forum: ForumStandIn) -> list[str]:
    """Return all that is wrong with the recorded calls."""
    known = forum_description()
    if known is None:
        return []
    # The same call again and again says nothing new.
    each = {(one.method, one.path, str(one.body), str(one.answer)): one for one in forum.exchanged}
    return [problem for one in each.values() for problem in known.problems(one)]


def questions(ledger: Ledger) -> list[QuestionRow]:
    with ledger.transaction() as session:
        return list(session.scalars(select(QuestionRow).order_by(QuestionRow.id)))


def carried(ledger: Ledger) -> list[str | None]:
    """Return the posts that carry answers, in the order of the answers."""
    with ledger.transaction() as session:
        return list(session.scalars(select(AnswerRow.sent_as).order_by(AnswerRow.id)))


def deliveries(ledger: Ledger) -> list[tuple[str, str, str]]:
    with ledger.transaction() as session:
        return [(row.kind, row.state, row.error) for row in session.scalars(select(DeliveryRow).order_by(DeliveryRow.id))]


def feedback(ledger: Ledger) -> list[tuple[str, str]]:
    with ledger.transaction() as session:
        return [(row.kind, row.reason) for row in session.scalars(select(Feedback).order_by(Feedback.id))]


def due_now(ledger: Ledger) -> None:
    """Let what is tried again later be due at once."""
    with ledger.transaction() as session:
        session.execute(update(DeliveryRow).where(DeliveryRow.state == "owed").values(due_at=dt.datetime.now(dt.UTC)))
