"""How what is owed to a platform gets there: written first, taken by one process, sent after, tried again until it's there."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from bot.ledger.database import Ledger
from bot.ledger.tables import OWED, AnswerRow, DeliveryRow, Learner, QuestionRow, ReviewRow
from bot.review.outbox.backoff import CLAIMED_FOR, wait_after
from bot.review.outbox.owing import CANCELLED, FAILED, SENDING, SENT, Kind, superseded_by
from bot.review.outbox.unsent import owe_answer, sweep
from bot.review.question.in_force import carrier
from bot.values import Answer, FoundCard, State, Status
from knowledge.errors import LedgerUnavailable, PlatformError, Refused

__all__ = ["Delivery", "Send", "deliver", "failed", "owe_answer", "sent", "sweep", "take"]

MAX_ERROR_CHARS = 500
# How often the outcome of a delivery is offered to a ledger that is busy or away; each time it waits as long as a ledger does.
NOTED_AT_MOST = 3


@dataclass(frozen=True)
class Delivery:
    """One message that is to be sent now.

    An `edit` puts `answer`, as it now stands, into the message `target` ("channel/message"), with `note` below: what changed. A `post` is
    a new message in `place` with `answer`, and `note` above it for the asker. A `tell` is a new message for the asker that says `note`,
    and replies to `target` if there is one; `answer` is what it's about, not to be repeated. `key` is what the platform tells a repeat by.
    `reason` is what the mentor gave as theirs: a learner reads it only where `note` has it.
    """

    id: int
    key: str
    kind: Kind
    platform: str
    place: str
    target: str | None
    question_id: int
    question: str
    asker: str | None
    answer: Answer | None
    note: str
    reason: str
    attempt: int


# Sends one delivery and returns the name of the message that carries it, if it's a new one.
Send = Callable[[Delivery], str | None]


def take(session: Session, platform: str, *, now: dt.datetime, most: int = 10) -> list[Delivery]:
    """Take deliveries that are due, the longest due first: they are this process's until it notes what became of them, or for a while.

    Of one question only the earliest is taken, so that a learner reads things in their order. One that a process had and lost is taken
    again: it may have been sent, which the platform tells by its key.
    """
    taken: list[Delivery] = []
    while len(taken) < most:
        rows = due(session, platform, now, most - len(taken))
        if not rows:
            break
        taken += [delivery for row in rows if (delivery := begin(session, row, now)) is not None]
    return taken


def due(session: Session, platform: str, now: dt.datetime, most: int) -> Sequence[DeliveryRow]:
    """Return what may be sent now, and lock it; what another process is taking at this moment is passed over."""
    earlier = aliased(DeliveryRow)
    unfinished = exists().where(
        earlier.question_id == DeliveryRow.question_id, earlier.id < DeliveryRow.id, earlier.state.in_((OWED, SENDING))
    )
    ready = and_(DeliveryRow.state == OWED, DeliveryRow.due_at <= now)
    lost = and_(DeliveryRow.state == SENDING, DeliveryRow.claimed_until <= now)
    wanted = select(DeliveryRow).where(DeliveryRow.platform == platform, or_(ready, lost), ~unfinished)
    locked = wanted.order_by(DeliveryRow.due_at, DeliveryRow.id).with_for_update(skip_locked=True, of=DeliveryRow)
    return session.scalars(locked.limit(most).execution_options(populate_existing=True)).all()


def begin(session: Session, row: DeliveryRow, now: dt.datetime) -> Delivery | None:
    """Mark a delivery as being sent; None if it's no longer wanted, and cancelled."""
    question = session.get_one(QuestionRow, row.question_id)
    aim(session, row)
    if row.kind != Kind.EDIT and question.learner_id is None:
        row.state, row.error = CANCELLED, "the learner was forgotten"
    elif row.kind == Kind.EDIT and row.target is None:
        row.state, row.error = CANCELLED, "there is no message to change"
    elif not (row.state == SENDING and drop_if_superseded(session, row)):
        row.state, row.attempts, row.claimed_until = SENDING, row.attempts + 1, now + CLAIMED_FOR
        # Later than all that is due: one that kills its process each time does not keep the others from their turn.
        row.due_at = row.claimed_until
    session.flush()
    return delivery_of(session, row, question) if row.state == SENDING else None


def aim(session: Session, row: DeliveryRow) -> None:
    """Find the message that a delivery changes where that was not known when it was written down.

    A new message becomes such a change if the process that was thought dead has posted the answer after all.
    """
    own = None if row.answer_id is None else session.get(AnswerRow, row.answer_id)
    posted_since = row.kind == Kind.POST and own is not None and own.sent_as is not None
    # A handover has a message of its own, and no other is to say what it says.
    handover = own is not None and own.status == Status.HANDED_OVER
    carried = own if posted_since or handover else carrier(session, row.question_id)
    if row.target is None and row.kind != Kind.TELL and carried is not None and carried.sent_as is not None:
        row.kind, row.target = Kind.EDIT.value, carried.sent_as


def drop_if_superseded(session: Session, row: DeliveryRow) -> bool:
    """Cancel a change or a word that failed or was lost while a newer decision has another to say; return whether it was.

    A new message is tried to its end: only if it's known can the newer decision change it instead of posting it twice.
    """
    newer = select(DeliveryRow.review_id).where(
        DeliveryRow.question_id == row.question_id,
        DeliveryRow.id > row.id,
        DeliveryRow.review_id.is_not(None),
        DeliveryRow.review_id != (row.review_id or 0),
        DeliveryRow.state.in_((OWED, SENDING, SENT)),
    )
    review_id = None if row.kind == Kind.POST else session.scalar(newer.order_by(DeliveryRow.id.desc()).limit(1))
    if review_id is not None:
        row.state, row.error, row.claimed_until = CANCELLED, superseded_by(review_id), None
    return review_id is not None


def delivery_of(session: Session, row: DeliveryRow, question: QuestionRow) -> Delivery:
    """Return a delivery with all that a platform needs for it."""
    learner = None if question.learner_id is None else session.get(Learner, question.learner_id)
    answer = None if row.answer_id is None else session.get(AnswerRow, row.answer_id)
    review = None if row.review_id is None else session.get(ReviewRow, row.review_id)
    return Delivery(
        id=row.id,
        key=row.key,
        kind=Kind(row.kind),
        platform=row.platform,
        place=row.place,
        target=row.target,
        question_id=question.id,
        question=question.text,
        asker=None if learner is None else learner.platform_id,
        answer=None if answer is None else answer_of(answer, question),
        note=row.note,
        reason="" if review is None else review.reason,
        attempt=row.attempts,
    )


def answer_of(row: AnswerRow, question: QuestionRow) -> Answer:
    """Return an answer of the ledger as the object that every surface shows."""
    return Answer(
        question=question.text,
        question_id=question.id,
        status=Status(row.status),
        answer=row.text,
        state=State(row.state),
        composer=row.composer,
        model=row.model,
        confidence=row.confidence,
        cards=tuple(FoundCard.model_validate(card) for card in row.cards),
        cited=tuple(row.cited),
        checks=tuple(row.checks),
    )


def sent(session: Session, delivery_id: int, sent_as: str | None, now: dt.datetime) -> None:
    """Note that a delivery is with the learner, and which message carries the answer if it's one that does."""
    row = session.get(DeliveryRow, delivery_id, with_for_update=True, populate_existing=True)
    if row is None or row.state == SENT:
        return
    row.state, row.sent_at, row.claimed_until, row.error = SENT, now, None, ""
    row.sent_as = sent_as or row.target
    answer = None if row.answer_id is None else session.get(AnswerRow, row.answer_id)
    if answer is not None and row.kind != Kind.TELL:
        answer.sent_as = row.sent_as
    session.flush()


def failed(session: Session, delivery_id: int, error: str, now: dt.datetime, for_good: bool = False, *, attempt: int | None = None) -> None:
    """Note that a delivery did not arrive: it's owed again after a while, or never if the platform refuses `for_good`.

    With `attempt`, a process that lost its claim meanwhile takes nothing from the one that has it now.
    """
    row = session.get(DeliveryRow, delivery_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != SENDING or attempt not in {None, row.attempts}:
        return
    row.claimed_until = None
    if for_good:
        row.state, row.error = FAILED, one_line(error)
    elif not drop_if_superseded(session, row):
        row.state, row.error, row.due_at = OWED, one_line(error), now + wait_after(row.attempts)
    session.flush()


def one_line(error: str) -> str:
    """Return what went wrong in one line that fits a table."""
    return " ".join(error.split())[:MAX_ERROR_CHARS]


def deliver(
    ledger: Ledger, platform: str, send: Send, *, now: dt.datetime, most: int = 10, seconds: Callable[[], float] = time.monotonic
) -> int:
    """Send what is due to a platform, up to `most`, each outside of a transaction; return how many arrived.

    `now` is when it's called, and `seconds` tells how much later it is since.
    `send` raises Refused where the platform will never take it, PlatformError where it may another time.

    Raises:
        LedgerUnavailable: what is due can't be read, or an outcome could not be noted; that delivery is sent again, with its key.
    """
    begun = seconds()
    arrived = 0
    for _ in range(most):
        # Taken one by one: the last of a slow batch would not be this process's any longer.
        moment = now + dt.timedelta(seconds=seconds() - begun)
        with ledger.transaction() as session:
            taken = take(session, platform, now=moment, most=1)
        if not taken:
            break
        outcome = attempted(taken[0], send)
        note_outcome(ledger, taken[0], outcome, now + dt.timedelta(seconds=seconds() - begun))
        arrived += not isinstance(outcome, Exception)
    return arrived


def attempted(delivery: Delivery, send: Send) -> str | Refused | PlatformError | None:
    """Return the message that a delivery became, or the platform's refusal."""
    try:
        return send(delivery)
    except (Refused, PlatformError) as error:
        return error


def note_outcome(ledger: Ledger, delivery: Delivery, outcome: str | Refused | PlatformError | None, now: dt.datetime) -> None:
    """Write down what became of a delivery; tried several times, since what isn't noted is sent again."""
    for left in reversed(range(NOTED_AT_MOST)):
        try:
            with ledger.transaction() as session:
                if isinstance(outcome, Refused | PlatformError):
                    refused = isinstance(outcome, Refused)
                    failed(session, delivery.id, str(outcome), now, refused, attempt=delivery.attempt)
                else:
                    sent(session, delivery.id, outcome, now)
            return
        except LedgerUnavailable:
            if not left:
                raise
