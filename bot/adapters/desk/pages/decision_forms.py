"""The decisions as the desk's forms ask for them; each calls the function that the shell calls, once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import Response

from bot.adapters.desk.entering.mentor_sessions import Told
from bot.adapters.desk.pages.question_page import question_page
from bot.adapters.desk.pages.queue_filters import filter_in_form
from bot.adapters.desk.pages.queue_page import next_question
from bot.adapters.desk.posted_form import number_in
from bot.adapters.desk.visiting import Visit
from bot.answering.picked_card import from_card
from bot.ledger.questions import turns_of
from bot.ledger.tables import ReviewRow
from bot.review.decisions import decide
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.decisions.near_verdicts import keep_near_cases
from bot.review.decisions.outcomes import DECIDED, UNHEARD, Outcome, outcome
from bot.review.decisions.same_answer import answer_in_place
from bot.review.decisions.seen import hold, mark_now, newest_decision, refuse_decided_since
from bot.review.decisions.undo import undo
from bot.review.dossier import dossier
from bot.review.outbox.delivery_rows import NOT_REACHED_LATER
from bot.review.queue.claims import claim, release
from bot.values import CleanText
from knowledge.errors import AskwellError, UsageError

log = logging.getLogger(__name__)

MOST_TOGETHER = 200

Make = Callable[..., ReviewRow]


def decide_on_question(visit: Visit) -> Response:
    """Make the decision of a question's page, also for the ticked questions like it; the next question follows."""
    number = visit.number
    make = decision_in_form(visit, number)
    also = at_most(visit.form.numbers("also"))
    with visit.desk.ledger.transaction() as session:
        hold(session, visit.mentor, [number, *also])
        seen = visit.form.line("seen")
        if seen and seen != mark_now(session, number):
            found, newest = dossier(session, number), newest_decision(session)
            return question_page(visit, found, as_of=newest, status=409, typed=visit.form.text("text"), changed=True)
        refuse_decided_since(session, also, as_of(visit))
        made = outcome(session, make(session, number, mentor=visit.mentor, source=visit.source, now=visit.now, also=also))
    keep_cases(visit)
    tell(visit, made)
    return visit.to(next_question(visit, filter_in_form(visit)))


def decide_on_ticked(visit: Visit) -> Response:
    """Make one decision on all questions that are ticked in the queue."""
    numbers = at_most(visit.form.numbers("ticked"))
    if not numbers:
        raise UsageError("tick the questions first: the decision is made on all that are ticked")
    make = decision_in_form(visit, numbers[0])
    with visit.desk.ledger.transaction() as session:
        hold(session, visit.mentor, numbers)
        refuse_decided_since(session, numbers, as_of(visit))
        made = outcome(session, make(session, numbers[0], mentor=visit.mentor, source=visit.source, now=visit.now, also=numbers[1:]))
    keep_cases(visit)
    tell(visit, made)
    return visit.to(f"/{filter_in_form(visit).query}")


def as_of(visit: Visit) -> int | None:
    """Return the newest decision that the page of a form knew of, None if the form doesn't say."""
    return number_in(visit.form.line("as_of")) if visit.form.line("as_of") else None


def decision_in_form(visit: Visit, number: int) -> Make:
    """Return the decision that a form asks for, with what it needs; a card's answer is made here, before any transaction.

    Raises:
        UsageError: it asks for none, or what it needs can't be used.
    """
    form = visit.form
    reason, text = form.text("reason"), form.text("text")

    def with_(make: Callable[..., ReviewRow], **given: Any) -> Make:
        return lambda session, first, **who: make(session, first, **who, **given)

    kind = form.line("decision")
    if kind == "correct":
        return with_(decide.correct, replacement=mentor_answer(text), reason=reason)
    if kind == "card":
        with visit.desk.ledger.transaction() as session:
            turns = turns_of(session, number)
        return with_(
            decide.correct, replacement=from_card(tuple(map(CleanText, turns)), form.line("card"), visit.desk.library), reason=reason
        )
    if kind == "same":
        other = number_in(form.line("same_as") or form.line("same_like"))
        if other == number or other in form.numbers("ticked") or other in form.numbers("also"):
            raise UsageError(f"question {other} is among those that are to get its answer: name another, or take its tick away")
        why = reason or f"asks the same as question {other}"
        return lambda session, first, **who: decide.correct(session, first, **who, replacement=answer_in_place(session, other), reason=why)
    simple: dict[str, Make] = {
        "confirm": decide.confirm,
        "not_it": decide.not_it,
        "answer": with_(decide.answer, text=text),
        "decline": with_(decide.decline, reason=reason),
        "withdraw": with_(decide.withdraw, reason=reason),
        "second_opinion": with_(decide.second_opinion, reason=reason),
    }
    if kind not in simple:
        raise UsageError("the form names no decision: choose one of its buttons")
    return simple[kind]


def keep_cases(visit: Visit) -> None:
    """Keep the verdicts on nearest passages as regression cases; what can't be written now is written within a minute of running."""
    try:
        keep_near_cases(visit.desk.ledger, visit.desk.home, visit.desk.knowledge)
    except (AskwellError, OSError) as error:
        log.warning("regression cases of nearest passages are not written yet: %s", error)


def at_most(numbers: Sequence[int]) -> Sequence[int]:
    """Return the numbers of questions that are decided together.

    Raises:
        UsageError: they are too many for one transaction.
    """
    if len(numbers) > MOST_TOGETHER:
        raise UsageError(f"at most {MOST_TOGETHER} questions can be decided at once, and {len(numbers)} are ticked")
    return numbers


def tell(visit: Visit, made: Outcome) -> None:
    """Tell the mentor what was done and what is sent, with a button that undoes it."""
    numbers = [each.question_id for each in made.questions]
    which = f"Question {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} questions"
    sent = len({each.question_id for each in made.queued})
    away = sum(each.platform in NOT_REACHED_LATER for each in made.questions)
    words = [f"{which} {DECIDED[made.decision]}."]
    if made.decision not in UNHEARD:
        words += [f"{sent} learner{'s hear' if sent != 1 else ' hears'} of it."] if sent else []
        words += ["Asked where nobody can be reached later."] if away and not sent else []
    visit.session.tell(Told(" ".join(words), undo=made.review_id))


def undo_decision(visit: Visit) -> Response:
    """Undo a decision before its learner has seen it."""
    with visit.desk.ledger.transaction() as session:
        review = undo(session, visit.number, mentor=visit.mentor, now=visit.now)
        number = review.question_id
    keep_cases(visit)
    visit.session.tell(Told(f"The decision on question {number} is undone: it's open again, and nothing of it will be sent."))
    return visit.to(f"/questions/{number}")


def claim_question(visit: Visit) -> Response:
    """Claim a question for half an hour, or release it."""
    with visit.desk.ledger.transaction() as session:
        if visit.form.line("release"):
            release(session, visit.number, visit.mentor, now=visit.now)
            words = f"Question {visit.number} is free for others."
        else:
            claim(session, visit.number, visit.mentor, now=visit.now)
            words = f"Question {visit.number} is yours for half an hour."
    visit.session.tell(Told(words))
    return visit.to(f"/questions/{visit.number}{filter_in_form(visit).query}")
