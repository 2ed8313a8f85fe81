"""A question that its author rewrote: its new text and answer replace the earlier ones until a mentor has decided on it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.ledger.own_questions import question_of_message
from bot.ledger.questions import change_state, enter_answer, turns_before
from bot.ledger.tables import RECEIVED, Conversation, QuestionRow
from bot.review.outbox.unsent_answers import queue_shown_edit
from bot.review.question_state import is_in_force, last_settling, lock_questions, newest_answer
from bot.values import TURNS_READ, Answer, State


@dataclass(frozen=True)
class Rewritten:
    """A rewritten question: its number, the place and the turns that it's read with; `decided` if a mentor has decided on it."""

    question_id: int
    place: str
    turns: tuple[str, ...]
    decided: bool


def find_rewritten(session: Session, platform: str, message_id: str, text: str) -> Rewritten | None:
    """Return the question that a message asked if the message now says something else; None if it doesn't, or isn't in the ledger."""
    row = question_of_message(session, platform, message_id)
    if row is None or row.text == text or row.status == RECEIVED:
        return None
    place = session.get_one(Conversation, row.conversation_id).place
    turns = (*turns_before(session, row, most=TURNS_READ - 1), text)
    return Rewritten(row.id, place, turns, decided=last_settling(session, row.id, after=0) is not None)


def enter_rewritten(
    session: Session, question_id: int, before: str, text: str, answer: Answer, *, index_name: str, now: dt.datetime
) -> str | None:
    """Replace a question's text, which was `before`, and its answer; return the name of the message that shows the earlier answer.

    The change of that message is queued, for a process that is killed before it makes the change itself. None if there is no such
    message, or somebody else came first: a mentor, or another process that heard of the same edit.
    """
    question: QuestionRow = lock_questions(session, [question_id])[0]
    earlier = newest_answer(session, question_id)
    if question.text != before or earlier is None or last_settling(session, question_id, after=0) is not None:
        return None
    if is_in_force(earlier):
        change_state(session, earlier, State.WITHDRAWN, now=now)
    question.text, question.vector = text, None
    row = enter_answer(session, question_id, answer, index_name=index_name, now=now)
    row.sent_as = earlier.sent_as
    session.flush()
    queue_shown_edit(session, question_id, now)
    return row.sent_as
