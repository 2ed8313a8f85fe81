"""How an answer gets better in its place: the mentors' words stand at once, and a model's take their place if they pass."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import discord

from bot.adapters.discord.clicking.buttons import buttons
from bot.adapters.discord.messages.carriers import Carrier, name
from bot.adapters.discord.messages.send import Send, change, into
from bot.adapters.discord.refusals import INVALID_TOKEN_OF_INTERACTION, REFUSED, code_of, in_one_line
from bot.record import Incoming
from bot.service import Service
from bot.values import Answer, Status
from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

# Threads of their own: a model takes a minute, and a question that comes in meanwhile is not to wait for a thread behind it.
THREADS = 16
# How long a change that has begun may take when the connection is closed.
GRACE_S = 5.0


@dataclass(frozen=True)
class Shown:
    """A curated answer as a learner has it: what it answers, the messages, and how another one in its place is rendered and sent."""

    incoming: Incoming
    answer: Answer
    carriers: Sequence[Carrier]
    texts: Callable[[Answer], list[str]]
    more: Send


class Improvements:
    """The answers that a model is wording anew; each is known by the last message that carries it, while it's under way."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="improving")
        self._thinking: dict[int, asyncio.Task[None]] = {}
        self._changing: dict[int, asyncio.Task[None]] = {}
        self._stopped = False

    def start(self, shown: Shown) -> None:
        """Begin to improve an answer if there is a model, and return at once."""
        if self._stopped or not self._service.improves or shown.answer.status is not Status.ANSWERED or not shown.carriers:
            return
        last = shown.carriers[-1].id
        self._thinking[last] = task = asyncio.create_task(self._improve(last, shown))
        task.add_done_callback(partial(self._finished, last))

    async def settle(self, messages: Iterable[int]) -> None:
        """Let nothing change these messages from now on but the caller: a mentor's word comes after a model's, never before it."""
        for message in messages:
            if (thinking := self._thinking.pop(message, None)) is not None:
                thinking.cancel()
            if (changing := self._changing.get(message)) is not None:
                await asyncio.wait({changing})

    async def stop(self) -> None:
        """Leave the answers that are not worded yet as they are, and finish the changes that have begun."""
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
            log.warning("the curated answer to message %s stands: %s", shown.incoming.message_id, error)
            return
        if improved is None or (task := self._thinking.pop(last, None)) is None:
            return
        self._changing[last] = task
        try:
            carriers = await show(shown, improved)
            # The ledger owes this change since the answer was entered, and delivers it if it does not hear that it's done.
            await asyncio.to_thread(self._service.sent, improved.question_id, name(carriers), shown.incoming)
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
    """Put an improved answer where the curated one stands; by the channel, once an interaction's quarter of an hour is over."""
    texts, row = shown.texts(improved), buttons(improved)
    try:
        return await change(shown.carriers, texts, row, shown.more)
    except discord.HTTPException as error:
        if code_of(error) != INVALID_TOKEN_OF_INTERACTION:
            raise
    channel = shown.carriers[0].channel
    return await change([partial_of(carrier) for carrier in shown.carriers], texts, row, into(channel))


def partial_of(carrier: Carrier) -> discord.PartialMessage:
    """Return a message as the bot itself may change it, without the interaction that it came from."""
    return discord.PartialMessage(channel=carrier.channel, id=carrier.id)
