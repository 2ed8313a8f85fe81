"""When a post is answered: people come first, and whoever asks by name is answered at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.adapters.discourse.api.topics import PUBLIC, ForumPost, ForumTopic
from bot.adapters.discourse.listening.own_words import own_words


class Reason(StrEnum):
    """Why a post is answered."""

    NAMED = "named"
    FOLLOWS = "follows"
    NEW_TOPIC = "new_topic"


@dataclass(frozen=True)
class Rules:
    """Where new topics are answered without being asked by name, after which wait; and who is answering."""

    username: str
    categories: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()
    wait: dt.timedelta = dt.timedelta(minutes=15)


def names_us(post: ForumPost, rules: Rules) -> bool:
    """Return whether a post mentions us in its own words; a quoted or coded name asks nothing."""
    return rules.username.lower() in own_words(post.raw or "").mentions


def is_ours(post: ForumPost, rules: Rules) -> bool:
    """Return whether we wrote a post."""
    return post.is_of(rules.username)


def reason_to_answer(topic: ForumTopic, post: ForumPost, rules: Rules) -> Reason | None:
    """Return why a post is answered now, None if it's left alone."""
    if not post.is_by_a_person or post.is_gone or is_ours(post, rules) or topic.closed or topic.archived or topic.archetype != PUBLIC:
        return None
    if names_us(post, rules):
        return Reason.NAMED
    if follows_us(topic, post, rules):
        return Reason.FOLLOWS
    wanted = topic.category_id in rules.categories or not rules.tags.isdisjoint(topic.tags)
    # What the staff begins is an announcement.
    if post.post_number == 1 and wanted and not post.by_staff and not others(topic.posts, post, rules):
        return Reason.NEW_TOPIC
    return None


def follows_us(topic: ForumTopic, post: ForumPost, rules: Rules) -> bool:
    """Return whether a post goes on with our answer: the same person's next post, while nobody else has taken part since.

    A reply to somebody else's post goes on with theirs.
    """
    before = [each for each in topic.posts if each.post_number < post.post_number and not each.is_gone]
    # What we whisper is between us and a mentor.
    ours = [each for each in before if is_ours(each, rules) and each.is_by_a_person]
    if not ours:
        return False
    replied = topic.numbered(post.reply_to_post_number)
    if replied is not None and not is_ours(replied, rules):
        return False
    asked = topic.numbered(ours[-1].reply_to_post_number)
    if asked is None or asked.author != post.author:
        return False
    since = [each for each in topic.posts if each.post_number > ours[-1].post_number]
    return not others(since, post, rules)


def others(posts: Iterable[ForumPost], post: ForumPost, rules: Rules) -> list[ForumPost]:
    """Return the posts of people other than a post's author."""
    return [each for each in posts if each.is_by_a_person and not each.is_gone and each.author != post.author and not is_ours(each, rules)]
