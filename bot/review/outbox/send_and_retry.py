"""The sending of queued deliveries: one process takes each, sends it, notes the outcome, and tries again later if it failed."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from bot.ledger.database import Ledger
from bot.ledger.tables import OWED, AnswerRow, DeliveryRow, Learner, Mentor, QuestionRow, ReviewRow
from bot.review.outbox import notices
from bot.review.outbox.delivery_rows import CANCELLED, FAILED, SENDING, SENT, DeliveryKind, superseded_by
from bot.review.outbox.quiet_hours import QuietHours
from bot.review.question_state import sent_answer
from bot.values import WAITING, Answer, FoundCard, State, Status
from knowledge.errors import LedgerUnavailable, PlatformError, Refused

FIRST_WAIT = dt.timedelta(seconds=5)
LONGEST_WAIT = dt.timedelta(hours=1)
# Doublings after which the longest wait is reached in any case.
DOUBLINGS = 10
# A process that took a delivery has it for this long. Longer than a platform's slowest reply, and short enough for the platform to
# recognise a repeat by its key: Discord checks a nonce against the past few minutes (its API, "create message", enforce_nonce).
CLAIMED_FOR = dt.timedelta(minutes=2)
MAX_ERROR_CHARS = 500
# How often an outcome is written to a ledger that is busy or away; each time it waits as long as a ledger does.
NOTE_TRIES = 3


@dataclass(frozen=True)
class Delivery:
    """One message that is to be sent now.

    An `edit` puts `answer` into the message `target` ("channel/message"), with `note`, which says what changed, below it. A `post` is a
    new message in `place` with `answer`, and `note` above it for the asker. A `tell` is a new message that says `note` to the asker, as a
    reply to `target` if there is one; `answer` is the one that it's about, not to be repeated. `key` lets the platform recognise a repeat.
    `reason` is the mentor's; the learner reads it only if `note` has it. `message_id` is the learner's own
    message. `author` is the mentor who wrote `answer`, empty if none did.
    `answered_in` names the message with the mentor's answer where `answer` is the handover before it.
    """

    id: int
    key: str
    kind: DeliveryKind
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
    message_id: str = ""
    author: str = ""
    answered_in: str | None = None


# Sends one delivery and returns the name of the message that carries it, if it's a new one.
Send = Callable[[Delivery], str | None]


def deliver(
    ledger: Ledger,
    platform: str,
    send: Send,
    *,
    now: dt.datetime,
    most: int = 10,
    seconds: Callable[[], float] = time.monotonic,
    quiet: QuietHours | None = None,
) -> int:
    """Send up to `most` due deliveries to a platform, each outside of a transaction, and return how many arrived.

    `now` is the time of the call; `seconds` is a clock that measures how much later it is. `send` raises Refused if the platform will
    never take the delivery, PlatformError if it may at another time. In `quiet` hours, what would notify a learner waits.

    Raises:
        LedgerUnavailable: the ledger can't be read, or an outcome could not be noted; that delivery is sent again under its key.
    """
    begun = seconds()
    arrived = 0
    for _ in range(most):
        # Taken one by one: this process's claim on the last of a slow batch would be over before its turn.
        moment = now + dt.timedelta(seconds=seconds() - begun)
        with ledger.transaction() as session:
            taken = take(session, platform, now=moment, most=1, quiet=quiet)
        if not taken:
            break
        outcome = try_to_send(taken[0], send)
        note_outcome(ledger, taken[0], outcome, now + dt.timedelta(seconds=seconds() - begun))
        arrived += not isinstance(outcome, Exception)
    return arrived


def take(session: Session, platform: str, *, now: dt.datetime, most: int = 10, quiet: QuietHours | None = None) -> list[Delivery]:
    """Take due deliveries, the longest due first; they are this process's until it notes their outcome or its claim lapses.

    Only the earliest of each question is taken, so that a learner reads things in their order. A delivery whose process died is taken
    again: it may have been sent, which the platform recognises by its key.
    """
    taken: list[Delivery] = []
    while len(taken) < most:
        rows = due(session, platform, now, most - len(taken))
        if not rows:
            break
        taken += [delivery for row in rows if (delivery := start_sending(session, row, now, quiet)) is not None]
    return taken


def due(session: Session, platform: str, now: dt.datetime, most: int) -> Sequence[DeliveryRow]:
    """Return and lock what may be sent now, without what another process is taking at this moment."""
    earlier = aliased(DeliveryRow)
    unfinished = exists().where(
        earlier.question_id == DeliveryRow.question_id, earlier.id < DeliveryRow.id, earlier.state.in_((OWED, SENDING))
    )
    ready = and_(DeliveryRow.state == OWED, DeliveryRow.due_at <= now)
    lost = and_(DeliveryRow.state == SENDING, DeliveryRow.claimed_until <= now)
    wanted = select(DeliveryRow).where(DeliveryRow.platform == platform, or_(ready, lost), ~unfinished)
    locked = wanted.order_by(DeliveryRow.due_at, DeliveryRow.id).with_for_update(skip_locked=True, of=DeliveryRow)
    return session.scalars(locked.limit(most).execution_options(populate_existing=True)).all()


def start_sending(session: Session, row: DeliveryRow, now: dt.datetime, quiet: QuietHours | None = None) -> Delivery | None:
    """Mark a delivery as being sent; cancel it and return None if it's no longer wanted, or put it off while it's quiet."""
    question = session.get_one(QuestionRow, row.question_id)
    find_target(session, row)
    if row.kind == DeliveryKind.TELL:
        tell_only_what_is_true(session, row)
    if row.kind != DeliveryKind.EDIT and question.learner_id is None:
        row.state, row.error = CANCELLED, "the learner was forgotten"
    elif row.kind == DeliveryKind.EDIT and row.target is None:
        row.state, row.error = CANCELLED, "there is no message to change"
    elif (loud_at := None if quiet is None or not notifies_first(row) else quiet.until(now)) is not None:
        row.due_at = loud_at
    elif not (row.state == SENDING and cancel_if_superseded(session, row)):
        row.state, row.attempts, row.claimed_until = SENDING, row.attempts + 1, now + CLAIMED_FOR
        # After all that is due now: a delivery that kills its process each time doesn't keep the others waiting.
        row.due_at = row.claimed_until
    session.flush()
    return delivery_of(session, row, question) if row.state == SENDING else None


def notifies_first(row: DeliveryRow) -> bool:
    """Return whether a delivery tells a learner something and was never tried: what may have arrived is repeated at once, under its key."""
    return not row.attempts and (row.kind == DeliveryKind.TELL or (row.kind == DeliveryKind.POST and bool(row.note)))


def find_target(session: Session, row: DeliveryRow) -> None:
    """Find the message that an edit changes if it was unknown when the edit was queued.

    A post becomes such an edit if the process that was thought dead has posted the answer after all.
    """
    own = None if row.answer_id is None else session.get(AnswerRow, row.answer_id)
    posted_since = row.kind == DeliveryKind.POST and own is not None and own.sent_as is not None
    # A handover has a message of its own, and its text belongs in no other.
    handover = own is not None and own.status in WAITING
    sent = own if posted_since or handover else sent_answer(session, row.question_id)
    if row.target is None and row.kind != DeliveryKind.TELL and sent is not None and sent.sent_as is not None:
        row.kind, row.target = DeliveryKind.EDIT.value, sent.sent_as


def tell_only_what_is_true(session: Session, row: DeliveryRow) -> None:
    """Point a notice to the message that has the answer now; where that could not be changed, the corrected answer itself is sent."""
    edit = session.scalar(
        select(DeliveryRow).where(
            DeliveryRow.question_id == row.question_id,
            DeliveryRow.review_id == row.review_id,
            DeliveryRow.kind == DeliveryKind.EDIT.value,
            DeliveryRow.answer_id == row.answer_id,
        )
    )
    sent = sent_answer(session, row.question_id)
    if edit is None or edit.state == SENT:
        row.target = row.target if sent is None or sent.sent_as is None else sent.sent_as
        return
    # A reply to it would reply to nothing.
    row.target = None
    if row.note == notices.CORRECTED:
        row.kind, row.note = DeliveryKind.POST.value, notices.CORRECTED_HERE


def cancel_if_superseded(session: Session, row: DeliveryRow) -> bool:
    """Cancel an edit or a notice that failed or was lost if a newer decision has one of its own; return whether it was cancelled.

    A post is tried to its end: the newer decision can only edit it, instead of posting twice, once its message is known. An edit gives way
    to nothing that is only told, as a decline after a withdrawal is: the message would stay as it was.
    """
    instead = [DeliveryKind.EDIT.value, DeliveryKind.POST.value] if row.kind == DeliveryKind.EDIT else [kind.value for kind in DeliveryKind]
    newer = select(DeliveryRow.review_id).where(
        DeliveryRow.question_id == row.question_id,
        DeliveryRow.id > row.id,
        DeliveryRow.review_id.is_not(None),
        DeliveryRow.review_id != (row.review_id or 0),
        DeliveryRow.state.in_((OWED, SENDING, SENT)),
        DeliveryRow.kind.in_(instead),
    )
    review_id = None if row.kind == DeliveryKind.POST else session.scalar(newer.order_by(DeliveryRow.id.desc()).limit(1))
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
        kind=DeliveryKind(row.kind),
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
        message_id=question.message_id,
        author="" if answer is None else author_of(session, answer.id),
        answered_in=answered_in(session, row, review),
    )


def author_of(session: Session, answer_id: int) -> str:
    """Return the mentor who wrote an answer, empty if none did."""
    written = select(Mentor.name).join(ReviewRow, ReviewRow.mentor_id == Mentor.id).where(ReviewRow.result_id == answer_id)
    return session.scalar(written.order_by(ReviewRow.id).limit(1)) or ""


def answered_in(session: Session, row: DeliveryRow, review: ReviewRow | None) -> str | None:
    """Return the message with the answer that a decision made, for the message that said before that a mentor was asked."""
    result = None if review is None or review.result_id in {None, row.answer_id} else session.get(AnswerRow, review.result_id)
    return None if result is None else result.sent_as


def answer_of(row: AnswerRow, question: QuestionRow) -> Answer:
    """Return an answer of the ledger as the value that every surface shows."""
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


def try_to_send(delivery: Delivery, send: Send) -> str | Refused | PlatformError | None:
    """Return the name of the message that a delivery became, or the platform's refusal."""
    try:
        return send(delivery)
    except (Refused, PlatformError) as error:
        return error


def note_outcome(ledger: Ledger, delivery: Delivery, outcome: str | Refused | PlatformError | None, now: dt.datetime) -> None:
    """Write down the outcome of a delivery, with several tries, since a delivery whose outcome isn't noted is sent again."""
    for left in reversed(range(NOTE_TRIES)):
        try:
            with ledger.transaction() as session:
                if isinstance(outcome, Refused | PlatformError):
                    refused = isinstance(outcome, Refused)
                    mark_failed(session, delivery.id, str(outcome), now, refused, attempt=delivery.attempt)
                else:
                    mark_sent(session, delivery.id, outcome, now)
            return
        except LedgerUnavailable:
            if not left:
                raise


def mark_sent(session: Session, delivery_id: int, sent_as: str | None, now: dt.datetime) -> None:
    """Note that a delivery has arrived, and which message now has the answer if it's an edit or a post."""
    row = session.get(DeliveryRow, delivery_id, with_for_update=True, populate_existing=True)
    if row is None or row.state == SENT:
        return
    row.state, row.sent_at, row.claimed_until, row.error = SENT, now, None, ""
    row.sent_as = sent_as or row.target
    answer = None if row.answer_id is None else session.get(AnswerRow, row.answer_id)
    if answer is not None and row.kind != DeliveryKind.TELL:
        answer.sent_as = row.sent_as
    session.flush()


def mark_failed(
    session: Session, delivery_id: int, error: str, now: dt.datetime, for_good: bool = False, *, attempt: int | None = None
) -> None:
    """Note that a delivery did not arrive: it's queued again for later, or marked as failed if the platform refuses `for_good`.

    With `attempt`, a process that lost its claim meanwhile changes nothing for the one that has it now.
    """
    row = session.get(DeliveryRow, delivery_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != SENDING or attempt not in {None, row.attempts}:
        return
    row.claimed_until = None
    in_one_line = " ".join(error.split())[:MAX_ERROR_CHARS]
    if for_good:
        row.state, row.error = FAILED, in_one_line
    elif not cancel_if_superseded(session, row):
        row.state, row.error, row.due_at = OWED, in_one_line, now + wait_after(row.attempts)
    session.flush()


def wait_after(attempts: int) -> dt.timedelta:
    """Return how long to wait after so many failed tries: 5 s, doubled each time, an hour at most.

    >>> [int(wait_after(number).total_seconds()) for number in (1, 2, 3, 10, 11, 5000)]
    [5, 10, 20, 2560, 3600, 3600]
    """
    doubled: int = 2 ** min(attempts - 1, DOUBLINGS)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)
