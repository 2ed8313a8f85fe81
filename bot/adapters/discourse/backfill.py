"""Solved topics of the forum as draft cards for mentors: one topic, or all of some categories, a stop costing at most one topic."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.adapters.discourse.api.forum import Forum, in_discourses_form, open_forum
from bot.adapters.discourse.api.topics import ForumCategory
from bot.adapters.discourse.forum_options import ForumOptions, category_named
from index.search.library import Library
from index.search.placing import place
from knowledge.errors import Refused, UsageError
from knowledge.files import write_atomically
from knowledge.importing import Imported, draft_thread, ordinary_words
from knowledge.importing.discourse_topic import read
from knowledge.importing.drafts import SourcePage

# A forum may hold an import back for hours.
PATIENCE_S = 24 * 3600.0


@dataclass(frozen=True)
class SeenTopics:
    """The file that says which topics of a forum have been imported."""

    path: Path
    url: str

    def read(self) -> set[int]:
        """Return the topics' ids; none if there is no such file, it's damaged, or of another forum."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            return {int(each) for each in found["topics"]} if found["url"] == self.url else set()
        except (OSError, ValueError, KeyError, TypeError):
            return set()

    def write(self, topics: set[int]) -> None:
        """Write the topics' ids.

        Raises:
            UsageError: the file can't be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, json.dumps({"url": self.url, "topics": sorted(topics)}).encode())
        except OSError as error:
            raise UsageError(f"{self.path} can't be written: {error.strerror or error}") from None


@dataclass(frozen=True)
class Backfilled:
    """What an import made of a forum's solved topics."""

    topics: int
    before: int
    drafts: int
    left_out: int

    def __str__(self) -> str:
        rest = f"{self.before} imported before, {self.left_out} without an answer to use"
        return f"{self.topics} solved topics: {self.drafts} new drafts; {rest}"


async def backfill(
    options: ForumOptions, categories: tuple[str, ...], library: Library, drafts: Path, done: SeenTopics, *, progress: Callable[[str], None]
) -> Backfilled:
    """Turn the solved topics of some categories into drafts, each topic once; limits are waited for.

    Raises:
        TurnedAway: the key is refused, or there is no such category.
        PlatformError: the forum can't be reached: the same again goes on from there.
        KnowledgeError, UsageError: a file can't be written.
    """
    async with open_forum(options.url, options.key, options.username, patience_s=PATIENCE_S) as forum:
        known = await forum.categories()
        topics: list[int] = []
        for name in categories:
            topics += await solved_in(forum, category_named(name, known), progress)
        topics = list(dict.fromkeys(topics))
        imported = done.read()
        counts: Counter[str] = Counter()
        for number, topic_id in enumerate(topics, start=1):
            if topic_id in imported:
                counts["before"] += 1
                continue
            try:
                made = await draft_topic(forum, topic_id, library, drafts)
            except Refused as error:
                progress(f"{number} of {len(topics)}: topic {topic_id} is left out: {error}")
                counts["left out"] += 1
            else:
                counts["drafts"] += sum(each.fresh for each in made.drafts)
                counts["left out"] += not made.drafts
                progress(f"{number} of {len(topics)}: topic {topic_id}, {len(made.drafts)} drafts")
            imported.add(topic_id)
            done.write(imported)
    return Backfilled(len(topics), counts["before"], counts["drafts"], counts["left out"])


async def solved_in(forum: Forum, category: ForumCategory, progress: Callable[[str], None]) -> list[int]:
    """Return the solved topics of one category, page after page."""
    found: list[int] = []
    number, more = 0, True
    while more:
        solved, more = await forum.solved_topics(category, number)
        found += solved
        number += 1
    progress(f"{category.slug}: {len(set(found))} solved topics")
    return found


async def draft_topic(forum: Forum, topic_id: int, library: Library, drafts: Path, *, accepted: int | None = None) -> Imported:
    """Turn one topic into drafts of what was accepted in it, or of the post `accepted`; our own posts are no source.

    Raises:
        Missing, NotAllowed: the topic is gone or private.
        KnowledgeError: the folder of drafts can't be written.
    """
    topic = await forum.topic_json(topic_id)
    with in_discourses_form():
        posts = [post for post in topic["post_stream"]["posts"] if str(post["username"]).lower() != forum.username.lower()]
        topic["post_stream"] = {"posts": [post | {"accepted_answer": True} if post["id"] == accepted else post for post in posts]}
        by = [post["username"] for post in posts if post["id"] == accepted or (accepted is None and post.get("accepted_answer"))]
        year = dt.datetime.fromisoformat(posts[0]["created_at"]).year if posts else dt.datetime.now(dt.UTC).year
        page = SourcePage(f"{forum.url}/t/{topic_id}", year, ", ".join(f"@{name}" for name in dict.fromkeys(by)))
    return await asyncio.to_thread(draft_read, topic, library, drafts, page)


def draft_read(topic: dict[str, Any], library: Library, drafts: Path, page: SourcePage) -> Imported:
    """Write the drafts of a topic that was read."""
    base = library.base
    try:
        thread = read(topic, ordinary_words(base))
    except ValidationError as error:
        raise Refused(f"its posts can't be read: {error.errors()[0]['msg']}") from None
    today = dt.datetime.now(dt.UTC).date()
    return draft_thread(thread, base, drafts, partial(place, library), source=page.url, today=today, page=page, accepted_alone=True)
