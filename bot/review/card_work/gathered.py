"""Several questions gathered into one card: one answer settles them all, and each is asked as it was typed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.tables import QuestionRow
from bot.review.card_work.edited_card import with_text
from bot.review.promotion import edit_card
from bot.review.promotion.make_plan import Basis
from bot.review.promotion.phrasings import asking, nearly_the_same
from bot.review.promotion.plan import Plan, PromotedQuestion
from bot.review.promotion.propose import same_phrasing
from knowledge.errors import Refused
from knowledge.reading.card import PHRASINGS_MAX
from knowledge.reading.card_file import parse_card

MOST_GATHERED = 40


def with_phrasings(basis: Basis, plan: Plan, questions: Sequence[PromotedQuestion]) -> Plan:
    """Return a plan whose card is asked as each of some questions.

    A question is left out where the card or another one has nearly that phrasing already, where it leans on what was said before it, and
    where the card is full.
    """
    text = plan.text
    card, _ = parse_card(edit_card.plain(text), path=plan.path)
    for question in questions:
        if card is None or len(card.asked_as) >= PHRASINGS_MAX:
            break
        phrasing = asking(question.text)
        owner = same_phrasing(phrasing, basis.library)
        if question.leans or not phrasing or nearly_the_same(phrasing, card.asked_as) is not None or owner not in {None, plan.slug}:
            continue
        text = edit_card.phrased(text, card, phrasing, path=plan.path)
        card, _ = parse_card(edit_card.plain(text), path=plan.path)
    return plan if text == plan.text else with_text(basis, plan, text)


def refuse_removed(session: Session, numbers: Collection[int]) -> None:
    """Raise Refused if one of some questions was removed, since its words must go into no card then."""
    there = set(session.scalars(select(QuestionRow.id).where(QuestionRow.id.in_(numbers))))
    gone = sorted(set(numbers) - there)
    if gone:
        raise Refused(f"question {gone[0]} was removed meanwhile, so its words go into no card: gather the others again")
