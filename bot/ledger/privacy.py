"""What learners can ask of the ledger: to be nobody in what is exported, to be forgotten, and not to be kept for ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger, reason_of
from bot.ledger.export import export, export_key, pseudonym
from bot.ledger.tables import (
    RECEIVED,
    SECOND_OPINION,
    AnswerRow,
    Conversation,
    DeliveryRow,
    Feedback,
    Learner,
    PromotionRow,
    QuestionRow,
    ReviewRow,
)
from bot.values import Status
from knowledge.errors import LedgerUnavailable

__all__ = ["Forgotten", "export", "export_key", "forget", "promoted", "pseudonym", "purge", "scrub"]

# Databases take only so many parameters in one statement.
IDS_AT_ONCE = 500
# Questions that still wait for a mentor outlive the others, but not by more than this factor.
WAITING_KEPT = 2


@dataclass(frozen=True)
class Forgotten:
    """How much of a person was removed."""

    questions: int = 0
    answers: int = 0
    feedback: int = 0
    reviews: int = 0
    deliveries: int = 0
    conversations: int = 0
    learners: int = 0
    spooled: int = 0

    @property
    def anything(self) -> bool:
        """Say whether there was anything of them."""
        return any(vars(self).values())


def forget(session: Session, user: str, platform: str | None = None) -> Forgotten:
    """Remove a person by their id on a platform (on all where it's not said), their questions and all that hangs on them.

    Answers, feedback, reviews, claims and deliveries go with the questions, and conversations in which nothing is left; what they
    said of other people's answers goes too. A promotion stays, without the question it came from: its text is the mentors'. Call
    `scrub` when the transaction is over: until then the database's file still holds the words.
    """
    wanted = select(Learner).where(Learner.platform_id == user, *([] if platform is None else [Learner.platform == platform]))
    people = [row.id for row in session.scalars(wanted.with_for_update())]
    if not people:
        return Forgotten()
    questions = list(session.scalars(select(QuestionRow.id).where(QuestionRow.learner_id.in_(people)).order_by(QuestionRow.id)))
    own = Feedback.learner_id.in_(people)
    said = session.scalar(select(func.count()).select_from(Feedback).where(own)) or 0
    session.execute(delete(Feedback).where(own))
    removed = remove_questions(session, questions)
    session.execute(delete(Learner).where(Learner.id.in_(people)))
    session.expire_all()
    return Forgotten(
        len(questions),
        removed["answers"],
        said + removed["feedback"],
        removed["reviews"],
        removed["deliveries"],
        removed["conversations"],
        len(people),
    )


def promoted(session: Session, user: str, platform: str | None = None) -> list[tuple[int, str]]:
    """Return the promotions that came of a person's questions, by number and card."""
    wanted = (
        select(PromotionRow.id, PromotionRow.slug)
        .join(QuestionRow, QuestionRow.id == PromotionRow.question_id)
        .join(Learner, Learner.id == QuestionRow.learner_id)
        .where(Learner.platform_id == user, *([] if platform is None else [Learner.platform == platform]))
        .order_by(PromotionRow.id)
    )
    return [(number, slug) for number, slug in session.execute(wanted)]


def purge(session: Session, *, older_than_days: int, now: dt.datetime) -> int:
    """Remove questions asked longer ago than that, as thoroughly as `forget` does; return how many.

    One that still waits for a mentor is kept for the same time once more. People of whom nothing is left are removed too.
    """
    limit = now - dt.timedelta(days=older_than_days)
    last = now - dt.timedelta(days=older_than_days * WAITING_KEPT)
    old = or_(QuestionRow.asked_at < last, (QuestionRow.asked_at < limit) & ~waiting())
    questions = list(session.scalars(select(QuestionRow.id).where(old).order_by(QuestionRow.id)))
    remove_questions(session, questions)
    # Those who say something at this very moment hold their row: it's waited for, and then seen that they are still about.
    idle = list(session.scalars(select(Learner.id).where(silent()).with_for_update()))
    for some in portions(idle):
        session.execute(delete(Learner).where(Learner.id.in_(some), silent()))
    session.expire_all()
    return len(questions)


def waiting() -> ColumnElement[bool]:
    """Say of a question that it waits for a mentor: handed over, or a person was asked for, and nobody has settled it."""
    settled = exists().where(ReviewRow.question_id == QuestionRow.id, ReviewRow.undone_at.is_(None), ReviewRow.decision != SECOND_OPINION)
    return or_(QuestionRow.status.in_((RECEIVED, Status.HANDED_OVER.value)), QuestionRow.wants_person) & ~settled


def silent() -> ColumnElement[bool]:
    """Say of a learner that nothing in the ledger is theirs."""
    return ~exists().where(QuestionRow.learner_id == Learner.id) & ~exists().where(Feedback.learner_id == Learner.id)


def remove_questions(session: Session, questions: Sequence[int]) -> dict[str, int]:
    """Remove questions and all that hangs on them, and conversations that are empty then; return how much of what."""
    removed = dict.fromkeys(("answers", "feedback", "reviews", "deliveries", "conversations"), 0)
    places: set[int] = set()
    for some in portions(questions):
        places.update(session.scalars(select(QuestionRow.conversation_id).where(QuestionRow.id.in_(some))))
        for name, table in (("answers", AnswerRow), ("feedback", Feedback), ("reviews", ReviewRow), ("deliveries", DeliveryRow)):
            counted = select(func.count()).select_from(table).where(table.question_id.in_(some))
            removed[name] += session.scalar(counted) or 0
        # Everything that refers to a question goes with it, or, of a promotion, lets go of it: the tables say so themselves.
        session.execute(delete(QuestionRow).where(QuestionRow.id.in_(some)))
    for here in portions(sorted(places)):
        empty = Conversation.id.in_(here) & ~exists().where(QuestionRow.conversation_id == Conversation.id)
        session.scalars(select(Conversation.id).where(empty).with_for_update()).all()
        gone = session.scalars(delete(Conversation).where(empty).returning(Conversation.id)).all()
        removed["conversations"] += len(gone)
    return removed


def portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut ids into as many as one statement takes."""
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield ids[start : start + IDS_AT_ONCE]


# The tables that hold what people wrote, or who they are.
WITH_WORDS = (Conversation, Learner, QuestionRow, AnswerRow, Feedback, ReviewRow, PromotionRow, DeliveryRow)


def scrub(ledger: Ledger) -> None:
    """Write the database anew without what was removed, so that its words are not in its files any more; no transaction may be open.

    Raises:
        LedgerUnavailable: somebody else is using the ledger; the rows are removed all the same.
    """
    try:
        if ledger.engine.dialect.name == "sqlite":
            scrub_sqlite(ledger)
        else:
            scrub_postgresql(ledger)
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"{NOT_SCRUBBED} ({reason_of(error)})") from error


NOT_SCRUBBED = "the rows are removed, but the ledger is busy and its files still hold the words: do the same again in a quiet moment"


def scrub_sqlite(ledger: Ledger) -> None:
    """Vacuum, and empty the write-ahead log, which holds pages as they were."""
    # Past SQLAlchemy, which would begin a transaction: there is no vacuum inside of one.
    with ledger.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        try:
            driver.execute("VACUUM").close()
            busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except driver_error(ledger) as error:
            raise LedgerUnavailable(f"{NOT_SCRUBBED} ({error})") from error
    if busy:
        raise LedgerUnavailable(NOT_SCRUBBED)


def driver_error(ledger: Ledger) -> type[Exception]:
    """Return the class of the errors that the database's driver raises by itself."""
    error: type[Exception] = ledger.engine.dialect.loaded_dbapi.Error
    return error


def scrub_postgresql(ledger: Ledger) -> None:
    """Write each table with people's words into a new file, and renew the statistics, which quote some of them."""
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
        try:
            for table in WITH_WORDS:
                connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {table.__tablename__}")
        finally:
            connection.exec_driver_sql("RESET lock_timeout")


def free_space(ledger: Ledger) -> None:
    """Let the database use the space of removed rows again, without a lock that readers or writers wait for.

    SQLite does so by itself, and overwrites removed rows with zeros (`secure_delete`); no transaction may be open.
    """
    if ledger.engine.dialect.name == "sqlite":
        return
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in WITH_WORDS:
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {table.__tablename__}")


# Who is writing at this moment is waited for, but not for ever: those behind would wait too.
LOCK_TIMEOUT_MS = 5_000
