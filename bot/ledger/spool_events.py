"""The events of the spool: read from a line, and entered into the ledger once, however often it's tried."""

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
    """Enter one event; return whether it was new to the ledger.

    An event without its question belongs to somebody who was forgotten meanwhile, and is dropped.

    Raises:
        KeyError, TypeError, ValueError: it's no event.
    """
    at = dt.datetime.fromisoformat(event["at"])
    if event["event"] == QUESTION:
        keys = ("platform", "message_id", "place", "author", "text")
        return enter_question(session, **{key: event[key] for key in keys}, now=at) is not None
    question = find_question(session, event)
    if event["event"] == ANSWER:
        vector = None if event["vector"] is None else base64.b64decode(event["vector"])
        answer = Answer.model_validate(event["answer"] | {"vector": vector, "evidence": event["evidence"]})
        if question is None or question.status != RECEIVED:
            return False
        enter_answer(session, question.id, answer, index_name=event["index_name"], now=at)
        return True
    if event["event"] == SENT:
        return question is not None and note_first_sent(session, question.id, event["sent_as"])
    raise ValueError(f"no event is called {event['event']!r}")


def find_question(session: Session, event: Event) -> QuestionRow | None:
    """Return the question of an event, locked: by its number if the ledger had given it one, else by its message."""
    if event.get("question_id") is not None:
        return session.get(QuestionRow, event["question_id"], with_for_update={"key_share": True})
    wanted = select(QuestionRow).where(QuestionRow.platform == event["platform"], QuestionRow.message_id == event["message_id"])
    return session.scalar(wanted.with_for_update(key_share=True))


def note_first_sent(session: Session, question_id: int, sent_as: str) -> bool:
    """Note which message carries a question's first answer; a mentor's answer has its own delivery."""
    first = session.scalar(select(AnswerRow).where(AnswerRow.question_id == question_id).order_by(AnswerRow.id).limit(1))
    if first is None or first.sent_as is not None:
        return False
    first.sent_as = sent_as
    return True


def enter_batch(ledger: Ledger, events: Sequence[Event]) -> int:
    """Enter events in one transaction; return how many were new."""
    with ledger.transaction() as session:
        return sum(enter_event(session, event) for event in events)


def enter_singly(ledger: Ledger, batch: Sequence[tuple[bytes, Event]]) -> tuple[int, list[bytes]]:
    """Enter events one by one; return how many were new, and the lines of those that can't be entered."""
    entered = 0
    refused = []
    for line, event in batch:
        try:
            entered += enter_batch(ledger, [event])
        except (LedgerUnavailable, KeyError, TypeError, ValueError) as error:
            if isinstance(error, LedgerUnavailable) and not rejects_event(error):
                raise
            refused.append(line)
    return entered, refused


def rejects_event(error: LedgerUnavailable) -> bool:
    """Return whether a working ledger rejected an event's values, so that another try would fail too."""
    cause = error.__cause__
    return isinstance(cause, DataError | IntegrityError) or type(cause) is StatementError


def parse_event(line: bytes) -> Event | None:
    """Read one line; None if it was cut short or edited."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    whole = isinstance(event, dict) and all(isinstance(event.get(key), str) for key in ("event", "platform", "author", "message_id", "at"))
    return event if whole else None


def belongs_to(line: bytes, user: str, platform: str | None) -> bool:
    """Return whether a line is a person's event, or, if it can't be read, names them as its author."""
    event = parse_event(line)
    if event is None:
        return f'"author": {json.dumps(user)}'.encode() in line
    return bool(event["author"] == user and platform in {None, event["platform"]})
