"""Topics and posts as Discourse's API and webhooks show them; of their many fields those that Askwell reads."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

# Source: Discourse's Post.types: regular, moderator action, small action, whisper.
REGULAR, WHISPER = 1, 4
# Source: Discourse's Archetype: everything else is a private message or a banner.
PUBLIC = "regular"


class ForumPost(BaseModel):
    """One post; `raw` is its Markdown, None where Discourse was not asked for it."""

    model_config = ConfigDict(frozen=True)

    id: int
    topic_id: int
    post_number: int
    username: str
    user_id: int | None = None
    created_at: dt.datetime
    raw: str | None = None
    post_type: int = REGULAR
    reply_to_post_number: int | None = None
    topic_title: str | None = None
    topic_archetype: str = PUBLIC
    category_id: int | None = None
    staff: bool = False
    moderator: bool = False
    admin: bool = False
    trust_level: int | None = None
    hidden: bool = False
    user_deleted: bool = False
    deleted_at: dt.datetime | None = None
    version: int = 1
    accepted_answer: bool = False

    @property
    def author(self) -> str:
        """Return the author's id, which stays when they change their name."""
        return str(self.user_id) if self.user_id is not None else self.username.lower()

    @property
    def is_gone(self) -> bool:
        """Return whether readers don't see it."""
        return self.hidden or self.user_deleted or self.deleted_at is not None

    @property
    def is_by_a_person(self) -> bool:
        """Return whether a person wrote it. Source: Discourse's SYSTEM_USER_ID: its own users have negative ids."""
        return self.post_type == REGULAR and (self.user_id is None or self.user_id > 0)

    @property
    def by_staff(self) -> bool:
        """Return whether a member of the forum's staff wrote it."""
        return self.staff or self.moderator or self.admin

    def is_of(self, username: str) -> bool:
        """Return whether a user of this name wrote it; names are the same in any case."""
        return self.username.lower() == username.lower()


class ForumTopic(BaseModel):
    """One topic with all its posts, in their order."""

    model_config = ConfigDict(frozen=True)

    id: int
    title: str
    category_id: int | None = None
    tags: tuple[str, ...] = ()
    closed: bool = False
    archived: bool = False
    archetype: str = PUBLIC
    posts: tuple[ForumPost, ...] = Field(())

    @field_validator("tags", mode="before")
    @classmethod
    def names(cls, given: list[Any]) -> tuple[str, ...]:
        """Read tags, which are names or, in newer versions, objects with a name."""
        return tuple(str(tag["name"]) if isinstance(tag, dict) else str(tag) for tag in given)

    def post(self, post_id: int) -> ForumPost | None:
        """Return one of its posts."""
        return next((post for post in self.posts if post.id == post_id), None)

    def numbered(self, post_number: int | None) -> ForumPost | None:
        """Return the post of a number, which is its place in the topic."""
        return next((post for post in self.posts if post.post_number == post_number), None)


class ForumUser(BaseModel):
    """One user, with the groups that the asking user may see."""

    id: int
    username: str
    admin: bool = False
    moderator: bool = False
    trust_level: int = 0
    groups: tuple[str, ...] = ()

    @field_validator("groups", mode="before")
    @classmethod
    def names(cls, given: list[dict[str, Any]]) -> tuple[str, ...]:
        """Keep the groups' names."""
        return tuple(str(group["name"]) for group in given)


class ForumCategory(BaseModel):
    """One category."""

    id: int
    slug: str
    name: str = ""
