"""What a process does when it starts, and again every while: what a killed one left behind is entered, finished, answered and sent."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.app import Service
from bot.ledger.database import Ledger
from bot.ledger.questions import asked, enter_answer, waits_for_answer
from bot.ledger.tables import QuestionRow
from bot.review.outbox.deliveries import Send, deliver
from bot.review.outbox.delivery_rows import LIVE, NOT_REACHED_LATER
from bot.review.outbox.unsent_answers import queue_answer, queue_unsent_answers, unanswered_questions
from bot.review.promotion.apply import finish_cut_short
from bot.values import CleanText, Kept
from knowledge.errors import AskwellError, UsageError

log = logging.getLogger(__name__)

# What a question may do to the code that answers it, and changed cards to the index: it must not keep the others from their turn, nor end
# the thread that looks after them.
FAULTS = (AskwellError, ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True)
class Recovered:
    """What was left behind and is done with now: events of the spool, promotions, questions that had no answer, messages sent."""

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
) -> Recovered:
    """Do what a killed process left undone; what can't be done now is said in one line and left for the next time.

    To be called when a process starts, and again every while: what is younger than `older_than` may still be in a live process's hands,
    and is left to it. Several processes may do this at once. `platforms` are those that can be sent to now.
    """
    ledger = service.ledger
    if ledger is None:
        return Recovered()
    moment = now or dt.datetime.now(dt.UTC)
    spooled = service.enter_spooled()
    promotions = tried(lambda: finish_promotions(service, ledger, knowledge, home))
    # An event that is still spooled may be the very answer that seems to be missing.
    is_spooled = any((home / "spool").glob("*.jsonl"))
    answered = 0 if is_spooled else tried(lambda: answer_left(service, ledger, older_than, moment))
    sent = sum(tried(partial(drain, ledger, platform, send, moment)) for platform, send in (platforms or {}).items())
    done = Recovered(spooled, promotions, answered, sent)
    if done != Recovered():
        log.info("left behind, and done with now: %s", done)
    return done


def tried(step: Callable[[], int]) -> int:
    """Return how much a step did; if it can't be done now, say so and go on with the others."""
    try:
        return step()
    except FAULTS as error:
        log.warning("what a killed process left behind is not all done with yet: %s", " ".join(str(error).split()))
        return 0


def drain(ledger: Ledger, platform: str, send: Send, now: dt.datetime) -> int:
    """Send all that is due to a platform; return how much arrived."""
    total = 0
    while arrived := deliver(ledger, platform, send, now=now):
        total += arrived
    return total


def finish_promotions(service: Service, ledger: Ledger, knowledge: Path, home: Path) -> int:
    """Finish the promotions that were cut short, and serve their cards; return how many."""
    finished = finish_cut_short(ledger, knowledge=knowledge, home=home)
    if finished:
        service.refresh()
    return len(finished)


def answer_left(service: Service, ledger: Ledger, older_than: dt.timedelta, now: dt.datetime) -> int:
    """Answer the questions that nobody answered, and owe the answers that nobody was sent; return how many were answered."""
    with ledger.transaction() as session:
        queue_unsent_answers(session, older_than=older_than, now=now)
        waiting = unanswered_questions(session, older_than=older_than, now=now)
    return sum(answer_one(service, ledger, question_id, now) for question_id in waiting)


def answer_one(service: Service, ledger: Ledger, question_id: int, now: dt.datetime) -> bool:
    """Answer one question of the ledger, and owe its learner the answer; say whether this process did."""
    library = service.library
    try:
        with ledger.transaction() as session:
            turns = asked(session, question_id)
            platform = session.get_one(QuestionRow, question_id).platform
        result = service.reply(
            tuple(map(CleanText, turns)), hands_over=Kept(question_id) if platform in NOT_REACHED_LATER else True, library=library
        )
    except UsageError:
        # Its learner was forgotten meanwhile.
        return False
    except FAULTS as error:
        log.error("question %s, which a killed process left unanswered, can't be answered: %s", question_id, " ".join(str(error).split()))
        return False
    with ledger.transaction() as session:
        if not waits_for_answer(session, question_id):
            return False
        enter_answer(session, question_id, result, index_name=library.name, now=now, vector=result.vector, evidence=result.evidence)
        queue_answer(session, question_id, now)
    return True
