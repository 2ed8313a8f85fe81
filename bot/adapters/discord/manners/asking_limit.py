"""The limit per person: what is beyond it is kept and answered later, and its author reads when."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass

from discord.utils import format_dt

from bot.adapters.discord.shared import Shared
from bot.held_questions import hold_back
from bot.record import Incoming
from bot.values import Answer


@dataclass(frozen=True)
class Held:
    """A question that is kept until its turn comes."""

    until: dt.datetime
    per_hour: int

    def words(self, where: str = "here") -> str:
        """Return what its author reads."""
        answers = f"{self.per_hour} answer{'s' if self.per_hour > 1 else ''}"
        return (
            f"You had {answers} within the hour, which is as many as one person gets, so that there is time for everybody. "
            f"I have kept this question and answer it {where} {format_dt(self.until, 'R')}; there is no need to ask it again."
        )


async def ask_within_limit(shared: Shared, incoming: Incoming) -> Answer | Held | None:
    """Answer a question, or keep it for later; None if it was answered before.

    Raises:
        LedgerUnavailable: it could not be written down.
    """
    service, per_hour = shared.service, shared.questions_per_hour
    if not per_hour:
        return await asyncio.to_thread(service.ask, incoming)
    # Of several messages that come at once, each is counted before the next.
    async with shared.asking.setdefault(incoming.author, asyncio.Lock()):
        until = await asyncio.to_thread(hold_back, service, incoming, per_hour=per_hour)
        return Held(until, per_hour) if until is not None else await asyncio.to_thread(service.ask, incoming)
