"""The rows of the ledger: what each one means, and whether it ever changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, MetaData, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import DateTime

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


# The status of a question between its own transaction and its answer's.
RECEIVED = "received"


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment in UTC; SQLite keeps no time zone, so it's put back when read."""

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
    """One message of a learner. Written before anything is answered; its status changes when it's answered."""

    __tablename__ = "question"
    __table_args__ = (UniqueConstraint("platform", "message_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(32))
    message_id: Mapped[str] = mapped_column(String(128))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id", ondelete="SET NULL"), index=True)
    text: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[dt.datetime] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(16), default=RECEIVED, index=True)

    answers: Mapped[list[AnswerRow]] = relationship(back_populates="question", lazy="raise", order_by="AnswerRow.id")


class AnswerRow(Row):
    """One answer to one question. A new text is a new row; `state` and `sent_as` change."""

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

    question: Mapped[QuestionRow] = relationship(back_populates="answers", lazy="raise")
