"""The model that words answers is called within limits on time, length, attempts and calls at once."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_random_exponential

from bot.breaker import Breaker
from bot.settings import Settings
from bot.wording.model.failures import OF_THE_REQUEST, described, may_pass, retry_after_s, status
from bot.wording.prompt.budget import set_back
from knowledge.errors import PlatformError
from knowledge.sentences import sentence_ends

if TYPE_CHECKING:
    from bot.wording.model.providers import Stream
    from bot.wording.prompt.assemble import Prompt

# The longest answer: about six sentences with room to spare.
MOST_TOKENS = 400
MOST_CHARS = 2_400
# The margin between our estimate of a prompt's length and the server's count.
MARGIN_TOKENS = 64
# A learner has the curated answer already, so a call that finds no free place within this time does without the model.
PLACE_WITHIN_S = 0.5
# The time for a call to end after its limit.
GRACE_S = 2.0

_THOUGHTS = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
_ENDED = re.compile(r"[.!?…:)\]}*`|\"'”。？！]\Z")


def output_tokens(context: int) -> int:
    """Return how many tokens of a model's context its answer may take."""
    return min(MOST_TOKENS, context // 4)


def prompt_budget(context: int) -> int:
    """Return how many tokens of a model's context the prompt may take."""
    return context - output_tokens(context) - MARGIN_TOKENS


def open_writer(settings: Settings, breaker: Breaker | None = None) -> Writer | None:
    """Make the configured model ready; None if there is none. The server is not asked yet.

    Raises:
        UsageError: ASKWELL_MODEL can't be used, or a package that it needs is not installed.
    """
    if settings.model is None:
        return None
    # Both of LangChain's packages take seconds to import, and most installations have no model.
    from bot.wording.model.providers import open_stream  # noqa: PLC0415

    return Writer(settings, open_stream(settings, output_tokens(settings.model_context)), breaker or Breaker())


class NoAnswer(PlatformError):
    """The model's server replied, and the reply is empty."""


class Writer:
    """A model that words answers; its methods block and may be called from several threads.

    `completes` is true for a base model, which only continues a text. The calls run on an event loop in a thread of its own, where the
    time limit can end them wherever they hang.
    """

    def __init__(self, settings: Settings, stream: Stream, breaker: Breaker) -> None:
        self.name = settings.model or ""
        self.budget_tokens = prompt_budget(settings.model_context)
        self.at_once = settings.model_at_once
        self.completes = self.name.startswith("completion:")
        self._settings = settings
        self._stream = stream
        self._breaker = breaker
        self._places = threading.BoundedSemaphore(self.at_once)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="askwell-model", daemon=True)
        self._thread.start()

    def write(self, prompt: Prompt) -> str:
        """Return the model's answer to a prompt.

        Raises:
            PlatformError: no answer came in time, or at all; the message is one line.
        """
        if not self._places.acquire(timeout=PLACE_WITHIN_S):
            raise PlatformError(f"the model {self.name} is busy with {self.at_once} other answers")
        try:
            return self._admitted(prompt)
        finally:
            self._places.release()

    @property
    def answers(self) -> bool:
        """Return whether the model's server answered lately, as far as is known."""
        return self._breaker.closed

    def close(self) -> None:
        """End all calls, hang up, and end the thread that they ran in."""
        if not self._loop.is_closed():
            wait([asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop)], timeout=GRACE_S)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(GRACE_S)
            if not self._thread.is_alive():
                self._loop.close()

    async def _hang_up(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # Streams that were not read to their end are open until they are collected.
        await self._loop.shutdown_asyncgens()

    def _admitted(self, prompt: Prompt) -> str:
        if not self._breaker.admits():
            raise PlatformError(f"the model {self.name} failed several times in a row, and is left alone for a moment")
        settle: Callable[[], object] = self._breaker.failed
        future = asyncio.run_coroutine_threadsafe(self._in_time(prompt), self._loop)
        try:
            error = ended_with(future, self._settings.model_timeout_s + GRACE_S)
            if error is None or status(error) in OF_THE_REQUEST:
                settle = self._breaker.succeeded
            elif isinstance(error, TimeoutError) and prompt.share_of_time < 1:
                # Whoever was given only a share of the time may have been slow without being away.
                settle = self._breaker.undecided
        finally:
            future.cancel()
            settle()
        if error is not None:
            raise PlatformError(self._described(error, self._settings.model_timeout_s * prompt.share_of_time)) from error
        answer = tidy(future.result(), prompt.stop)
        if not answer:
            raise NoAnswer(f"the model {self.name} wrote no answer")
        return answer

    async def _in_time(self, prompt: Prompt) -> str:
        """Call the model until it answers, another attempt is pointless, or the time is over."""
        until = self._loop.time() + self._settings.model_timeout_s * prompt.share_of_time

        def worth_it(error: BaseException) -> bool:
            return may_pass(error) and self._loop.time() + (retry_after_s(error) or 0.0) < until

        attempts = AsyncRetrying(
            stop=stop_after_attempt(1 + self._settings.model_retries), wait=pause_s, retry=retry_if_exception(worth_it), reraise=True
        )
        async with asyncio.timeout_at(until):
            return await attempts(self._once, prompt)

    async def _once(self, prompt: Prompt) -> str:
        """Read an answer as it comes, up to the longest that is wanted."""
        written = ""
        async with aclosing(self._stream(prompt)) as pieces:
            async for piece in pieces:
                written += piece
                if len(written) > MOST_CHARS or any(each in written for each in prompt.stop):
                    break
        return written

    def _described(self, error: BaseException, timeout_s: float) -> str:
        key = self._settings.model_api_key
        return described(
            error,
            self.name,
            timeout_s=timeout_s,
            base_url=self._settings.model_base_url,
            secret=key.get_secret_value() if key else "",
        )


_jitter = wait_random_exponential(multiplier=0.25, max=4)


def pause_s(state: RetryCallState) -> float:
    """Return the pause before the next attempt: as the server asked, or random and a little longer each time."""
    error = state.outcome.exception() if state.outcome else None
    asked_for = retry_after_s(error) if error else None
    return _jitter(state) if asked_for is None else asked_for


def ended_with(future: Future[Any], timeout_s: float) -> BaseException | None:
    """Wait for a call, and return the error that it ended with, of whatever library; None if it went well."""
    wait([future], timeout=timeout_s)
    if not future.done():
        return TimeoutError()
    return ConnectionError("the model was closed") if future.cancelled() else future.exception()


def tidy(written: str, stop: tuple[str, ...]) -> str:
    """Return an answer without the thoughts before it, the text after its end, and a sentence that was cut off.

    >>> tidy("Masks make the labels [1]. So nobody has to wri", ())
    'Masks make the labels [1].'
    """
    text = _THOUGHTS.sub("", written, count=1)
    for mark in stop:
        text = text.partition(mark)[0]
    whole = len(text) <= MOST_CHARS
    text = text[:MOST_CHARS].strip()
    if not (whole and _ENDED.search(text)):
        ends = sentence_ends(text)
        text = text[: ends[-1]] if ends else text
    return set_back(text).strip()
