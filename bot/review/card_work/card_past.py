"""What became of a card: the commits that changed it, the questions that it answered, and how those were received."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from bot.ledger.feedback import FeedbackKind
from bot.ledger.tables import AnswerRow, Citation, Feedback, QuestionRow
from bot.review.promotion.git import git
from bot.review.question_state import undone_results

COMMITS_SHOWN = 20
QUESTIONS_SHOWN = 30
# Between the fields of a line of the log; no name or subject has it.
BETWEEN = "\x1f"
FORM = BETWEEN.join(("%H", "%aI", "%an", "%s"))


class CardCommit(NamedTuple):
    """A commit that changed a card."""

    name: str
    at: dt.datetime
    author: str
    subject: str


class AnsweredQuestion(NamedTuple):
    """A question that a card helped to answer, and how often its learners liked that or didn't."""

    question_id: int
    text: str
    state: str
    asked_at: dt.datetime
    up: int
    down: int


def commits_of(knowledge: Path, path: str) -> list[CardCommit]:
    """Return the newest commits that changed a card's file; none where the folder is in no git repository."""
    ran = git(knowledge, "log", f"-{COMMITS_SHOWN}", f"--format={FORM}", "--follow", "--", path)
    return commits_in(ran.out) if ran.status == 0 else []


def commit_of_card(knowledge: Path, path: str, name: str) -> tuple[CardCommit, str] | None:
    """Return a commit and what it changed in a card's file, None if there is none; empty where it had another name."""
    ran = git(knowledge, "show", "--no-patch", f"--format={FORM}", f"{name}^{{commit}}", "--")
    found = commits_in(ran.out) if ran.status == 0 else []
    if len(found) != 1:
        return None
    changed = git(knowledge, "show", "--format=", "--no-color", "--no-ext-diff", found[0].name, "--", path)
    return found[0], changed.out if changed.status == 0 else ""


def commits_in(log: str) -> list[CardCommit]:
    """Return the commits that git has listed."""
    rows = [line.split(BETWEEN) for line in log.splitlines()]
    return [CardCommit(row[0], dt.datetime.fromisoformat(row[1]), row[2], row[3]) for row in rows if len(row) == len(CardCommit._fields)]


def questions_answered_from(session: Session, slug: str) -> Sequence[AnsweredQuestion]:
    """Return the newest questions whose newest answer cites a card."""
    ups, downs = (
        select(func.count())
        .where(Feedback.question_id == QuestionRow.id, Feedback.kind == kind.value)
        .correlate(QuestionRow)
        .scalar_subquery()
        for kind in (FeedbackKind.UP, FeedbackKind.DOWN)
    )
    # The newest come first, so that the database stops after a few, however often a card is cited.
    later = aliased(AnswerRow, name="later")
    newer = exists().where(later.question_id == Citation.question_id, later.id > Citation.answer_id, later.id.not_in(undone_results()))
    rows = session.execute(
        select(QuestionRow.id, QuestionRow.text, AnswerRow.state, QuestionRow.asked_at, ups, downs)
        .select_from(Citation)
        .join(AnswerRow, AnswerRow.id == Citation.answer_id)
        .join(QuestionRow, QuestionRow.id == Citation.question_id)
        .where(Citation.slug == slug, AnswerRow.id.not_in(undone_results()), ~newer)
        .order_by(Citation.question_id.desc())
        .limit(QUESTIONS_SHOWN)
    )
    return [AnsweredQuestion(*row) for row in rows]
