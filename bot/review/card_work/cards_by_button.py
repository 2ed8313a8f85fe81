"""A mentor's answer on its way to a card by a chat's buttons: what it could become, its plan and impact, the writing, and back."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.ledger.database import Ledger
from bot.review.clicking_account import Account, mentor_with
from bot.review.promotion.apply import Done, carry_out, finish_cut_short
from bot.review.promotion.impact import labelled_questions, past_questions, regression_file
from bot.review.promotion.make_plan import make_plan, with_marks
from bot.review.promotion.plan import Plan, PromotedQuestion, PromotionKind, promoted_question
from bot.review.promotion.propose import Proposal, propose
from bot.review.taking_back.take_back import TakenBack, finish_taking_back, take_back
from index.search.library import Library
from knowledge.reading.template import open_groups

# One plan at a time is measured: answers to learners need the processor too.
MEASURING = threading.Lock()


@dataclass(frozen=True)
class Workshop:
    """All that a promotion needs; its impact is measured on the questions in `labelled`, besides past ones."""

    ledger: Ledger
    library: Library
    knowledge: Path
    home: Path
    labelled: Path
    refresh: Callable[[], None]


@dataclass(frozen=True)
class Possible:
    """A question with what its answer could become, best first, and the folders that a new card may go into, the nearest card's first."""

    question: PromotedQuestion
    proposals: tuple[Proposal, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class CardWords:
    """What a mentor may say of a new card; an empty text means the answer as it was sent, and `also` is the question in other words."""

    title: str = ""
    group: str = ""
    text: str = ""
    also: tuple[str, ...] = ()


AS_SENT = CardWords()


def possible_for(work: Workshop, question_id: int) -> Possible:
    """Return what a question's answer could become; where no mentor wrote one, the question may be a phrasing of a card.

    Raises:
        UsageError: there is no such question.
    """
    with work.ledger.transaction(only_reads=True) as session:
        asked = promoted_question(session, question_id)
    found = propose(asked.text, asked.answer, work.library)
    if not asked.answer.strip():
        found = [each for each in found if each.wanted.startswith(f"{PromotionKind.PHRASING}:")]
    hits = work.library.search(asked.text).hits
    nearest = work.library.base.cards[hits[0].slug].group if hits else ""
    groups = sorted((path.name for path in open_groups(work.knowledge)), key=lambda name: (name != nearest, name))
    return Possible(asked, tuple(found), tuple(groups))


def plan_for(work: Workshop, question_id: int, wanted: str, account: Account, words: CardWords = AS_SENT, *, now: dt.datetime) -> Plan:
    """Plan a promotion and measure its impact; nothing is changed.

    Raises:
        UsageError: there is no such question, or it can't be promoted so.
        Refused: the cards don't allow it.
    """
    with work.ledger.transaction() as session:
        asked, past, mentor = promoted_question(session, question_id), past_questions(session), mentor_with(session, account)
    with MEASURING:
        return make_plan(
            wanted,
            asked,
            library=work.library,
            knowledge=work.knowledge,
            mentor=mentor,
            today=now.date(),
            questions=[*past, *labelled_questions(regression_file(work.home), work.labelled)],
            answer=words.text.strip() or None,
            title=words.title,
            group=words.group,
            also=words.also,
        )


def must_not_answer(plan: Plan, numbers: tuple[int, ...]) -> Plan:
    """Return a plan of a new card with the questions beside it, by their numbers from 1, that it must not answer."""
    return with_marks(plan, numbers)


def write_card_of(work: Workshop, plan: Plan, *, now: dt.datetime) -> Done:
    """Carry a plan out.

    Raises:
        Refused: the plan has problems, or what it was made on has changed.
        KnowledgeError: the file can't be written.
    """
    finish_cut_short(work.ledger, knowledge=work.knowledge, home=work.home)
    return carry_out(work.ledger, plan, knowledge=work.knowledge, home=work.home, now=now, refresh=work.refresh)


def take_card_back(work: Workshop, promotion_id: int, account: Account, *, now: dt.datetime) -> tuple[TakenBack, str]:
    """Undo a promotion; return what is as before, and the name of the mentor whose account it is.

    Raises:
        UsageError: there is no such promotion.
        Refused: it's undone already, a later one builds on it, or its lines were changed since.
    """
    finish_cut_short(work.ledger, knowledge=work.knowledge, home=work.home)
    finish_taking_back(work.ledger, knowledge=work.knowledge, home=work.home)
    with work.ledger.transaction() as session:
        mentor = mentor_with(session, account)
    done = take_back(work.ledger, promotion_id, mentor=mentor, knowledge=work.knowledge, home=work.home, now=now, refresh=work.refresh)
    return done, mentor
