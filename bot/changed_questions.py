"""Questions that their authors rewrote or deleted, and who asked first in a thread."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from bot.door.clean_text import clean_text
from bot.ledger.own_questions import first_asker, question_of_message, retract_question
from bot.ledger.tables import RECEIVED
from bot.record import Incoming
from bot.review.rewritten_questions import enter_rewritten, find_rewritten
from bot.service import Service
from bot.values import Answer, CleanText


@dataclass(frozen=True)
class AnswerAgain:
    """The answer to a rewritten question, and the name of the messages that show the earlier one."""

    answer: Answer
    shown_in: str


@dataclass(frozen=True)
class NewTurn:
    """A rewritten question on which a mentor had decided: it's asked once more, as a turn of its own, where it was asked first."""

    incoming: Incoming


def asker_in(service: Service, platform: str, place: str) -> str | None:
    """Return the platform's id of whoever asked first in a thread; None if that isn't known.

    Raises:
        LedgerUnavailable: the ledger can't be read now.
    """
    if service.ledger is None:
        return None
    with service.ledger.transaction() as session:
        return first_asker(session, platform, place)


def is_known(service: Service, platform: str, message_id: str) -> bool:
    """Return whether the ledger has the question that a message asked.

    Raises:
        LedgerUnavailable: the ledger can't be read now.
    """
    if service.ledger is None:
        return False
    with service.ledger.transaction() as session:
        return question_of_message(session, platform, message_id) is not None


def retract(service: Service, platform: str, message_id: str) -> bool:
    """Remove a question whose message was deleted before any answer was sent; return whether there was one.

    Raises:
        LedgerUnavailable: the ledger can't be written now.
    """
    if service.ledger is None:
        return False
    with service.ledger.transaction() as session:
        return retract_question(session, platform, message_id)


def answer_again(service: Service, incoming: Incoming, *, edited_at: dt.datetime) -> AnswerAgain | NewTurn | None:
    """Answer a rewritten question; None if its message says the same as before, or no message shows its answer.

    Raises:
        LedgerUnavailable: the ledger can't be used now.
    """
    if service.ledger is None:
        return None
    text = clean_text(incoming.text)
    with service.ledger.transaction() as session:
        waiting = question_of_message(session, incoming.platform, incoming.message_id, lock=True)
        if waiting is not None and waiting.status == RECEIVED:
            # It's answered later, and then as it reads now.
            waiting.text = text
            return None
        found = find_rewritten(session, incoming.platform, incoming.message_id, text)
        row = None if found is None else question_of_message(session, incoming.platform, incoming.message_id)
        before = "" if row is None else row.text
    if found is None:
        return None
    if found.decided:
        # The edit's time makes the turn the same for whoever hears of it, and another after a further edit.
        turn = f"{incoming.message_id}@{int(edited_at.timestamp() * 1000)}"
        return NewTurn(replace(incoming, message_id=turn, conversation=found.place, text=text))
    library = service.library
    result = service.reply(tuple(map(CleanText, found.turns)), hands_over=True, library=library)
    result = result.model_copy(update={"question_id": found.question_id})
    with service.ledger.transaction() as session:
        now = dt.datetime.now(dt.UTC)
        shown_in = enter_rewritten(session, found.question_id, before, text, result, index_name=library.name, now=now)
    return None if shown_in is None else AnswerAgain(result, shown_in)
