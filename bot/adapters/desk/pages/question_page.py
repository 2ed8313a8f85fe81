"""A question's page: all that is known of it, and every decision that can be made."""

from __future__ import annotations

from starlette.responses import Response

from bot.adapters.desk.pages.queue_filters import filter_in_address
from bot.adapters.desk.showing.sentence_support import supported_sentences
from bot.adapters.desk.visiting import Visit
from bot.review.decisions.mentor_text import MAX_REASON_CHARS, MAX_TEXT_CHARS
from bot.review.decisions.near_verdicts import NOT_IT, is_nearest
from bot.review.decisions.seen import newest_decision, seen_mark
from bot.review.dossier import Dossier, ShownAnswer, dossier
from bot.review.outbox.delivery_rows import NOT_REACHED_LATER
from knowledge.errors import UsageError

# The decisions after which a question has an answer that another one like it can get.
ANSWERED = frozenset({"confirm", "correct", "answer"})


def show_question(visit: Visit) -> Response:
    """Show a question."""
    try:
        with visit.desk.ledger.transaction(only_reads=True) as session:
            found, as_of = dossier(session, visit.number), newest_decision(session)
    except UsageError:
        words = f"There is no question {visit.number}: it may have been removed, as its learner asked or because it was old."
        return visit.page("wrong.html", status=404, heading="There is no such question", words=words, typed=[])
    return question_page(visit, found, as_of=as_of)


def question_page(visit: Visit, found: Dossier, *, as_of: int, status: int = 200, typed: str = "", changed: bool = False) -> Response:
    """Return the page, which knows of the decisions up to `as_of`.

    `typed` is what a mentor had typed when the question was `changed` under their hands.
    """
    answer = next((each for each in found.answers if each.in_force), None) or (found.answers[-1] if found.answers else None)
    in_force = answer is not None and answer.status == "answered" and answer.state != "withdrawn"
    cards = visit.desk.library.base.cards
    refused = answer is not None and any(
        each.decision == NOT_IT and each.answer_id == answer.answer_id for each in found.reviews if not each.undone_at
    )
    nearest = answer is not None and answer.status == "near" and is_nearest(answer.text)
    return visit.page(
        "question.html",
        status=status,
        question=found,
        answer=answer,
        in_force=in_force,
        refused=refused,
        asks_if_settled=nearest and not refused,
        sentences=[] if answer is None else supported_sentences(answer, cards),
        notes=[] if answer is None else notes_of(answer),
        earlier=[each for each in found.answers if each is not answer],
        evidence=next((each.evidence for each in reversed(found.answers) if each.evidence), ()),
        open_like=[each for each in found.like if each.decision is None],
        settled_like=[each for each in found.like if each.decision is not None],
        answered_like=[each for each in found.like if each.decision in ANSWERED],
        promotable=answer is not None and in_force and answer.composer == "mentor",
        reached=found.platform not in NOT_REACHED_LATER,
        claimed_by=found.claimed_by if found.claimed_until is not None and found.claimed_until > visit.now else None,
        seen=seen_mark(found),
        as_of=as_of,
        cards=sorted(cards.values(), key=lambda card: card.title.lower()),
        wanted=filter_in_address(visit),
        typed=typed,
        changed=changed,
        max_text=MAX_TEXT_CHARS,
        max_reason=MAX_REASON_CHARS,
    )


def notes_of(answer: ShownAnswer) -> list[str]:
    """Return what an answer's check says of the whole of it: the points left open, and what became of a model's draft."""
    notes = [f"Left open: {check['open']}" for check in answer.checks if check.get("open")]
    for check in answer.checks:
        if check.get("draft"):
            by = f" by {check['model']}" if check.get("model") else ""
            notes.append(f"Draft{by}: {check['draft']}" + (f" ({check['why']})" if check.get("why") else ""))
    return notes
