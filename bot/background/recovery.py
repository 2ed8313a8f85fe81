"""Recovery: a process enters, finishes, answers and sends what a killed one left behind."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.ledger.database import Ledger
from bot.ledger.own_questions import lately_answered
from bot.ledger.questions import enter_answer, lock_unanswered, turns_of
from bot.ledger.tables import QuestionRow
from bot.review.decisions.near_verdicts import keep_near_cases
from bot.review.outbox.delivery_rows import LIVE, NOT_REACHED_LATER
from bot.review.outbox.send_and_retry import Send, deliver
from bot.review.outbox.unsent_answers import queue_answer, queue_unsent_answers, unanswered_questions
from bot.review.promotion.apply import finish_cut_short
from bot.review.queue.gathering import keep_up
from bot.review.taking_back.take_back import finish_taking_back
from bot.service import Service
from bot.values import CleanText, Kept
from knowledge.errors import AskwellError, UsageError

log = logging.getLogger(__name__)

# Errors that one question or a changed card may cause: they must not keep the others waiting, nor end the upkeep thread.
FAULTS = (AskwellError, ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True)
class Recovered:
    """Counts of what was recovered: spooled events, promotions, unanswered questions, messages sent."""

    spooled: int = 0
    promotions: int = 0
    answered: int = 0
    sent: int = 0

    def __str__(self) -> str:
        counts = {"spooled events": self.spooled, "promotions": self.promotions, "answers": self.answered, "messages": self.sent}
        return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing"


def recover(
    service: Service,
    *,
    knowledge: Path,
    home: Path,
    now: dt.datetime | None = None,
    older_than: dt.timedelta = LIVE,
    platforms: Mapping[str, Send] | None = None,
    per_hour: Mapping[str, int] | None = None,
) -> Recovered:
    """Finish what a killed process left behind; log in one line what can't be finished now.

    Call this when a process starts, and again every minute: what is younger than `older_than` is left to the process that may still be
    at it. Several processes may do this at once. `platforms` are those that can be sent to now. `per_hour`
    is how many questions of one person each platform answers within an hour, without an entry all: what was kept back for that is
    answered once its turn has come.
    """
    ledger = service.ledger
    if ledger is None:
        return Recovered()
    moment = now or dt.datetime.now(dt.UTC)
    spooled = service.enter_spooled()
    promotions = attempt(lambda: finish_promotions(service, ledger, knowledge, home))
    # A spooled event may be the very answer that seems to be missing.
    is_spooled = any((home / "spool").glob("*.jsonl"))
    answered = 0 if is_spooled else attempt(lambda: answer_unanswered(service, ledger, older_than, moment, per_hour or {}))
    sent = sum(attempt(partial(deliver_due, ledger, platform, send, moment)) for platform, send in (platforms or {}).items())
    attempt(lambda: keep_up(ledger, few=0))
    done = Recovered(spooled, promotions, answered, sent)
    if done != Recovered():
        log.info("recovered: %s", done)
    return done


def attempt(step: Callable[[], int]) -> int:
    """Return a step's count, or 0 with a warning if it fails."""
    try:
        return step()
    except FAULTS as error:
        log.warning("what a killed process left behind is not all recovered yet: %s", " ".join(str(error).split()))
        return 0


def deliver_due(ledger: Ledger, platform: str, send: Send, now: dt.datetime) -> int:
    """Send all deliveries that are due to a platform; return how many arrived."""
    total = 0
    while arrived := deliver(ledger, platform, send, now=now):
        total += arrived
    return total


def finish_promotions(service: Service, ledger: Ledger, knowledge: Path, home: Path) -> int:
    """Finish promotions and undoings that were cut short, and serve the cards; return how many."""
    finished = len(finish_cut_short(ledger, knowledge=knowledge, home=home))
    # Decisions come from every platform, and not each of them knows the home.
    keep_near_cases(ledger, home, knowledge)
    finished += len(finish_taking_back(ledger, knowledge=knowledge, home=home))
    if finished:
        service.refresh()
    return finished


def answer_unanswered(service: Service, ledger: Ledger, older_than: dt.timedelta, now: dt.datetime, per_hour: Mapping[str, int]) -> int:
    """Answer unanswered questions, and queue unsent answers for sending; return how many were answered."""
    with ledger.transaction() as session:
        queue_unsent_answers(session, older_than=older_than, now=now)
        waiting = unanswered_questions(session, older_than=older_than, now=now)
    return sum(answer_one(service, ledger, question_id, now, per_hour) for question_id in waiting)


def answer_one(service: Service, ledger: Ledger, question_id: int, now: dt.datetime, per_hour: Mapping[str, int]) -> bool:
    """Answer one question of the ledger and queue its answer for sending; return whether this process did."""
    library = service.library
    try:
        with ledger.transaction() as session:
            turns = turns_of(session, question_id)
            question = session.get_one(QuestionRow, question_id)
            platform, most = question.platform, per_hour.get(question.platform, 0)
            if most and question.learner_id is not None and len(lately_answered(session, question.learner_id, now)) >= most:
                return False
        result = service.reply(
            tuple(map(CleanText, turns)), hands_over=Kept(question_id) if platform in NOT_REACHED_LATER else True, library=library
        )
    except UsageError:
        # Its learner was forgotten in the meantime.
        return False
    except FAULTS as error:
        log.error("question %s, which a killed process left unanswered, can't be answered: %s", question_id, " ".join(str(error).split()))
        return False
    with ledger.transaction() as session:
        if not lock_unanswered(session, question_id):
            return False
        enter_answer(session, question_id, result, index_name=library.name, now=now)
        queue_answer(session, question_id, now)
    return True
