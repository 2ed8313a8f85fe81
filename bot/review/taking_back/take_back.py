"""The undoing of a promotion in steps that survive a kill: row, files, commit, examples, and the answers that came of it."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.mentors import mentor_named
from bot.ledger.tables import LARGEST, SECOND_OPINION, AnswerRow, PromotionRow, ReviewRow
from bot.review.promotion.apply import DONE, alone, current, joined
from bot.review.promotion.git import commit, refuse_uncommitted
from bot.review.promotion.new_card import DRAFTED, DRAFTED_BY
from bot.review.promotion.plan import PromotionKind, sha256
from bot.review.promotion.promoted_examples import forget_examples
from bot.review.question_state import answer_in_force
from bot.review.taking_back.reverse_diff import changed_files, reversed_text
from bot.values import Composer, State
from knowledge.errors import AskwellError, KnowledgeError, Refused, UsageError
from knowledge.files import write_atomically
from knowledge.reading.card_file import parse_card

log = logging.getLogger(__name__)

UNDOING, UNDONE = "undoing", "undone"
# A line as long as this in an answer was taken from the card; a shorter one may be anybody's.
TELLING_CHARS = 20


@dataclass(frozen=True)
class TakenBack:
    """The outcome of undoing a promotion: its files, the commit if there is one, the questions that are open again, and a note."""

    promotion_id: int
    slug: str
    paths: tuple[str, ...]
    commit: str | None
    reopened: tuple[int, ...]
    note: str = ""


def take_back(
    ledger: Ledger,
    promotion_id: int,
    *,
    mentor: str,
    knowledge: Path,
    home: Path,
    now: dt.datetime,
    refresh: Callable[[], None] | None = None,
) -> TakenBack:
    """Undo a promotion: its file is as if it had never been, later edits beside it stay, and answers that came of it are open again.

    Raises:
        UsageError: there is no such promotion.
        Refused: it's undone already, a later one builds on it, or its lines were changed since.
        LedgerUnavailable: the ledger can't be written; `finish_taking_back` finishes what was begun.
    """
    with alone(knowledge, home):
        with ledger.transaction() as session:
            row = promotion_numbered(session, promotion_id)
            refuse_built_on(session, row)
            name = mentor_named(session, mentor).name
            changes = changes_of(knowledge, row)
            refuse_uncommitted(knowledge, [knowledge / path for path in changes], name)
            row.state, row.impact = UNDOING, row.impact | {"undone_by": name, "undone_at": now.isoformat()}
        done = complete_taking_back(ledger, promotion_id, knowledge, home)
    if refresh is not None:
        try:
            refresh()
        except AskwellError as error:
            return replace(done, note=joined(done.note, f"still served: {error}"))
    return done


def finish_taking_back(ledger: Ledger, *, knowledge: Path, home: Path) -> list[TakenBack]:
    """Finish the undoing of promotions that a kill cut short; one that can't be undone any more counts as done again."""
    if not begun_to_undo(ledger):
        return []
    found = []
    with alone(knowledge, home):
        # Whoever held the lock may have finished it.
        for number in begun_to_undo(ledger):
            try:
                found.append(complete_taking_back(ledger, number, knowledge, home))
            except (Refused, KnowledgeError) as error:
                log.warning("promotion %s can't be undone: %s", number, error)
                with ledger.transaction() as session:
                    session.get_one(PromotionRow, number).state = DONE
    return found


def begun_to_undo(ledger: Ledger) -> list[int]:
    """Return the promotions whose undoing was begun and not finished."""
    with ledger.transaction() as session:
        return list(session.scalars(select(PromotionRow.id).where(PromotionRow.state == UNDOING).order_by(PromotionRow.id)))


def promotion_numbered(session: Session, promotion_id: int) -> PromotionRow:
    """Return a promotion that can be undone.

    Raises:
        UsageError: there is no such promotion.
        Refused: it was never carried out, or is undone.
    """
    row = session.get(PromotionRow, promotion_id) if 0 < promotion_id <= LARGEST else None
    if row is None:
        raise UsageError(f"there is no promotion {promotion_id}: 'askwell review show ID' has a question's promotions with their numbers")
    if row.state != DONE:
        raise Refused(f"promotion {promotion_id} is {row.state}, so there is nothing to undo")
    return row


def refuse_built_on(session: Session, row: PromotionRow) -> None:
    """Raise Refused if a card would go that later promotions have added to."""
    if row.kind != PromotionKind.NEW:
        return
    later = select(PromotionRow).where(PromotionRow.slug == row.slug, PromotionRow.id > row.id, PromotionRow.state == DONE)
    numbers = [each.id for each in session.scalars(later.order_by(PromotionRow.id.desc())) if not confirms_wording(each.diff)]
    if numbers:
        raise Refused(f"promotion {numbers[0]} has added to '{row.slug}' since: undo that first, or keep the card")


def confirms_wording(diff: str) -> bool:
    """Return whether a diff only takes the marks of a model's draft off a card."""
    changed = [line for line in diff.splitlines() if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))]
    return bool(changed) and all(line.startswith((f"-{DRAFTED_BY}:", f"-# {DRAFTED}")) for line in changed)


def changes_of(knowledge: Path, row: PromotionRow) -> dict[str, str | None]:
    """Return the text of each file without a promotion, None for a file that goes.

    Raises:
        Refused: the lines that it wrote are no longer there, or the card would be none without them.
        KnowledgeError: a file can't be read.
    """
    found: dict[str, str | None] = {}
    for change in changed_files(row.diff):
        if change.is_new:
            found[change.path] = None
            continue
        try:
            text = (knowledge / change.path).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise KnowledgeError(f"{change.path}: can't be read: {error}") from error
        found[change.path] = reversed_text(text, change)
        if change.path == row.path and (problems := parse_card((found[change.path] or "").replace("\r\n", "\n"), path=row.path)[1]):
            raise Refused(f"without the promotion the card has a problem: {problems[0]}")
    return found


def complete_taking_back(ledger: Ledger, promotion_id: int, knowledge: Path, home: Path) -> TakenBack:
    """Do the remaining steps of an undoing that was begun; doing it twice does no harm."""
    with ledger.transaction() as session:
        row = session.get_one(PromotionRow, promotion_id)
        mentor, slug, question, kind = str(row.impact["undone_by"]), row.slug, row.question_id, row.kind
        now = dt.datetime.fromisoformat(str(row.impact["undone_at"]))
        edited = row.kind == PromotionKind.NEW and (content := current(knowledge / row.path)) and content != sha256(row.text.encode())
        changes = changes_of(knowledge, row)
    for path, text in changes.items():
        put_back(knowledge / path, text)
    about = f"question {question}" if question is not None else "a question"
    title = f"{slug} without an edit" if kind == PromotionKind.EDIT else f"Without {slug} as promoted from {about}"
    message = f"{title}\n\nPromotion {promotion_id} is undone."
    committed = commit(knowledge, [knowledge / path for path in changes], mentor=mentor, message=message)
    note = joined("the card had been edited since, and git has that text" if edited and committed.commit else "", committed.note)
    try:
        forget_examples(home, [(promotion_id, slug)])
    except OSError as error:
        note = joined(note, f"the regression case is still in {home}: {error.strerror or error}")
    with ledger.transaction() as session:
        row = session.get_one(PromotionRow, promotion_id)
        reopened = tuple(reopen(session, row, mentor, now))
        row.state, row.note = UNDONE, joined(f"undone by {mentor}", note)
    if note:
        log.warning("undoing promotion %s: %s", promotion_id, note)
    return TakenBack(promotion_id, slug, tuple(changes), committed.commit, reopened, note)


def put_back(path: Path, text: str | None) -> None:
    """Write a file's text, or remove the file.

    Raises:
        KnowledgeError: it can't be written or removed.
    """
    try:
        if text is None:
            path.unlink(missing_ok=True)
        else:
            write_atomically(path, text.encode())
    except OSError as error:
        raise KnowledgeError(f"{path}: can't be written: {error.strerror or error}") from error


def reopen(session: Session, row: PromotionRow, mentor: str, now: dt.datetime) -> Iterator[int]:
    """Ask for a mentor's look at each answer that came of a promotion and that no mentor has decided on; yield the questions' numbers."""
    since = select(AnswerRow).where(AnswerRow.created_at >= row.at, AnswerRow.composer != Composer.MENTOR.value)
    since = since.where(AnswerRow.state == State.DRAFT.value).order_by(AnswerRow.id)
    reason = f"answered from '{row.slug}', and promotion {row.id} of that card is undone"
    for answer in session.scalars(since).all():
        in_force = answer_in_force(session, answer.question_id)
        if in_force is None or in_force.id != answer.id or not came_of(answer, row):
            continue
        session.add(
            ReviewRow(
                question_id=answer.question_id,
                mentor_id=mentor_named(session, mentor).id,
                decision=SECOND_OPINION,
                reason=reason,
                source="promotion undone",
                answer_id=answer.id,
                at=now,
            )
        )
        yield answer.question_id
    session.flush()


def came_of(answer: AnswerRow, row: PromotionRow) -> bool:
    """Return whether an answer shows what a promotion wrote, or was found by the phrasing that it added."""
    if row.slug not in answer.cited:
        return False
    if row.kind == PromotionKind.NEW:
        return True
    added = [line.strip() for change in changed_files(row.diff) for hunk in change.hunks for line in hunk.side("+")]
    if row.kind == PromotionKind.PHRASING:
        nearest = [str(each.get("phrasing") or "") for each in answer.evidence if each.get("slug") == row.slug]
        return any(phrasing and phrasing in line for phrasing in nearest for line in added)
    return answer.composer == Composer.MODEL or any(len(line) >= TELLING_CHARS and line in answer.text for line in added)
