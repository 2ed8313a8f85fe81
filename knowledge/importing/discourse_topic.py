"""Discourse topics as JSON (`/t/ID.json`)."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from pydantic import BaseModel

from knowledge.importing.html import markdown
from knowledge.importing.people import is_mentor, labels, veil
from knowledge.importing.posts import Dropped, ExportedThread, Person, Post, readable

# Source: Discourse's Post.types: regular, moderator action, small action, whisper.
SMALL_ACTION, WHISPER = 3, 4


class CookedPost(BaseModel):
    """The keys of a post that say who speaks, to whom, and what."""

    post_number: int
    username: str
    cooked: str
    name: str | None = None
    reply_to_post_number: int | None = None
    post_type: int = 1
    accepted_answer: bool = False
    staff: bool = False
    moderator: bool = False
    admin: bool = False
    user_title: str | None = None
    primary_group_name: str | None = None
    flair_name: str | None = None
    hidden: bool = False
    user_deleted: bool = False
    deleted_at: str | None = None

    @property
    def unfit(self) -> str | None:
        """Return why the post must not be used, None if it may."""
        if self.post_type == WHISPER:
            return "whisper among staff"
        if self.post_type == SMALL_ACTION:
            return "note of the platform"
        return "deleted or hidden post" if self.hidden or self.user_deleted or self.deleted_at else None

    @property
    def person(self) -> Person:
        """Return who speaks."""
        teaches = self.staff or self.moderator or self.admin or is_mentor(self.user_title, self.primary_group_name, self.flair_name)
        return Person(self.username.lower(), tuple(dict.fromkeys(name for name in (self.username, self.name) if name)), teaches)


class PostStream(BaseModel):
    """The posts of a topic; `stream` lists the ids of all, of which the file may hold the first twenty."""

    posts: list[CookedPost]
    stream: list[int] = []


class Topic(BaseModel):
    """The keys of a topic that are read here."""

    post_stream: PostStream
    title: str | None = None


def looks_like(payload: object) -> bool:
    """Return whether a JSON value is a Discourse topic."""
    stream = payload.get("post_stream") if isinstance(payload, dict) else None
    return isinstance(stream, dict) and isinstance(stream.get("posts"), list)


def read(payload: dict[str, Any], ordinary: Set[str]) -> ExportedThread:
    """Read a topic; `ordinary` are the words that are no names."""
    topic = Topic.model_validate(payload)
    written = sorted(topic.post_stream.posts, key=lambda each: each.post_number)
    people = [each.person for each in written]
    named = labels(people)
    hidden = veil(people, named, ordinary)
    posts: list[Post] = []
    dropped: list[Dropped] = []
    for each, person in zip(written, people, strict=True):
        text, quotes, mentions = markdown(readable(each.cooked))
        text = hidden.over(text)
        if each.unfit:
            dropped.append(Dropped(each.post_number, each.unfit, "(not shown)"))
            continue
        dropped += [Dropped(each.post_number, "quote", hidden.over(quote)) for quote in quotes]
        addressed = frozenset(named[name.lower()] for name in mentions if name.lower() in named)
        posts.append(
            Post(each.post_number, text, named[person.key], person.mentor, each.reply_to_post_number, each.accepted_answer, addressed)
        )
    missing = len(topic.post_stream.stream) - len(written)
    notes = (f"the file holds {len(written)} of {len(topic.post_stream.stream)} posts: save /t/ID.json?print=true for all of them",)
    title = hidden.over(readable(topic.title)) if topic.title else None
    return ExportedThread("Discourse topic", title, tuple(posts), tuple(dropped), notes if missing > 0 else ())
