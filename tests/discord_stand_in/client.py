"""The real client in the stand-in, with every request of it checked, and a fake service."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import fields
from typing import Any

from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.discord import Choices, run
from bot.adapters.discord.timing import Timing
from bot.record import Incoming
from bot.review.outbox.send_and_retry import Delivery, Send, try_to_send
from bot.service import Service
from bot.values import Answer, Composer, FoundCard, Status
from knowledge.errors import AskwellError, LedgerUnavailable, PlatformError, UsageError
from knowledge.reading.card import Slug, Source
from tests.discord_stand_in.description import description, unwritten_problems
from tests.discord_stand_in.rest import TOKEN
from tests.discord_stand_in.server import StandIn

# No test waits for what learners may wait for.
QUICK = Timing(deliver_every_s=0.02, guild_ready_s=0.05, review_every_s=0.05)

SOURCE = Source.model_validate(
    {"title": "Attention Is All You Need", "authors": "Vaswani et al.", "year": 2017, "url": "https://arxiv.org/abs/1706.03762"}
)


def answered(text: str, question_id: int | None = 1, **changed: Any) -> Answer:
    """Make an answer out of one card."""
    cards = (FoundCard(slug=Slug("pretraining"), title="Pretraining", score=0.9),)
    fields = {"question": "?", "status": Status.ANSWERED, "answer": text, "confidence": 0.9, "cards": cards, "cited": ("pretraining",)}
    return Answer.model_validate(fields | {"question_id": question_id} | changed)


class FakeService(Service):
    """Answers everything with one text, after a while, and each message once; `away` stands for a ledger that can't be used.

    With `improved`, a model words each answer so once `model` is set; `owed` is what `deliver` sends, again until it arrives or is refused.
    """

    def __init__(self, text: str = "The next token is the label.", *, takes_s: float = 0.0, away: bool = False, **changed: Any) -> None:
        self.text, self.takes_s, self.away, self.changed = text, takes_s, away, changed
        self.one_by_one = threading.Lock()
        self.incoming: list[Incoming] = []
        self.refs: dict[int, str] = {}
        self.improved: str | AskwellError | None = None
        self.model = threading.Event()
        self.model.set()
        self.said: list[tuple[int, str, str, str]] = []
        self.forgotten = False
        self.explanation = "Read as: is pretraining supervised?"
        self.owed: list[Delivery] = []
        self.ledger = None
        self.outcomes: list[str | AskwellError | None] = []

    def ask(self, incoming: Incoming) -> Answer | None:
        self.check_ledger()
        with self.one_by_one:
            repeated = incoming.message_id in {one.message_id for one in self.incoming}
            self.incoming.append(incoming)
            question_id = len(self.incoming)
        time.sleep(self.takes_s)
        return None if repeated else answered(self.text, question_id, **self.changed)

    @property
    def improves(self) -> bool:
        return self.improved is not None

    def improve(self, curated: Answer) -> Answer | None:
        self.model.wait(10)
        if isinstance(self.improved, AskwellError):
            raise self.improved
        if self.improved is None:
            return None
        return curated.model_copy(update={"answer": self.improved, "composer": Composer.MODEL, "model": "a model"})

    def how(self, question_id: int) -> str:
        self.check_ledger()
        if self.forgotten:
            raise UsageError(f"there is no question {question_id}")
        return self.explanation

    def mentors_words(self, question_id: int) -> str:
        self.check_ledger()
        return self.text

    def feedback(self, question_id: int, *, platform: str, author: str, kind: str, reason: str = "") -> None:
        self.check_ledger()
        if self.forgotten:
            raise UsageError(f"there is no question {question_id}")
        assert platform == "discord"
        self.said.append((question_id, author, kind, reason))

    def deliver(self, platform: str, send: Send) -> int:
        self.check_ledger()
        assert platform == "discord"
        before = len(self.owed)
        for delivery in list(self.owed):
            self.outcomes.append(try_to_send(delivery, send))
            if not isinstance(self.outcomes[-1], PlatformError):
                self.owed.remove(delivery)
        return before - len(self.owed)

    def check_ledger(self) -> None:
        if self.away:
            raise LedgerUnavailable("the ledger is locked")

    def sent(self, question_id: int | None, platform_ref: str, incoming: Incoming | None = None) -> None:
        if question_id is not None:
            self.refs[question_id] = platform_ref

    def cited_sources(self, result: Answer) -> list[Source]:
        return [SOURCE]


@contextlib.asynccontextmanager
async def in_discord(service: Service, stand_in: StandIn | None = None, **options: Any) -> AsyncIterator[StandIn]:
    """Run the real client in the stand-in until the block ends; then check every request that it made."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    async with stand_in or StandIn() as discord:
        addresses = {"api_url": discord.api_url, "gateway_url": discord.gateway.url}
        chosen = {name: options.pop(name) for name in [each.name for each in fields(Choices)] if name in options}
        given: dict[str, Any] = {"token": TOKEN, "timing": QUICK, "choices": Choices(**chosen)} | addresses | options
        client = asyncio.create_task(run(service, **given))
        try:
            await discord.until(lambda: client.done() or any(event == "GUILD_CREATE" for event, _ in discord.gateway.history))
            if client.done():
                await client
            yield discord
        finally:
            client.cancel()
            await asyncio.wait({client})
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
    found = problems(discord)
    if found:
        raise AssertionError("Discord would not take this:\n" + "\n".join(found))


def problems(discord: StandIn) -> list[str]:
    """Return all that is wrong with the recorded requests; without Discord's description, only what that doesn't state."""
    known = description()
    found = [problem for request in discord.requests for problem in unwritten_problems(request)]
    return found + ([problem for request in discord.requests for problem in known.problems(request)] if known else [])
