"""Several questions that nothing settles, answered at once by what becomes one card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from bot.adapters.desk.pages.decision_forms import as_of, tell
from bot.adapters.desk.pages.promotion_page import basis_of, measure
from bot.adapters.desk.pages.queue_filters import filter_in_form
from bot.adapters.desk.posted_form import number_in
from bot.adapters.desk.visiting import Visit, status_of
from bot.ledger.tables import ReviewRow
from bot.review.card_work.gathered import MOST_GATHERED, with_phrasings
from bot.review.decisions import decide
from bot.review.decisions.mentor_text import MAX_TEXT_CHARS, mentor_answer
from bot.review.decisions.outcomes import Outcome, outcome
from bot.review.decisions.seen import hold, newest_decision, refuse_decided_since
from bot.review.promotion.make_plan import make_plan
from bot.review.promotion.phrasings import asking
from bot.review.promotion.plan import Plan, PromotedQuestion, PromotionKind, promoted_question
from knowledge.card_list import in_order
from knowledge.errors import KnowledgeError, Refused, UsageError
from knowledge.reading.card import Card
from knowledge.reading.template import open_groups

NEAREST_SHOWN = 5


def gather_ticked(visit: Visit) -> Response:
    """Lead from the questions that are ticked in the queue to the page that makes one card of them."""
    numbers = few_enough(visit.form.numbers("ticked"))
    return visit.to(f"/gather?questions={','.join(map(str, numbers))}{filter_in_form(visit).query.replace('?', '&')}")


def show_gathered(visit: Visit) -> Response:
    """Show the questions, with a form for the answer and the card."""
    numbers = few_enough([number_in(each) for each in visit.asked("questions").split(",") if each])
    with visit.desk.ledger.transaction(only_reads=True) as session:
        questions, newest = [promoted_question(session, number) for number in numbers], newest_decision(session)
    return gathered(visit, questions, newest, text=next((each.answer for each in questions if each.answer), ""))


def make_one_card(visit: Visit) -> Response:
    """Answer all ticked questions at once, and open the card that they become in the editor."""
    form, desk = visit.form, visit.desk
    numbers = few_enough(form.numbers("ticked"))
    with desk.ledger.transaction(only_reads=True) as session:
        questions = [promoted_question(session, number) for number in numbers]
    try:
        # Tried before anybody is answered: what can't be a card is said while nothing has happened yet.
        answer = mentor_answer(form.text("text")).answer
        planned(visit, replace(questions[0], answer=answer, answer_id=None, author=visit.mentor), questions)
    except (UsageError, Refused, KnowledgeError) as error:
        return gathered(visit, questions, as_of(visit) or 0, text=form.text("text"), problem=str(error), status=int(status_of(error)))
    with desk.ledger.transaction() as session:
        hold(session, visit.mentor, numbers)
        refuse_decided_since(session, numbers, as_of(visit))
        left = [number for number in numbers if promoted_question(session, number).answer != answer]
        made: Outcome | None = None
        if left:
            review: ReviewRow = decide.answer(
                session, left[0], also=left[1:], mentor=visit.mentor, source=visit.source, now=visit.now, text=answer
            )
            made = outcome(session, review)
    if made is not None:
        tell(visit, made)
    with desk.ledger.transaction(only_reads=True) as session:
        questions = [promoted_question(session, number) for number in numbers]
    draft = desk.drafts.begin(planned(visit, questions[0], questions), visit.mentor, visit.now, gathered=tuple(numbers))
    measure(visit, draft)
    return visit.to(f"/drafts/{draft.draft_id}")


def planned(visit: Visit, first: PromotedQuestion, questions: Sequence[PromotedQuestion]) -> Plan:
    """Return the plan of the card that the form asks for, asked as each of the questions."""
    form, desk = visit.form, visit.desk
    kind = PromotionKind.AMEND if form.line("kind") == PromotionKind.AMEND else PromotionKind.NEW
    slug = form.line("card") if kind is PromotionKind.AMEND else form.line("slug")
    if not slug:
        raise UsageError("choose the card that is to say more" if kind is PromotionKind.AMEND else "give the new card a name")
    made = make_plan(
        f"{kind.value}:{slug}",
        first,
        library=desk.library,
        knowledge=desk.knowledge,
        mentor=visit.mentor,
        today=visit.now.date(),
        measured=False,
        title=form.line("title"),
        group=form.line("group"),
    )
    return with_phrasings(basis_of(visit), made, questions)


def gathered(
    visit: Visit, questions: Sequence[PromotedQuestion], newest: int, *, text: str, problem: str = "", status: int = 200
) -> Response:
    """Return the page."""
    form, base = visit.form, visit.desk.library.base
    return visit.page(
        "gather.html",
        status=status,
        questions=questions,
        as_of=newest,
        text=text,
        problem=problem,
        kind=form.line("kind") or PromotionKind.NEW.value,
        slug=form.line("slug"),
        title=form.line("title"),
        group=form.line("group"),
        card=form.line("card"),
        nearest=nearest_cards(visit, questions),
        cards=in_order(base),
        groups=[path.name for path in open_groups(visit.desk.knowledge)],
        max_text=MAX_TEXT_CHARS,
    )


def nearest_cards(visit: Visit, questions: Sequence[PromotedQuestion]) -> list[Card]:
    """Return the cards that are nearest to most of some questions."""
    library = visit.desk.library
    found = library.search_all([asking(each.text) for each in questions])
    hits = [hit.slug for each in found for hit in each.hits[:2]]
    return [library.base.cards[slug] for slug, _ in Counter(hits).most_common(NEAREST_SHOWN) if slug in library.base.cards]


def few_enough(numbers: Sequence[int]) -> Sequence[int]:
    """Return the numbers of questions that one card may settle.

    Raises:
        UsageError: there is none, or there are too many.
    """
    kept = list(dict.fromkeys(numbers))
    if not kept:
        raise UsageError("tick the questions first: all that are ticked become one card")
    if len(kept) > MOST_GATHERED:
        raise UsageError(f"one card can settle {MOST_GATHERED} questions at most, and {len(kept)} are ticked")
    return kept
