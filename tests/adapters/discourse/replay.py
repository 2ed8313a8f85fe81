"""A thread replayed as a topic, post by post, with the real service: what Askwell answers, and where it's silent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.ledger.database import Ledger
from bot.service import Service
from tests.discourse_stand_in.forum_description import Payload
from tests.discourse_stand_in.in_forum import carried, feedback, on_forum

THREAD = Path(__file__).with_name("thread.yaml")


@dataclass(frozen=True)
class Replayed:
    """A topic after the replay: all its posts, and for each post of the thread the answer that it got."""

    title: str
    posts: list[Payload]
    answers: list[tuple[Payload, Payload | None]]
    feedback: list[tuple[str, str]]


def thread() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(THREAD.read_text(encoding="utf-8"))
    return loaded


async def replay(service: Service, ledger: Ledger, home: Path) -> Replayed:
    """Let people write the thread, each after what Askwell says to the post before; a silence is told by a later answer elsewhere."""
    wanted = thread()
    answers: list[tuple[Payload, Payload | None]] = []
    async with on_forum(service, home, webhooks=True) as forum:
        forum.join("nina")
        forum.join("tom")
        topic = None
        for post in wanted["posts"]:
            if topic is None:
                written = await forum.open_topic(post["by"], wanted["title"], post["raw"])
                topic = written["topic_id"]
            else:
                written = await forum.write(topic, post["by"], post["raw"], to=post.get("to"))
            # Posts are dealt with in their order, so what is answered last was dealt with last.
            last = await forum.open_topic("ada", "what is loss masking?", "I read the term in the notes.")
            await forum.until(lambda last=last: forum.ours(last["topic_id"]))  # type: ignore[misc]
            await forum.until(lambda: all(carried(ledger)))
            answers.append(
                (written, next((each for each in forum.ours(topic) if each["reply_to_post_number"] == written["post_number"]), None))
            )
        assert topic is not None
        return Replayed(wanted["title"], forum.posts_of(topic), answers, feedback(ledger))
