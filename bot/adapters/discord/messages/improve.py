"""Improved answers: a model's wording replaces the curated one in its messages if it passes the check."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import discord

from bot.adapters.discord.messages.carriers import Carrier, name
from bot.adapters.discord.messages.panels import Panel
from bot.adapters.discord.messages.send import Send, change, into
from bot.adapters.discord.refusals import INVALID_TOKEN_OF_INTERACTION, REFUSED, code_of, in_one_line
from bot.record import Incoming
from bot.service import Service
from bot.values import Answer, Status
from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

# Separate threads: a model takes a minute, and new questions must not wait for a thread behind it.
THREADS = 16
# A change that has begun may take so long when the connection is closed.
GRACE_S = 5.0


@dataclass(frozen=True)
class Shown:
    """A curated answer that a learner has: its question, its messages, and how to render and send its replacement."""

    incoming: Incoming
    answer: Answer
    carriers: Sequence[Carrier]
    panels: Callable[[Answer], list[Panel]]
    more: Send
    place: int | None = None

    def named(self, carriers: Sequence[Carrier]) -> str:
        """Return the name under which the ledger knows the messages: a private answer is known by the asker's direct messages."""
        return name(carriers) if self.place is None else f"{self.place}/{name(carriers).split('/')[1]}"


class Improvements:
    """The answers that a model is rewording, by the last message that carries each."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="improving")
        self._thinking: dict[int, asyncio.Task[None]] = {}
        self._changing: dict[int, asyncio.Task[None]] = {}
        self._stopped = False

    def start(self, shown: Shown) -> None:
        """Begin to improve an answer if there is a model, and return at once."""
        may = shown.answer.status in {Status.ANSWERED, Status.NEAR}
        if self._stopped or not self._service.improves or not may or not shown.carriers:
            return
        last = shown.carriers[-1].id
        self._thinking[last] = task = asyncio.create_task(self._improve(last, shown))
        task.add_done_callback(partial(self._finished, last))

    async def settle(self, messages: Iterable[int]) -> None:
        """Stop the improvement of these messages and wait for changes under way, so that a mentor's edit comes last."""
        for message in messages:
            if (thinking := self._thinking.pop(message, None)) is not None:
                thinking.cancel()
            if (changing := self._changing.get(message)) is not None:
                await asyncio.wait({changing})

    async def stop(self) -> None:
        """Stop the improvements, and finish the changes that have begun."""
        self._stopped = True
        for task in self._thinking.values():
            task.cancel()
        if self._changing:
            await asyncio.wait(self._changing.values(), timeout=GRACE_S)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _improve(self, last: int, shown: Shown) -> None:
        loop = asyncio.get_running_loop()
        try:
            improved = await loop.run_in_executor(self._threads, self._service.improve, shown.answer)
        except AskwellError as error:
            log.warning("the curated answer to message %s is kept: %s", shown.incoming.message_id, error)
            return
        if improved is None or (task := self._thinking.pop(last, None)) is None:
            return
        self._changing[last] = task
        try:
            carriers = await show(shown, improved)
            # The outbox has this change since the answer was entered, and delivers it unless it's noted as done.
            await asyncio.to_thread(self._service.sent, improved.question_id, shown.named(carriers), shown.incoming)
        except REFUSED as error:
            log.warning("Discord did not take the improved answer to message %s yet: %s", shown.incoming.message_id, in_one_line(error))
        except AskwellError as error:
            log.error("the improved answer to message %s is not noted as sent: %s", shown.incoming.message_id, error)

    def _finished(self, last: int, task: asyncio.Task[None]) -> None:
        self._thinking.pop(last, None)
        self._changing.pop(last, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("improving the answer in message %s failed", last, exc_info=error)


async def show(shown: Shown, improved: Answer) -> list[Carrier]:
    """Replace the curated answer by the improved one, through the channel once an interaction's quarter of an hour is over."""
    panels = shown.panels(improved)
    try:
        return await change(shown.carriers, panels, shown.more)
    except discord.HTTPException as error:
        if code_of(error) != INVALID_TOKEN_OF_INTERACTION or shown.place is not None:
            raise
    channel = shown.carriers[0].channel
    return await change([partial_of(carrier) for carrier in shown.carriers], panels, into(channel))


def partial_of(carrier: Carrier) -> discord.PartialMessage:
    """Return a message that the bot changes itself, without its interaction."""
    return discord.PartialMessage(channel=carrier.channel, id=carrier.id)
