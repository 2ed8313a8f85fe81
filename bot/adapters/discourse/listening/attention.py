"""The posts that are still to be looked at: each waits until it's due, and is kept until it has been dealt with."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.adapters.discourse.api.topics import WHISPER, ForumPost
from bot.adapters.discourse.listening.when_to_answer import Rules, is_ours, names_us
from knowledge.errors import AskwellError, LedgerUnavailable, PlatformError, Refused

log = logging.getLogger(__name__)

# What was noticed twice, as by a webhook and a poll, is looked at once; of so many posts this is remembered.
REMEMBERED = 5_000
LONGEST_RETRY = dt.timedelta(minutes=5)
# Errors that one post may cause: they must not keep the others waiting.
FAULTS = (ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError)

# Deals with one post, as it was when it was noticed.
Handle = Callable[[ForumPost], Awaitable[None]]


@dataclass(frozen=True)
class Waiting:
    """A post that waits, and how often it was tried."""

    post: ForumPost
    due: dt.datetime
    tries: int = 0


class Attention:
    """The waiting posts of one forum."""

    def __init__(
        self, rules: Rules, handle: Handle, now: Callable[[], dt.datetime], *, review_category: int | None = None, retry_s: float = 5.0
    ) -> None:
        self._rules = rules
        self._review_category = review_category
        self._first_retry = dt.timedelta(seconds=retry_s)
        self._handle = handle
        self._now = now
        self._waiting: dict[int, Waiting] = {}
        self._noticed: OrderedDict[int, tuple[int, bool]] = OrderedDict()
        self._changed = asyncio.Event()

    def notice(self, post: ForumPost) -> None:
        """Take a post in, unless it's one that nothing follows from; a removed one waits no longer."""
        if post.is_gone:
            self._waiting.pop(post.id, None)
        now = (post.version, post.is_gone)
        if self._noticed.get(post.id) == now:
            return
        self._noticed[post.id] = now
        if len(self._noticed) > REMEMBERED:
            self._noticed.popitem(last=False)
        if post.is_gone or is_ours(post, self._rules) or not (post.is_by_a_person or post.post_type == WHISPER):
            return
        due = self._due(post)
        if due is not None:
            self._waiting[post.id] = Waiting(post, due)
            self._changed.set()

    def earliest_after(self, post_id: int) -> int | None:
        """Return the smallest id above another of a post that waits."""
        return min((each for each in self._waiting if each > post_id), default=None)

    def _due(self, post: ForumPost) -> dt.datetime | None:
        """Return when a post is to be looked at; None for a topic that nobody wants answered."""
        in_review = self._review_category is not None and post.category_id == self._review_category
        if post.post_number != 1 or post.post_type == WHISPER or in_review or names_us(post, self._rules):
            return self._now()
        wanted = post.category_id in self._rules.categories or bool(self._rules.tags)
        return post.created_at + self._rules.wait if wanted else None

    async def run(self) -> None:
        """Look at each post when it's due, until cancelled."""
        while True:
            self._changed.clear()
            now = self._now()
            due = sorted((each for each in self._waiting.values() if each.due <= now), key=lambda each: (each.due, each.post.id))
            for each in due:
                await self._look_at(each)
            if due:
                continue
            upcoming = min((each.due for each in self._waiting.values()), default=None)
            wait_s = None if upcoming is None else max(0.01, (upcoming - self._now()).total_seconds())
            try:
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _look_at(self, waiting: Waiting) -> None:
        if self._waiting.get(waiting.post.id) is not waiting:
            return
        later: Waiting | None = None
        try:
            await self._handle(waiting.post)
        except (PlatformError, LedgerUnavailable) as error:
            wait = min(self._first_retry * 2 ** min(waiting.tries, 10), LONGEST_RETRY)
            log.warning("post %s is looked at again in %.0f s: %s", waiting.post.id, wait.total_seconds(), error)
            later = Waiting(waiting.post, self._now() + wait, waiting.tries + 1)
        except Refused as error:
            log.info("post %s is left alone: %s", waiting.post.id, error)
        except AskwellError as error:
            log.error("post %s could not be dealt with: %s", waiting.post.id, error)
        except FAULTS:
            log.exception("post %s could not be dealt with", waiting.post.id)
        # It may have been noticed again meanwhile, after an edit.
        if self._waiting.get(waiting.post.id) is waiting:
            del self._waiting[waiting.post.id]
            if later is not None:
                self._waiting[waiting.post.id] = later
