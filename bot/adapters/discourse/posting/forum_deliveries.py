"""Deliveries to the forum: a post changed, an answer posted, or a notice to the asker; each found again by the key in it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from bot.adapters.discourse.api.forum import Forum
from bot.adapters.discourse.api.topics import ForumPost, ForumTopic
from bot.adapters.discourse.listening.own_words import own_words, without_name
from bot.adapters.discourse.posting.post_text import Asked, edit_reason, key_of, notice_text, post_text, state_line, was_edited, with_state
from bot.review.outbox.delivery_rows import DeliveryKind
from bot.review.outbox.send_and_retry import Delivery
from bot.service import Service
from bot.values import Answer, Composer, State, Status
from knowledge.errors import AskwellError, PlatformError, Refused

# Discourse's name in the ledger.
PLATFORM = "discourse"
NAME = re.compile(r"(?P<topic>[0-9]{1,10})/(?P<post>[0-9]{1,10})")


@dataclass(frozen=True)
class Carrier:
    """The post that carries an answer."""

    topic_id: int
    post_id: int

    def __str__(self) -> str:
        return f"{self.topic_id}/{self.post_id}"


def carrier_named(name: str) -> Carrier:
    """Return the post that a name in the ledger means.

    Raises:
        Refused: it names no post.
    """
    found = NAME.fullmatch(name)
    if found is None:
        raise Refused(f"{name!r} names no post of a forum")
    return Carrier(int(found["topic"]), int(found["post"]))


async def carry_out(forum: Forum, service: Service, delivery: Delivery) -> str:
    """Carry a delivery out; return the name of the post that carries it.

    Raises:
        Refused: the forum will never take it.
        PlatformError: the forum may take it another time.
    """
    if delivery.kind is DeliveryKind.EDIT:
        return str(await edit(forum, service, delivery))
    if not delivery.place.isdecimal():
        raise Refused(f"{delivery.place!r} is no topic of a forum")
    topic = await forum.topic(int(delivery.place))
    asked = topic.post(int(delivery.message_id)) if delivery.message_id.isdecimal() else None
    if delivery.kind is DeliveryKind.TELL:
        link = "" if delivery.target is None else link_to(topic, carrier_named(delivery.target))
        return str(await put(forum, topic, notice_text(delivery.note, link, delivery.key), delivery.key, reply_to=asked))
    if delivery.answer is None:
        raise Refused(f"delivery {delivery.id} posts an answer, but has none")
    text = await text_of(service, delivery.answer, delivery.key, asked, forum.username, lead=delivery.note)
    return str(await put(forum, topic, text, delivery.key, reply_to=asked))


async def edit(forum: Forum, service: Service, delivery: Delivery) -> Carrier:
    """Change the post that carries an answer to show its newest state.

    What a person has written into our post is never overwritten: then only its first line changes, and a corrected answer gets a post of
    its own, as it does where the post was deleted or can't be changed any more.
    """
    if delivery.answer is None or delivery.target is None:
        raise Refused(f"delivery {delivery.id} changes a post, but does not say which, or into what")
    target, answer = carrier_named(delivery.target), delivery.answer
    news = answer.status is Status.ANSWERED and answer.state is State.CORRECTED
    try:
        there = await forum.post(target.post_id)
        theirs = was_edited(there.raw or "")
        if not (theirs and news):
            key = key_of(there.raw or "") or delivery.key
            asked = await asked_post(forum, delivery)
            text = await text_of(service, answer, key, asked, forum.username, note=delivery.note)
            wanted = with_state(there.raw or "", state_line(answer)) if theirs else text
            if wanted.split() != (there.raw or "").split():
                await forum.edit(there, wanted, edit_reason(answer))
            return target
    except Refused:
        # It was deleted, or is too old to be changed by us.
        if not news:
            raise
    topic = await forum.topic(target.topic_id)
    replied = topic.post(int(delivery.message_id)) if delivery.message_id.isdecimal() else None
    text = await text_of(service, answer, delivery.key, replied, forum.username, note=delivery.note)
    return await put(forum, topic, text, delivery.key, reply_to=replied)


async def put(forum: Forum, topic: ForumTopic, text: str, key: str, *, reply_to: ForumPost | None, whisper: bool = False) -> Carrier:
    """Post a text under its key unless the topic has it already, from a process that was killed or a call whose answer was lost."""
    for post in topic.posts:
        if post.is_of(forum.username) and key_of(post.raw or "") == key:
            if post.is_gone:
                raise Refused(f"somebody has removed post {post.id}")
            if not was_edited(post.raw or "") and (post.raw or "").split() != text.split():
                await forum.edit(post, text, "")
            return Carrier(topic.id, post.id)
    made = await forum.create(topic.id, text, reply_to=None if reply_to is None else reply_to.post_number, whisper=whisper)
    return Carrier(topic.id, made.id)


async def asked_post(forum: Forum, delivery: Delivery) -> ForumPost | None:
    """Return the post that asked; None if it's gone."""
    if not delivery.message_id.isdecimal():
        return None
    try:
        return await forum.post(int(delivery.message_id))
    except PlatformError:
        raise
    except Refused:
        return None


async def text_of(
    service: Service, answer: Answer, key: str, asked: ForumPost | None, username: str, *, note: str = "", lead: str = ""
) -> str:
    """Render an answer to a post, with how it was found."""
    how, sources = await asyncio.to_thread(lambda: (explanation(service, answer), service.sources(answer)))
    words = None if asked is None else without_name(own_words(asked.raw or "").text, username)
    whose = None if asked is None or not words else Asked(asked.username, asked.post_number, asked.topic_id, words)
    return post_text(answer, sources, key=key, asked=whose, how=how, note=note, lead=lead)


def explanation(service: Service, answer: Answer) -> str:
    """Return how an answer was found; empty where it wasn't by search, or the ledger can't be read now."""
    if answer.question_id is None or answer.composer is Composer.MENTOR or answer.state is State.WITHDRAWN or not answer.cards:
        return ""
    try:
        return service.how(answer.question_id)
    except AskwellError:
        return ""


def link_to(topic: ForumTopic, carrier: Carrier) -> str:
    """Return the address of a post within the forum; of a post that is gone, that of its topic."""
    post = topic.post(carrier.post_id)
    return f"/t/{topic.id}/{post.post_number}" if post is not None else f"/t/{topic.id}"
