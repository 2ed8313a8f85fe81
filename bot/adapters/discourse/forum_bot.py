"""The forum's user that answers: its start, and all that runs for it."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bot.adapters.courier import Courier
from bot.adapters.discourse.answer_posts import Answering
from bot.adapters.discourse.api.forum import Forum, open_forum
from bot.adapters.discourse.api.topics import ForumPost
from bot.adapters.discourse.forum_options import ForumOptions, own_user, rules_for
from bot.adapters.discourse.listening.attention import Attention
from bot.adapters.discourse.listening.newest_posts import NewestPosts, SeenFile
from bot.adapters.discourse.listening.webhooks import LIKED, POST_EVENTS, SOLVED, receive_webhooks
from bot.adapters.discourse.posting.forum_deliveries import PLATFORM, carry_out
from bot.adapters.health_files import keep_touching, remove_file
from bot.adapters.keep_trying import WAITS, Waits
from bot.service import Service
from knowledge.errors import AskwellError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ForumTiming:
    """Seconds; tests shorten them. A delivery takes less time than the ledger's claim on it, so that no other process sends it too."""

    deliver_every_s: float = 3.0
    delivery_timeout_s: float = 60.0
    touch_every_s: float = 15.0
    retry_s: float = 5.0
    waits: Waits = WAITS


async def run_forum(
    service: Service,
    options: ForumOptions,
    *,
    home: Path,
    ready: Callable[[], None] | None = None,
    health_file: Path | None = None,
    drafts: Path | None = None,
    timing: ForumTiming | None = None,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> None:
    """Answer on the forum until cancelled; what people settle there is offered to mentors in the folder `drafts`.

    Raises:
        TurnedAway: the key is refused, or there is no such user or category.
        PlatformError: the forum can't be reached at the start, or the address for webhooks is taken.
    """
    times = timing or ForumTiming()
    async with AsyncExitStack() as stack:
        forum = await stack.enter_async_context(open_forum(options.url, options.key, options.username))
        await own_user(forum)
        rules, mentors = await rules_for(forum, options)
        answering = Answering(forum, service, rules, mentors, drafts)
        attention = Attention(rules, answering.deal_with, now, review_category=mentors.review_category, retry_s=times.retry_s)
        if options.webhook_address and options.webhook_secret:
            hear = Hearing(attention, answering).hear
            where = await stack.enter_async_context(receive_webhooks(options.webhook_address, options.webhook_secret, hear))
            log.info("webhooks are received at %s", where)
        newest = NewestPosts(forum, attention, SeenFile(home / "discourse-seen.json", options.url), times.waits)
        send = partial(carry_out, forum, service)
        courier = Courier(PLATFORM, service, send, every_s=times.deliver_every_s, timeout_s=times.delivery_timeout_s)
        stack.push_async_callback(courier.stop)
        stack.callback(lambda: [task.cancel() for task in answering.wording])
        running = [attention.run(), newest.run(options.poll_every_s)]
        if health_file is not None:
            running.append(keep_alive(forum, health_file, times.touch_every_s, options.poll_every_s))
        if ready is not None:
            ready()
        async with together(running) as tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


@asynccontextmanager
async def together(running: Iterable[Coroutine[Any, Any, None]]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Run coroutines at once; when the block ends all are stopped, and the error of one that failed is raised."""
    tasks = [asyncio.create_task(each) for each in running]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


class Hearing:
    """Takes webhooks in: a post is noticed, and a like or a solution counts as a word on the answer."""

    def __init__(self, attention: Attention, answering: Answering) -> None:
        self._attention = attention
        self._answering = answering
        self._tasks: set[asyncio.Task[None]] = set()

    def hear(self, event: str, post: ForumPost, by: str | None) -> None:
        """Take one event in."""
        if event in POST_EVENTS:
            gone = event == "post_destroyed"
            self._attention.notice(post.model_copy(update={"user_deleted": True}) if gone else post)
        elif event in {SOLVED, LIKED}:
            task = asyncio.create_task(self._note(event, post, by))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _note(self, event: str, post: ForumPost, by: str | None) -> None:
        try:
            if post.is_of(self._answering.rules.username):
                await self._answering.note_thanks(post.topic_id, post.id, by)
            elif event == SOLVED:
                await self._answering.offer(post)
        except AskwellError as error:
            log.warning("%s of post %s is not written down: %s", event, post.id, error)


async def keep_alive(forum: Forum, path: Path, every_s: float, poll_every_s: float) -> None:
    """Touch the health file while the forum answers, which is asked for the newest posts again and again; remove it at the end."""
    try:
        await keep_touching(path, lambda: time.monotonic() - forum.heard_at < 2 * poll_every_s + every_s, every_s)
    finally:
        remove_file(path)
