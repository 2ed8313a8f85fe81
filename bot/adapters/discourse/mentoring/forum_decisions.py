"""Mentors' decisions that come as posts: who may make them, and how each is carried out and answered once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.adapters.discourse.api.forum import Forum, Missing
from bot.adapters.discourse.api.topics import WHISPER, ForumPost, ForumTopic
from bot.adapters.discourse.listening.own_words import own_words
from bot.adapters.discourse.mentoring.mentor_words import MentorWords, mentor_words
from bot.adapters.discourse.posting.forum_deliveries import PLATFORM, Carrier, put
from bot.adapters.discourse.posting.post_text import notice_text
from bot.review.outbox.delivery_rows import delivery_key
from bot.service import Service
from knowledge.errors import Refused, UsageError

# The surface, in a review's row.
SOURCE = "discourse"
NO_QUESTION = "nothing here or in that post was asked of me: name the question's number, as in 'confirm 12'"


@dataclass(frozen=True)
class MentorRules:
    """Whose decisions count, and the category in which a public post may decide."""

    groups: frozenset[str] = frozenset()
    review_category: int | None = None


def decision_in(topic: ForumTopic, post: ForumPost, rules: MentorRules) -> MentorWords | None:
    """Return the decision that a post makes: a whisper anywhere, or a post in the review category."""
    in_review = rules.review_category is not None and topic.category_id == rules.review_category
    if post.is_gone or not (post.post_type == WHISPER or in_review):
        return None
    return mentor_words(own_words(post.raw or "").text)


async def is_mentor(forum: Forum, post: ForumPost, rules: MentorRules) -> bool:
    """Return whether a post's author is in one of the groups that decide."""
    if not rules.groups:
        return False
    try:
        user = await forum.user(post.username)
    except Missing:
        return False
    return not rules.groups.isdisjoint(each.lower() for each in user.groups)


async def carry_out_decision(forum: Forum, service: Service, topic: ForumTopic, post: ForumPost, words: MentorWords) -> None:
    """Carry a mentor's decision out, and tell them where it can't be; in a whisper, if theirs was one."""
    try:
        done = await asyncio.to_thread(decided, service, topic, post, words, forum.username)
    except (Refused, UsageError) as error:
        said = f"Not done: {error}"
    else:
        if not done or post.post_type == WHISPER:
            return
        said = f"Done: {done}"
    key = delivery_key(PLATFORM, str(post.id), None, "decision")
    await put(forum, topic, notice_text(said, "", key), key, reply_to=post, whisper=post.post_type == WHISPER)


def decided(service: Service, topic: ForumTopic, post: ForumPost, words: MentorWords, username: str) -> str:
    """Return what was decided, empty if that was done before."""
    question_id = words.question_id or asked_about(service, topic, post, username)
    if question_id is None:
        raise UsageError(NO_QUESTION)
    new = service.decide_once(question_id, words.decision, words.text, mentor=post.username, source=SOURCE, written_at=post.created_at)
    return f"{words.decision.value}, question {question_id}" if new else ""


def asked_about(service: Service, topic: ForumTopic, post: ForumPost, username: str) -> int | None:
    """Return the question that a post is about: that of the post it replies to, else the topic's newest.

    A reply to a person who asked us nothing is about nothing of ours: its words must not reach somebody else.
    """
    replied = topic.numbered(post.reply_to_post_number)
    if replied is None:
        return service.find_question(PLATFORM, conversation=str(topic.id))
    theirs = replied.is_by_a_person and not replied.is_of(username)
    newest = "" if theirs else str(topic.id)
    return service.find_question(PLATFORM, message_id=str(replied.id), sent_as=str(Carrier(topic.id, replied.id)), conversation=newest)
