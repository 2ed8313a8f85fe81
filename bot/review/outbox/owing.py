"""What the platforms are owed after a decision: the learner's message changed, and the learner told where there is news."""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.ledger.feedback import FeedbackKind
from bot.ledger.tables import OWED, AnswerRow, Conversation, DeliveryRow, Feedback, QuestionRow, ReviewRow
from bot.review.outbox import notices
from bot.review.question.in_force import carrier
from bot.values import State, Status

# What stands in DeliveryRow.state beside OWED.
SENDING = "sending"
SENT = "sent"
CANCELLED = "cancelled"
FAILED = "failed"

# Platforms on which nobody can be reached later: a terminal is closed by then.
NOT_REACHED_LATER = frozenset({"console"})
# A process that gave an answer has this long to note the message that carries it; after that it counts as dead.
LIVE = dt.timedelta(minutes=2)


class Kind(StrEnum):
    """What a delivery does on the platform."""

    EDIT = "edit"
    POST = "post"
    TELL = "tell"


def key_of(platform: str, message_id: str, review_id: int | None, kind: str) -> str:
    """Return what the platform tells a repeat by: the same for the same message of a learner, review and kind.

    Twenty-five characters, which is what Discord's nonce takes (its API, "create message").
    """
    named = "\n".join((platform, message_id, str(review_id), kind))
    return "a" + hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def owe(
    session: Session,
    question: QuestionRow,
    kind: Kind,
    *,
    now: dt.datetime,
    answer: AnswerRow | None = None,
    review_id: int | None = None,
    target: str | None = None,
    note: str = "",
    due_at: dt.datetime | None = None,
    named: str = "",
) -> DeliveryRow:
    """Write a delivery down; `named` tells it from another of the same kind and review."""
    place = session.scalars(select(Conversation.place).where(Conversation.id == question.conversation_id)).one()
    row = DeliveryRow(
        key=key_of(question.platform, question.message_id, review_id, named or kind.value),
        platform=question.platform,
        place=place,
        kind=kind.value,
        target=target,
        question_id=question.id,
        answer_id=None if answer is None else answer.id,
        review_id=review_id,
        note=note,
        due_at=due_at or now,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def reached(question: QuestionRow) -> bool:
    """Say whether a new message can reach the learner: they are known, and the platform outlasts the question."""
    return question.learner_id is not None and question.platform not in NOT_REACHED_LATER


def supersede(session: Session, question_id: int, review_id: int) -> None:
    """Cancel what is still owed for a question, because a newer decision says it better.

    What is being sent goes on; so does a new message that was tried and may have arrived, since only its repeat can tell.
    """
    owed = select(DeliveryRow).where(DeliveryRow.question_id == question_id, DeliveryRow.state == OWED)
    for row in session.scalars(owed):
        if not (row.kind == Kind.POST and row.attempts):
            row.state, row.error = CANCELLED, superseded_by(review_id)
    session.flush()


def may_be_posted(session: Session, question_id: int, status: Status) -> bool:
    """Say whether a new message with an answer of a status, or a handover, is being sent, or was tried and may have arrived."""
    posted = select(DeliveryRow.id).join(AnswerRow, AnswerRow.id == DeliveryRow.answer_id)
    tried = posted.where(
        AnswerRow.status == status.value,
        DeliveryRow.question_id == question_id,
        DeliveryRow.kind == Kind.POST.value,
        DeliveryRow.state.in_((OWED, SENDING)),
        DeliveryRow.attempts > 0,
    )
    return session.scalar(tried.limit(1)) is not None


def superseded_by(review_id: int | None) -> str:
    """Return the words by which a cancelled delivery is found again if the newer decision is undone."""
    return f"superseded by review {review_id}"


def owe_outcome(session: Session, question: QuestionRow, review: ReviewRow, answer: AnswerRow, *, change: str, now: dt.datetime) -> None:
    """Owe what makes the learner's message show an answer as it now stands, and what tells them if it's news."""
    supersede(session, question.id, review.id)
    if question.platform in NOT_REACHED_LATER:
        return
    carried = carrier(session, question.id)
    if carried is not None or may_be_posted(session, question.id, Status.ANSWERED):
        # Without a target it's the message that the one before this becomes.
        target = None if carried is None else carried.sent_as
        owe(session, question, Kind.EDIT, answer=answer, review_id=review.id, target=target, note=change, now=now)
        if is_news(session, question.id, answer):
            owe_word(session, question, review, answer, target=target, now=now)
        else:
            owe_word_if_waited(session, question, review, answer, now=now)
    elif answer.state != State.WITHDRAWN and reached(question):
        owe_first(session, question, review, answer, change=change, now=now)


def owe_first(session: Session, question: QuestionRow, review: ReviewRow, answer: AnswerRow, *, change: str, now: dt.datetime) -> None:
    """Owe an answer that no message carries yet; the message that said that a mentor was asked then points to it."""
    before = None if review.answer_id is None else session.get(AnswerRow, review.answer_id)
    note = "" if answer is before else notices.ANSWERED
    if before is not None and before.status == Status.ANSWERED:
        # The process that made it may be posting it at this moment. Once that has been noted, this becomes a change of its message.
        due_at = max(now, before.created_at + LIVE)
        if owe_under_first_key(session, question, answer, review_id=review.id, note=note, due_at=due_at, now=now) is not None:
            # If that process was killed before it could note what it had posted, the post finds the message, and this changes it.
            owe(session, question, Kind.EDIT, answer=answer, review_id=review.id, note=change, due_at=due_at, now=now)
            return
    owe(session, question, Kind.POST, answer=answer, review_id=review.id, note=note, now=now)
    handed_over = before is not None and before.status == Status.HANDED_OVER
    if before is not None and handed_over and (before.sent_as is not None or may_be_posted(session, question.id, Status.HANDED_OVER)):
        # Without a target it's the message that is being posted: the one that said that a mentor was asked.
        owe(session, question, Kind.EDIT, answer=before, review_id=review.id, target=before.sent_as, note=notices.SEE_BELOW, now=now)


def owe_under_first_key(
    session: Session,
    question: QuestionRow,
    answer: AnswerRow,
    *,
    now: dt.datetime,
    review_id: int | None = None,
    note: str = "",
    due_at: dt.datetime | None = None,
) -> DeliveryRow | None:
    """Owe an answer under the key with which the first one is posted, so that the platform tells if it has been.

    None if what was owed under that key is on its way, or has arrived, or never will.
    """
    key = key_of(question.platform, question.message_id, None, Kind.POST)
    row = session.scalar(select(DeliveryRow).where(DeliveryRow.key == key))
    if row is None:
        row = owe(session, question, Kind.POST, answer=answer, note=note, due_at=due_at, now=now)
    elif row.state != CANCELLED:
        return None
    row.state, row.error, row.kind, row.target = OWED, "", Kind.POST.value, None
    row.answer_id, row.review_id, row.note, row.due_at = answer.id, review_id, note, due_at or now
    session.flush()
    return row


def owe_word(
    session: Session, question: QuestionRow, review: ReviewRow, answer: AnswerRow, *, target: str | None, now: dt.datetime
) -> None:
    """Owe one message to the learner that says what became of their answer."""
    if not reached(question):
        return
    words = {State.WITHDRAWN.value: notices.WITHDRAWN_TOLD, State.CORRECTED.value: notices.CORRECTED}
    note = words.get(answer.state, notices.CONFIRMED)
    owe(session, question, Kind.TELL, answer=answer, review_id=review.id, target=target, note=note, now=now)


def owe_word_if_waited(session: Session, question: QuestionRow, review: ReviewRow, answer: AnswerRow, *, now: dt.datetime) -> None:
    """Owe the learner a word if they asked for a person and have heard of none since."""
    carried = carrier(session, question.id)
    if not question.wants_person or carried is None:
        return
    asked = select(func.max(Feedback.at)).where(Feedback.question_id == question.id, Feedback.kind == FeedbackKind.PERSON.value)
    since = session.scalar(asked) or question.asked_at
    told = select(DeliveryRow.id).where(
        DeliveryRow.question_id == question.id,
        DeliveryRow.kind.in_((Kind.TELL.value, Kind.POST.value)),
        DeliveryRow.state.in_((OWED, SENDING, SENT)),
        DeliveryRow.review_id.is_not(None),
        DeliveryRow.created_at >= since,
    )
    if session.scalar(told.limit(1)) is None:
        owe_word(session, question, review, answer, target=carried.sent_as, now=now)


def owe_refusal(session: Session, question: QuestionRow, review: ReviewRow, *, now: dt.datetime) -> None:
    """Owe the learner the reason why no mentor answers."""
    supersede(session, question.id, review.id)
    if reached(question):
        before = None if review.answer_id is None else session.get(AnswerRow, review.answer_id)
        target = None if before is None else before.sent_as
        owe(session, question, Kind.TELL, review_id=review.id, target=target, note=notices.declined(review.reason), now=now)


def is_news(session: Session, question_id: int, answer: AnswerRow) -> bool:
    """Say whether a learner may believe that another answer stands, or that this one does not, or the other way round."""
    now_stands = (answer.id, answer.state == State.WITHDRAWN)
    return any(each != now_stands for each in known(session, question_id))


def known(session: Session, question_id: int) -> list[tuple[int, bool]]:
    """Return which answers a learner may think of as the last one, each with whether it was withdrawn.

    It's the one that they were told of last, and any since that they are being told of, or were perhaps; before that, the one that was
    sent first. A message that changed in place is not news: nobody is notified of that.
    """
    rows = session.execute(
        select(DeliveryRow.answer_id, DeliveryRow.state, ReviewRow.decision)
        .outerjoin(ReviewRow, ReviewRow.id == DeliveryRow.review_id)
        .where(
            DeliveryRow.question_id == question_id,
            DeliveryRow.kind.in_((Kind.TELL.value, Kind.POST.value)),
            DeliveryRow.attempts > 0,
            DeliveryRow.state != FAILED,
            DeliveryRow.answer_id.is_not(None),
        )
        .order_by(DeliveryRow.id)
    ).all()
    told: list[tuple[int, bool]] = []
    for answer_id, state, decision in rows:
        each = (int(answer_id or 0), decision == "withdraw")
        told = [each] if state == SENT else [*told, each]
    if any(state == SENT for _, state, _ in rows):
        return told
    sent_first = session.scalar(
        select(func.min(AnswerRow.id)).where(
            AnswerRow.question_id == question_id, AnswerRow.status == Status.ANSWERED.value, AnswerRow.sent_as.is_not(None)
        )
    )
    return told if sent_first is None else [(sent_first, False), *told]
