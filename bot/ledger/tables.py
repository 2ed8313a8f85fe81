"""The tables of the ledger: the meaning of each row, and whether it ever changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, MetaData, String, Text, TypeDecorator, UniqueConstraint, false
from sqlalchemy import text as sql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import DateTime

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


# The status of a question that has no answer yet.
RECEIVED = "received"
# The condition for a question that others are compared with, word for word as in the index that leads to them.
COMPARED = "vector IS NOT NULL AND status <> 'asked_back'"
# The state of a delivery that is still to be sent.
OWED = "owed"
# The decision after which a question stays open.
SECOND_OPINION = "second_opinion"
# The largest number of a row; PostgreSQL would report an error for a larger one instead of finding no row.
LARGEST = 2**31 - 1


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment in UTC; SQLite keeps no time zone, so it's added when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Store moments in UTC, and refuse those without a time zone."""
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone can't go into the ledger")
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Give moments back in UTC."""
        del dialect
        return None if value is None else value.replace(tzinfo=value.tzinfo or dt.UTC)


class Row(DeclarativeBase):
    """The base of all rows."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {dt.datetime: UtcDateTime(), dict[str, Any]: JSON(), list[Any]: JSON()}  # noqa: RUF012  SQLAlchemy's own form


class Learner(Row):
    """One person on one platform; the only row that names them. Removed when they ask to be forgotten."""

    __tablename__ = "learner"
    __table_args__ = (UniqueConstraint("platform", "platform_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(32))
    platform_id: Mapped[str] = mapped_column(String(128))


class Conversation(Row):
    """One thread, channel or terminal session in which turns follow each other. Never changes."""

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("platform", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(32))
    place: Mapped[str] = mapped_column(String(128))
    started_at: Mapped[dt.datetime]


class QuestionRow(Row):
    """One message of a learner, written before it's answered.

    `status` changes when it's answered, `wants_person` when its learner asks for one. `vector` (float32, little-endian) compares it with
    other questions and comes with its first answer; the database counts its versions. In `text`, e-mail addresses and the like are masked.
    """

    __tablename__ = "question"
    __table_args__ = (
        UniqueConstraint("platform", "message_id"),
        Index("ix_question_compared", "id", "vector_version", sqlite_where=sql(COMPARED), postgresql_where=sql(COMPARED)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(32))
    message_id: Mapped[str] = mapped_column(String(128))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id", ondelete="SET NULL"), index=True)
    text: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[dt.datetime] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(16), default=RECEIVED, index=True)
    wants_person: Mapped[bool] = mapped_column(default=False, server_default=false())
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    vector_version: Mapped[int] = mapped_column(default=0, server_default="0")

    answers: Mapped[list[AnswerRow]] = relationship(back_populates="question", lazy="raise", order_by="AnswerRow.id")


class AnswerRow(Row):
    """One answer to one question. A new text is a new row; `state` and `sent_as` change, and every state leaves a Passing behind.

    `prompt` is the version of a model's prompt, `examples` its few-shot examples, and `evidence` what was found for the question and why,
    all as of then. `sent_as` names the message on the platform that carries the answer.
    """

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    composer: Mapped[str] = mapped_column(String(16))
    model: Mapped[str | None] = mapped_column(String(128))
    confidence: Mapped[float]
    cards: Mapped[list[Any]]
    cited: Mapped[list[Any]]
    checks: Mapped[list[Any]]
    index_name: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime]
    sent_as: Mapped[str | None] = mapped_column(String(255))
    prompt: Mapped[str | None] = mapped_column(String(64))
    examples: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    evidence: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")

    question: Mapped[QuestionRow] = relationship(back_populates="answers", lazy="raise")


class Citation(Row):
    """An answer cites a card; the database enters it with the answer. Never changes."""

    __tablename__ = "citation"

    slug: Mapped[str] = mapped_column(String(128), primary_key=True)
    question_id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True, index=True)


class Passing(Row):
    """One state that an answer went into, when and by which review. Never changes."""

    __tablename__ = "passing"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    review_id: Mapped[int | None] = mapped_column(ForeignKey("review.id", ondelete="SET NULL"), index=True)
    at: Mapped[dt.datetime]


class Feedback(Row):
    """A learner's `up`, `down` or `person` on an answer, with a reason: one row for each learner, question and kind."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("question_id", "learner_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id", ondelete="SET NULL"), index=True)
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[dt.datetime]


class Mentor(Row):
    """One person who decides, by the name under which decisions and commits are shown. Never changes."""

    __tablename__ = "mentor"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(128))


class MentorAccount(Row):
    """One account on a platform, by which a mentor signs in; it never changes, so that the mentor keeps the name that they decide under."""

    __tablename__ = "mentor_account"
    __table_args__ = (UniqueConstraint("platform", "platform_id"), UniqueConstraint("mentor_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(32))
    platform_id: Mapped[str] = mapped_column(String(128))
    mentor_id: Mapped[int] = mapped_column(ForeignKey("mentor.id", ondelete="CASCADE"))


class Claim(Row):
    """A mentor works on a question until a moment; after that, another mentor's claim may replace this one."""

    __tablename__ = "claim"

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("mentor.id", ondelete="CASCADE"))
    until: Mapped[dt.datetime]


class ReviewRow(Row):
    """One mentor's decision on one question. Only `undone_at` changes, and that once.

    `answer_id` is the answer that was judged, `result_id` the answer that the decision made, if it made one. A decision on a cluster is
    one row for each of its questions; `of_review_id` points from the others to the first.
    """

    __tablename__ = "review"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("mentor.id"), index=True)
    decision: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(16))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id", ondelete="SET NULL"), index=True)
    result_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id", ondelete="SET NULL"), index=True)
    of_review_id: Mapped[int | None] = mapped_column(ForeignKey("review.id", ondelete="SET NULL"), index=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    undone_at: Mapped[dt.datetime | None]


class PromotionRow(Row):
    """One answer that became knowledge: `begun` before the file is written, `done` after; `commit` is the git commit, if any.

    `text` is the whole new file and `before` the hash of the old one (empty for a new file), so that a promotion cut short can be finished.
    """

    __tablename__ = "promotion"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id", ondelete="SET NULL"), index=True)
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id", ondelete="SET NULL"), index=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("mentor.id"))
    kind: Mapped[str] = mapped_column(String(16))
    slug: Mapped[str] = mapped_column(String(128), index=True)
    path: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)
    before: Mapped[str] = mapped_column(String(64))
    diff: Mapped[str] = mapped_column(Text)
    impact: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))
    commit: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[dt.datetime]


class DeliveryRow(Row):
    """One message to be sent to a platform: `owed`, then `sending` while a process has it, then `sent`; `cancelled` if undone before that.

    `kind` is `edit` (change the message `target`), `post` (a new message in `place`) or `tell` (a new message there for the asker). By
    `key` the platform recognizes a repeat. A failed try moves `due_at`; only a platform that refuses for good makes it `failed`.
    """

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("key"), Index("ix_delivery_state_due_at", "state", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    platform: Mapped[str] = mapped_column(String(32))
    place: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    target: Mapped[str | None] = mapped_column(String(255))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"), index=True)
    review_id: Mapped[int | None] = mapped_column(ForeignKey("review.id", ondelete="SET NULL"), index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(16), default=OWED, server_default="owed")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[dt.datetime]
    claimed_until: Mapped[dt.datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[dt.datetime]
    sent_at: Mapped[dt.datetime | None]
    sent_as: Mapped[str | None] = mapped_column(String(255))


class QueueFact(Row):
    """The facts that give one unsettled question its place in mentors' queue, gathered from its other rows; changes as they do.

    Where a QueueChange names the question, they are out of date. The queue is in the order of `points`, then of `place`, the highest
    first; a question that `is_received` has no answer yet. `flags` are bits, `review_id` is the decision that asks for a second opinion.
    `confidence`, the best card with its title, and `checks` that are about the question are its newest answer's.
    """

    __tablename__ = "queue_fact"
    __table_args__ = (Index("ix_queue_fact_is_received", "is_received", "points", "place"),)

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    answer_id: Mapped[int | None]
    points: Mapped[float]
    place: Mapped[int]
    is_received: Mapped[bool]
    flags: Mapped[int]
    settled_at: Mapped[dt.datetime | None]
    said_at: Mapped[dt.datetime | None]
    review_id: Mapped[int | None]
    mentor_id: Mapped[int | None]
    earlier_mentor_id: Mapped[int | None]
    confidence: Mapped[float | None]
    card: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(Text)
    checks: Mapped[str] = mapped_column(Text)


class QueueChange(Row):
    """One change of a question since its facts for the queue were gathered; the database's triggers enter it. Never changes.

    The question may be gone.
    """

    __tablename__ = "queue_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int]
