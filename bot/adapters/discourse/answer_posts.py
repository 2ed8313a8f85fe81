"""A post that is due: a mentor's decision, a word on an answer, or a question, which gets its answer below it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.discourse.api.forum import Forum
from bot.adapters.discourse.api.topics import WHISPER, ForumPost, ForumTopic
from bot.adapters.discourse.backfill import draft_topic
from bot.adapters.discourse.listening.own_words import own_words, without_name
from bot.adapters.discourse.listening.question_text import question_of
from bot.adapters.discourse.listening.when_to_answer import Reason, Rules, is_ours, names_us, reason_to_answer
from bot.adapters.discourse.mentoring.forum_decisions import MentorRules, carry_out_decision, decision_in, is_mentor
from bot.adapters.discourse.mentoring.said_of_answers import asks_nothing_more, said_of_answer
from bot.adapters.discourse.posting.forum_deliveries import PLATFORM, Carrier, put, text_of
from bot.door.talk.small_talk import no_question
from bot.ledger.feedback import FeedbackKind
from bot.record import Incoming
from bot.review.outbox.delivery_rows import DeliveryKind, delivery_key
from bot.service import Service
from bot.values import Answer, Status
from knowledge.errors import AskwellError, PlatformError, Refused, UsageError

log = logging.getLogger(__name__)

# Answers that a model words at the same time; on a forum nobody waits for a second.
WORDED_AT_ONCE = 2
# A shorter post of the staff is no explanation.
FEWEST_WORDS = 20


@dataclass
class Answering:
    """One forum, the service, and the rules by which posts are dealt with."""

    forum: Forum
    service: Service
    rules: Rules
    mentors: MentorRules
    drafts: Path | None = None
    wording: set[asyncio.Task[None]] = field(default_factory=set)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(WORDED_AT_ONCE))

    async def deal_with(self, noticed: ForumPost) -> None:
        """Deal with one post, as it and its topic are now.

        Raises:
            PlatformError, LedgerUnavailable: it may succeed at another time.
            Refused: the topic is gone, or private now.
        """
        if not await self._concerns_us(noticed):
            return
        topic = await self.forum.topic(noticed.topic_id)
        post = topic.post(noticed.id)
        if post is None or post.is_gone:
            return
        decision = decision_in(topic, post, self.mentors)
        if decision is not None and await is_mentor(self.forum, post, self.mentors):
            await carry_out_decision(self.forum, self.service, topic, post, decision)
            return
        reason = reason_to_answer(topic, post, self.rules)
        if post.post_type == WHISPER or (reason is not None and await self._took_feedback(topic, post)):
            return
        if reason is Reason.NEW_TOPIC and no_question(own_words(post.raw or "").text) is not None:
            return
        if reason is not None:
            await self._answer(topic, post)
        elif post.by_staff and await asyncio.to_thread(self.service.waits, PLATFORM, str(topic.id)):
            await self.offer(post)

    async def _concerns_us(self, post: ForumPost) -> bool:
        """Return whether a post may be meant for us, without asking the forum: most replies are between others."""
        asks = post.post_number == 1 or post.post_type == WHISPER or names_us(post, self.rules)
        in_review = self.mentors.review_category is not None and post.category_id == self.mentors.review_category
        return asks or in_review or await asyncio.to_thread(self.service.knows, PLATFORM, str(post.topic_id))

    async def _took_feedback(self, topic: ForumTopic, post: ForumPost) -> bool:
        """Write down what a reply to our answer says of it; return whether it says nothing else."""
        text = without_name(own_words(post.raw or "").text, self.rules.username)
        kind = said_of_answer(text)
        ours = [each for each in topic.posts if is_ours(each, self.rules) and each.post_number < post.post_number]
        if kind is None or not ours:
            return False
        about = topic.numbered(post.reply_to_post_number) or ours[-1]
        if not is_ours(about, self.rules):
            return False
        await self.note_feedback(topic.id, about.id, post.author, kind, text if kind is FeedbackKind.DOWN else "")
        return kind is FeedbackKind.UP or asks_nothing_more(text)

    async def note_feedback(self, topic_id: int, post_id: int, author: str, kind: FeedbackKind, reason: str = "") -> None:
        """Write down what a person says of the answer that a post of ours carries."""

        def note() -> None:
            question_id = self.service.find_question(PLATFORM, sent_as=str(Carrier(topic_id, post_id)))
            if question_id is not None:
                self.service.feedback(question_id, platform=PLATFORM, author=author, kind=kind.value, reason=reason)

        try:
            await asyncio.to_thread(note)
        except UsageError as error:
            log.info("a word on post %s is not kept: %s", post_id, error)

    async def note_thanks(self, topic_id: int, post_id: int, author: str | None) -> None:
        """Write down that an answer helped: somebody liked it, or, where the forum doesn't say who, it was accepted as the solution."""
        if author is None:
            post = await self.forum.post(post_id)
            topic = await self.forum.topic(topic_id)
            asked = topic.numbered(post.reply_to_post_number) or topic.numbered(1)
            author = None if asked is None else asked.author
        if author is not None:
            await self.note_feedback(topic_id, post_id, author, FeedbackKind.UP)

    async def offer(self, post: ForumPost) -> None:
        """Offer a person's answer to the mentors as a draft of a card, with its author and link."""
        if self.drafts is not None and len((post.raw or "").split()) >= FEWEST_WORDS:
            made = await draft_topic(self.forum, post.topic_id, self.service.library, self.drafts, accepted=post.id)
            log.info("topic %s has an answer by a person: %s", post.topic_id, made)

    async def _answer(self, topic: ForumTopic, post: ForumPost) -> None:
        asked = question_of(topic, post, self.rules.username)
        incoming = Incoming(PLATFORM, str(post.id), str(topic.id), post.author, asked.text, asked.earlier)
        answer = await asyncio.to_thread(self.service.ask, incoming)
        if answer is None:
            return
        key = delivery_key(PLATFORM, incoming.message_id, None, DeliveryKind.POST)
        text = await text_of(self.service, answer, key, post, self.rules.username)
        try:
            carrier = await put(self.forum, topic, text, key, reply_to=post)
        except (PlatformError, Refused) as error:
            # It's in the ledger, and the outbox tries again; only while the ledger is away nobody else will.
            log.warning("the answer to post %s is not posted yet: %s", post.id, error)
            return
        try:
            await asyncio.to_thread(self.service.sent, answer.question_id, str(carrier), incoming)
        except AskwellError as error:
            log.error("the answer to post %s was posted, but not noted as sent: %s", post.id, error)
        self._begin_wording(answer)

    def _begin_wording(self, answer: Answer) -> None:
        """Have a model answer in the curated answer's place; the outbox puts what passes into the post."""
        if not self.service.improves or answer.status not in {Status.ANSWERED, Status.NEAR}:
            return
        task = asyncio.create_task(self._word(answer))
        self.wording.add(task)
        task.add_done_callback(self.wording.discard)

    async def _word(self, answer: Answer) -> None:
        async with self.turns:
            try:
                await asyncio.to_thread(self.service.improve, answer)
            except AskwellError as error:
                log.warning("the curated answer to question %s is kept: %s", answer.question_id, error)
