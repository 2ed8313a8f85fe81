"""What a line of the spool says, and how it goes into the ledger: each event once, however often it's tried."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.questions import enter_answer, enter_question
from bot.ledger.tables import RECEIVED, AnswerRow, QuestionRow
from bot.values import Answer
from knowledge.errors import LedgerUnavailable

QUESTION, ANSWER, SENT = "question", "answer", "sent"

Event = dict[str, Any]


def enter_event(session: Session, event: Event) -> bool:
    """Enter one event; return whether it was news to the ledger.

    An answer or a note of one sent whose question is not there belongs to somebody who was forgotten meanwhile, and is dropped.

    Raises:
        KeyError, TypeError, ValueError: it's no event.
    """
    at = dt.datetime.fromisoformat(event["at"])
    if event["event"] == QUESTION:
        keys = ("platform", "message_id", "place", "author", "text")
        return enter_question(session, **{key: event[key] for key in keys}, now=at) is not None
    question = question_of(session, event)
    if event["event"] == ANSWER:
        answer = Answer.model_validate(event["answer"])
        if question is None or question.status != RECEIVED:
            return False
        enter_answer(
            session,
            question.id,
            answer,
            index_name=event["index_name"],
            now=at,
            vector=None if event["vector"] is None else base64.b64decode(event["vector"]),
            evidence=event["evidence"],
        )
        return True
    if event["event"] == SENT:
        return question is not None and note_first_sent(session, question.id, event["sent_as"])
    raise ValueError(f"no event is called {event['event']!r}")


def question_of(session: Session, event: Event) -> QuestionRow | None:
    """Return the question that an event is about, locked: by its number where the ledger had given it one, else by its message."""
    if event.get("question_id") is not None:
        return session.get(QuestionRow, event["question_id"], with_for_update={"key_share": True})
    wanted = select(QuestionRow).where(QuestionRow.platform == event["platform"], QuestionRow.message_id == event["message_id"])
    return session.scalar(wanted.with_for_update(key_share=True))


def note_first_sent(session: Session, question_id: int, sent_as: str) -> bool:
    """Remember which message carries a question's first answer; a mentor's, which may have come since, has its own delivery."""
    first = session.scalar(select(AnswerRow).where(AnswerRow.question_id == question_id).order_by(AnswerRow.id).limit(1))
    if first is None or first.sent_as is not None:
        return False
    first.sent_as = sent_as
    return True


def enter_batch(ledger: Ledger, events: Sequence[Event]) -> int:
    """Enter events in one transaction; return how many were news."""
    with ledger.transaction() as session:
        return sum(enter_event(session, event) for event in events)


def enter_singly(ledger: Ledger, batch: Sequence[tuple[bytes, Event]]) -> tuple[int, list[bytes]]:
    """Enter events one by one; return how many were news, and the lines of those that can't be entered."""
    entered = 0
    refused = []
    for line, event in batch:
        try:
            entered += enter_batch(ledger, [event])
        except (LedgerUnavailable, KeyError, TypeError, ValueError) as error:
            if isinstance(error, LedgerUnavailable) and not is_the_events_fault(error):
                raise
            refused.append(line)
    return entered, refused


def is_the_events_fault(error: LedgerUnavailable) -> bool:
    """Say whether a ledger that works refused what an event holds: trying it again would never help."""
    cause = error.__cause__
    return isinstance(cause, DataError | IntegrityError) or type(cause) is StatementError


def event_of(line: bytes) -> Event | None:
    """Read one line; None if it's no event, because it was cut short or somebody edited it."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    whole = isinstance(event, dict) and all(isinstance(event.get(key), str) for key in ("event", "platform", "author", "message_id", "at"))
    return event if whole else None


def is_of(line: bytes, user: str, platform: str | None) -> bool:
    """Say whether a line is a person's; of one that can't be read, whether it names them."""
    event = event_of(line)
    if event is None:
        return f'"author": {json.dumps(user)}'.encode() in line
    return bool(event["author"] == user and platform in {None, event["platform"]})
