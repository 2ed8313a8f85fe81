"""Questions beyond what a person is answered within an hour: each is kept, and answered once its turn has come."""

from __future__ import annotations

import datetime as dt

from bot.door.care import heard
from bot.door.clean_text import clean_text
from bot.door.talk.small_talk import small_talk
from bot.door.wants_person import is_wanted
from bot.ledger.own_questions import HOUR, find_learner, lately_answered, question_of_message, waiting_before
from bot.ledger.questions import enter_question
from bot.ledger.tables import RECEIVED
from bot.record import Incoming
from bot.service import Service
from knowledge.errors import LedgerUnavailable


def hold_back(service: Service, incoming: Incoming, *, per_hour: int, now: dt.datetime | None = None) -> dt.datetime | None:
    """Keep a question for later if its author was answered `per_hour` times within the hour; return when its turn comes.

    None if it may be answered now: whoever may be in danger or wants a person is always heard, and so is small talk. While the ledger is
    away there is no limit.
    """
    if service.ledger is None or is_heard_always(service, text := clean_text(incoming.text)):
        return None
    moment = now or dt.datetime.now(dt.UTC)
    try:
        with service.ledger.transaction() as session:
            learner_id = find_learner(session, incoming.platform, incoming.author)
            answered = [] if learner_id is None else lately_answered(session, learner_id, moment)
            if learner_id is None or len(answered) < per_hour:
                return None
            enter_question(
                session,
                platform=incoming.platform,
                message_id=incoming.message_id,
                place=incoming.conversation,
                author=incoming.author,
                text=text,
                now=moment,
            )
            row = question_of_message(session, incoming.platform, incoming.message_id)
            if row is None or row.status != RECEIVED:
                return None
            return turn_of(waiting_before(session, learner_id, row.id), answered[-per_hour:])
    except LedgerUnavailable:
        return None


def is_heard_always(service: Service, text: str) -> bool:
    """Return whether a message is answered beyond any limit."""
    course = service.library.base.course
    return small_talk(text, course, first=True) is not None or heard(text, course) is not None or is_wanted(text, course)


def turn_of(place_in_line: int, answered: list[dt.datetime]) -> dt.datetime:
    """Return when the question comes that has so many before it: an hour after the answer whose place it takes.

    >>> at = [dt.datetime(2026, 1, 1, 12, minute) for minute in (0, 10)]
    >>> [f"{turn_of(place, at):%H:%M}" for place in range(4)]
    ['13:00', '13:10', '14:00', '14:10']
    """
    rounds, place = divmod(place_in_line, len(answered))
    return answered[place] + HOUR * (rounds + 1)
