"""The newest posts of the forum, asked for again and again, and up to which of them nothing is left to be done."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.discourse.api.forum import Forum
from bot.adapters.discourse.api.topics import ForumPost
from bot.adapters.discourse.listening.attention import Attention
from bot.adapters.keep_trying import WAITS, Waits, keep_trying
from knowledge.files import write_atomically

log = logging.getLogger(__name__)

# So many pages are read after a downtime: 25,000 posts.
MOST_PAGES = 500


@dataclass(frozen=True)
class SeenFile:
    """The file that says up to which post of a forum all is done."""

    path: Path
    url: str

    def read(self) -> int | None:
        """Return the post's id; None if there is no such file, it's damaged, or of another forum."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            return int(found["seen"]) if found["url"] == self.url else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, seen: int) -> None:
        """Write the post's id; a disk that is full costs a second look at some posts after the next start."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, json.dumps({"url": self.url, "seen": seen}).encode())
        except OSError as error:
            log.warning("%s can't be written: %s", self.path, error.strerror or error)


class NewestPosts:
    """Polls one forum; the first poll catches up on what came while nobody listened."""

    def __init__(self, forum: Forum, attention: Attention, seen: SeenFile, waits: Waits = WAITS) -> None:
        self._forum = forum
        self._attention = attention
        self._file = seen
        self._waits = waits
        self._done = seen.read()
        self._polled_to = self._done
        self._begun = self._done

    async def run(self, every_s: float) -> None:
        """Poll until cancelled; a forum that is away is asked again soon."""
        while True:
            await keep_trying(self.poll, self._waits)
            await asyncio.sleep(every_s)

    async def poll(self) -> None:
        """Notice all posts since the last poll, oldest first.

        Where nobody has listened before, this begins with the posts to come.
        """
        found = await self._since(self._polled_to)
        if self._begun is None:
            self._begun = max([each.id for each in found], default=0)
        # All of the newest page, not only what is newer than the last poll: a post may be shown later than one with a greater id.
        for post in sorted(found, key=lambda each: each.id):
            if post.id > self._begun:
                self._attention.notice(post)
        self._polled_to = max([each.id for each in found] + [self._polled_to or 0])
        await asyncio.to_thread(self._note)

    async def _since(self, last: int | None) -> list[ForumPost]:
        """Return the newest posts, page after page down to the last one known."""
        found = page = await self._forum.posts_before(None)
        for _ in range(MOST_PAGES):
            if not page or last is None or min(each.id for each in page) <= last:
                return found
            page = await self._forum.posts_before(min(each.id for each in page))
            found = [*found, *page]
        log.warning("more than %d posts came while nobody listened: the oldest are not looked at", len(found))
        return found

    def _note(self) -> None:
        """Write down up to which post all is done: a post that still waits is noticed again after a stop."""
        waiting = self._attention.earliest_after(self._done or 0)
        done = max(self._done or 0, min(self._polled_to or 0, self._polled_to or 0 if waiting is None else waiting - 1))
        if done != self._done:
            self._done = done
            self._file.write(done)
