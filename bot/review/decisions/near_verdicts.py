"""The mentors' verdicts on nearest passages: each is a regression case, and a passage that settles nothing isn't shown again for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.answering.compose.decline_or_ask_back import NEAREST, NOT_PASSAGE
from bot.ledger.database import Ledger
from bot.ledger.questions import turns_of
from bot.ledger.tables import AnswerRow, PromotionRow, QuestionRow, ReviewRow
from bot.review.promotion.apply import DONE, alone
from bot.review.promotion.phrasings import asking, nearly_the_same
from bot.review.promotion.promoted_examples import near_case_name, put_near_cases
from bot.review.question_state import answer_in_force
from bot.values import Status
from index.store.passages import PassageKind, shown_passages
from knowledge.reading.card import Card
from knowledge.reading.card_file import card_paths, parse_card

CONFIRM, NOT_IT = "confirm", "not_it"


@dataclass(frozen=True)
class NearVerdict:
    """A verdict on the nearest passage that a question was shown; `settles` is False where a mentor said that it doesn't."""

    question: QuestionRow
    answer: AnswerRow
    settles: bool


def passage_in(near: str) -> str:
    """Return the passage in the text of a near answer."""
    return "\n\n".join(part for part in near.split("\n\n") if not part.startswith(NOT_PASSAGE))


def shows_nearest(near: AnswerRow | None) -> bool:
    """Return whether an answer shows only the nearest passage; one that settles a part of the message is more than that."""
    return near is not None and near.status == Status.NEAR and is_nearest(near.text)


def is_nearest(text: str) -> bool:
    """Return whether the text of an answer shows only the nearest passage."""
    return any(part.startswith(NEAREST) for part in text.split("\n\n"))


def near_verdicts(session: Session) -> list[NearVerdict]:
    """Return the last verdict on each question's nearest passage that was not undone, and still holds."""
    rows = session.execute(
        select(QuestionRow, AnswerRow, ReviewRow.decision)
        .join(ReviewRow, ReviewRow.question_id == QuestionRow.id)
        .join(AnswerRow, AnswerRow.id == ReviewRow.answer_id)
        .where(ReviewRow.decision.in_((CONFIRM, NOT_IT)), ReviewRow.undone_at.is_(None), AnswerRow.status == Status.NEAR.value)
        .order_by(ReviewRow.id)
    )
    last = {question.id: NearVerdict(question, answer, decision == CONFIRM) for question, answer, decision in rows}
    promoted = set(session.scalars(select(PromotionRow.question_id).where(PromotionRow.question_id.in_(last), PromotionRow.state == DONE)))
    return [each for number, each in last.items() if still_holds(each, answer_in_force(session, number), promoted=number in promoted)]


def still_holds(verdict: NearVerdict, now: AnswerRow | None, *, promoted: bool) -> bool:
    """Return whether a verdict holds beside the answer in force.

    A "yes" ends where that passage is no longer the answer, a "no" where a card settles the question since.
    """
    if verdict.settles:
        return now is not None and now.cited == verdict.answer.cited and now.text == passage_in(verdict.answer.text)
    return not promoted and (now is None or not now.cited)


def refused_now(session: Session, answer_ids: list[int]) -> set[int]:
    """Return those of some near answers of which a mentor said that they don't settle their question."""
    wanted = select(ReviewRow.answer_id).where(
        ReviewRow.decision == NOT_IT, ReviewRow.undone_at.is_(None), ReviewRow.answer_id.in_(answer_ids)
    )
    return {number for number in session.scalars(wanted) if number is not None}


def was_refused(session: Session, question: str, near: str) -> bool:
    """Return whether a mentor said of this passage that it doesn't settle this question, or one in nearly the same words."""
    passage = passage_in(near)
    refused = [
        each
        for each in near_verdicts(session)
        if not each.settles and shows_nearest(each.answer) and passage_in(each.answer.text) == passage
    ]
    return nearly_the_same(asking(question), [asking(each.question.text) for each in refused]) is not None


def keep_near_cases(ledger: Ledger, home: Path, knowledge: Path) -> None:
    """Bring the regression cases of nearest passages up to date with the ledger; doing it twice does no harm.

    Raises:
        Refused: a promotion takes too long.
        LedgerUnavailable: the ledger can't be read.
        OSError: the cases can't be written.
    """
    with ledger.transaction(only_reads=True) as session:
        rows = {near_case_name(each.question.id): case_of(session, each, knowledge) for each in near_verdicts(session)}
        there = {near_case_name(number) for number in session.scalars(select(QuestionRow.id))} if put_near_cases(home, rows, None) else None
    if there is not None:
        with alone(knowledge, home):
            put_near_cases(home, rows, there)


def case_of(session: Session, verdict: NearVerdict, knowledge: Path) -> dict[str, Any]:
    """Return a verdict in the form of the labelled questions."""
    turns = turns_of(session, verdict.question.id)
    asked: dict[str, Any] = {"turns": list(turns)} if len(turns) > 1 else {"question": turns[-1]}
    slug = str(verdict.answer.cited[0]) if verdict.answer.cited else ""
    named = [f"{slug}#{name}" for name in passage_names(slug, passage_in(verdict.answer.text), knowledge)]
    name = {"id": near_case_name(verdict.question.id)}
    if not verdict.settles:
        return {**name, "kind": "near_miss", **asked, "slugs": [], "settles": [], "near": named}
    kind = "follow_up" if len(turns) > 1 else "in_scope"
    return {**name, "kind": kind, **asked, "slugs": [slug] if slug else [], "settles": ["+".join(named)]}


def passage_names(slug: str, text: str, knowledge: Path) -> list[str]:
    """Return the names of a card's passages that a text shows; its short answer if the card has changed since."""
    path = next((path for path in card_paths(knowledge) if path.stem == slug), None)
    card = None if path is None else parse_card(path.read_text(encoding="utf-8").replace("\r\n", "\n"), path="")[0]
    found = [] if card is None else [name for name, said in said_by(card) if said.strip() and said.strip() in text]
    return found or ["short"]


def said_by(card: Card) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each passage of a card."""
    for name, (kind, place) in shown_passages(card).items():
        if kind is PassageKind.CORRECTION:
            yield name, card.misconceptions[int(place)].correction
        elif place == "short_answer":
            yield name, card.short_answer
        else:
            yield name, card.example if place == "example" else card.paragraphs()[int(place)]
