"""The carrying out of a plan in steps that survive a kill: row, file, commit, regression case, row."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.mentors import mentor_named
from bot.ledger.questions import turns_of
from bot.ledger.tables import AnswerRow, Mentor, PromotionRow, QuestionRow
from bot.review.promotion.edit_card import narrowed
from bot.review.promotion.git import Committed, commit, refuse_uncommitted
from bot.review.promotion.new_card import DRAFTED_BY
from bot.review.promotion.plan import BEYOND, Narrowing, Plan, PromotionKind, decided_with, sha256
from bot.review.promotion.promoted_examples import add_must_not, add_regression_case, settling_passage, write_candidate
from bot.review.question_state import answer_in_force
from knowledge.errors import AskwellError, KnowledgeError, Refused
from knowledge.files import PRIVATE, remove_parts, write_atomically
from knowledge.reading.card_file import card_paths
from knowledge.reading.course import Course, read_course

log = logging.getLogger(__name__)

BEGUN, DONE, FAILED = "begun", "done", "failed"
# Longer than a hook of another promotion's commit may take.
LOCK_WAIT_S = 60.0
LOCK = "promoting.lock"


@dataclass(frozen=True)
class Done:
    """The outcome of a promotion: its row, its file, the commit if there is one, and what went wrong, in one line."""

    promotion_id: int
    path: str
    commit: str | None
    note: str = ""
    state: str = DONE


def carry_out(
    ledger: Ledger, plan: Plan, *, knowledge: Path, home: Path, now: dt.datetime, refresh: Callable[[], None] | None = None
) -> Done:
    """Carry out a plan, unless its file has changed since.

    Raises:
        Refused: the plan has problems, the file has changed, the new card's slug has been taken, or the question or its answer is gone.
        KnowledgeError: the file can't be written.
        LedgerUnavailable: the ledger can't be written; `finish_cut_short` finishes a promotion that was begun.
    """
    if plan.problems:
        more = f" (and {len(plan.problems) - 1} more)" if len(plan.problems) > 1 else ""
        raise Refused(f"{plan.problems[0]}{more}: change the answer, or the card by hand")
    with alone(knowledge, home):
        if current(knowledge / plan.path) != plan.before:
            raise Refused(f"{plan.path} was changed meanwhile: plan the promotion again")
        if plan.kind is PromotionKind.NEW and (other := card_of(knowledge, plan.slug)):
            raise Refused(f"{other} is a card '{plan.slug}' since: choose another slug, or promote it as amend:{plan.slug}")
        # A mentor who edits a card by hand has its whole text before them, others' edits too.
        touched = [] if plan.kind is PromotionKind.EDIT else [plan.path, *([BEYOND] if plan.narrowing else [])]
        refuse_uncommitted(knowledge, [knowledge / path for path in touched], plan.mentor)
        with ledger.transaction() as session:
            refuse_gone(session, plan)
            promotion_id = enter_promotion(session, plan, now).id
        done = complete(ledger, promotion_id, knowledge, home)
    if done.state == FAILED:
        raise KnowledgeError(done.note)
    return served(done, refresh)


def refuse_gone(session: Session, plan: Plan) -> None:
    """Raise Refused if the question was removed since the plan was made, or its answer is no longer in force."""
    number = plan.question.number
    if plan.kind is PromotionKind.EDIT:
        return
    if session.get(QuestionRow, number) is None:
        raise Refused(f"question {number} was removed meanwhile, so its words go into no card")
    in_force = answer_in_force(session, number)
    if plan.question.answer_id is not None and (in_force is None or in_force.id != plan.question.answer_id):
        raise Refused(f"the answer to question {number} was withdrawn or replaced meanwhile: plan the promotion again")
    if set(plan.question.like) - set(decided_with(session, number)):
        raise Refused(f"a question that was decided together with question {number} was removed meanwhile: plan the promotion again")


def enter_promotion(session: Session, plan: Plan, now: dt.datetime) -> PromotionRow:
    """Enter a promotion into the ledger as begun."""
    row = PromotionRow(
        question_id=None if plan.kind is PromotionKind.EDIT else plan.question.number,
        answer_id=plan.question.answer_id,
        mentor_id=mentor_named(session, plan.mentor).id,
        kind=plan.kind.value,
        slug=plan.slug,
        path=plan.path,
        text=plan.text,
        before=plan.before,
        diff=plan.diff,
        impact=plan.impact.row() | beyond_row(plan.narrowing) | ({"must_not": list(plan.must_not)} if plan.must_not else {}),
        state=BEGUN,
        at=now,
    )
    session.add(row)
    session.flush()
    return row


def served(done: Done, refresh: Callable[[], None] | None) -> Done:
    """Refresh the running index at once; if that fails, it notices the changed file later."""
    if refresh is not None:
        try:
            refresh()
        except AskwellError as error:
            return Done(done.promotion_id, done.path, done.commit, joined(done.note, f"not served yet: {error}"))
    return done


def finish_cut_short(ledger: Ledger, *, knowledge: Path, home: Path) -> list[Done]:
    """Finish the promotions that a kill cut short: write and commit their files, or mark them as failed if a file has changed since."""
    with ledger.transaction() as session:
        if session.scalar(select(PromotionRow.id).where(PromotionRow.state == BEGUN).limit(1)) is None:
            return []
    with alone(knowledge, home):
        remove_parts(knowledge)
        with ledger.transaction() as session:
            begun = list(session.scalars(select(PromotionRow.id).where(PromotionRow.state == BEGUN).order_by(PromotionRow.id)))
        return [complete(ledger, promotion_id, knowledge, home) for promotion_id in begun]


def complete(ledger: Ledger, promotion_id: int, knowledge: Path, home: Path) -> Done:
    """Do the remaining steps of a promotion that was begun; doing it twice does no harm."""
    with ledger.transaction() as session:
        row = session.get_one(PromotionRow, promotion_id)
        mentor = session.get_one(Mentor, row.mentor_id).name
        turns = () if row.question_id is None else turns_of(session, row.question_id)
        answer = None if row.answer_id is None else session.get_one(AnswerRow, row.answer_id).text
    why = write_card(knowledge, row)
    if why:
        log.warning("promotion %s was not carried out: %s", promotion_id, why)
        return noted(ledger, Done(promotion_id, row.path, None, why, FAILED))
    files = [knowledge / row.path]
    narrowing_note = narrow(knowledge, row, files)
    committed: Committed = commit(knowledge, files, mentor=mentor, message=commit_message(row))
    note = joined(narrowing_note, committed.note, add_examples(home, row, turns, answer, read_course(knowledge)[0]))
    if note:
        log.warning("promotion %s: %s", promotion_id, note)
    return noted(ledger, Done(promotion_id, row.path, committed.commit, note))


def commit_message(row: PromotionRow) -> str:
    """Return the message of a promotion's commit."""
    if row.kind == PromotionKind.EDIT:
        if f"\n-{DRAFTED_BY}:" in row.diff:
            return f"Wording of {row.slug} confirmed"
        return f"{row.slug} edited" if row.before else f"New card {row.slug}"
    about = f"question {row.question_id}" if row.question_id is not None else "a question"
    titles = {"new": "New card", "phrasing": "Another phrasing of", "amend": "More in", "replace": "A better short answer for"}
    return f"{titles[row.kind]} {row.slug}, from {about}\n\nPromoted as {row.kind}:{row.slug} from {about}."


def add_examples(home: Path, row: PromotionRow, turns: Sequence[str], answer: str | None, course: Course) -> str:
    """Keep a promotion's regression case and candidate in the home; return why they can't be kept, empty if they are."""
    try:
        if turns:
            add_regression_case(home, row.id, turns, row.slug, settling_passage(row.kind, row.text))
            add_must_not(home, row.id, row.impact.get("must_not", ()))
        if turns and answer is not None:
            write_candidate(home, row.id, question=turns[-1], answer=answer, slug=row.slug, card_text=row.text, course=course)
    except OSError as error:
        return f"the regression case can't be kept in {home}: {error.strerror or error}"
    return ""


def noted(ledger: Ledger, done: Done) -> Done:
    """Write the outcome of a promotion into its row."""
    with ledger.transaction() as session:
        row = session.get_one(PromotionRow, done.promotion_id)
        row.state, row.commit, row.note = done.state, done.commit, done.note
    return done


def write_card(knowledge: Path, row: PromotionRow) -> str:
    """Write the file unless it has its new text already; return why it can't be written, empty if it is."""
    path = knowledge / row.path
    content = row.text.encode()
    try:
        is_now = current(path)
        if is_now == sha256(content):
            return ""
        if is_now != row.before:
            return f"{row.path} was changed meanwhile: plan the promotion again"
        # Another promotion may have taken the name since the kill.
        if not row.before and (other := card_of(knowledge, row.slug)):
            return f"{other} is a card '{row.slug}' since: promote it as amend:{row.slug}"
        write_atomically(path, content)
    except (OSError, KnowledgeError) as error:
        return f"{row.path} can't be written: {getattr(error, 'strerror', None) or error}"
    return ""


def card_of(knowledge: Path, slug: str) -> str:
    """Return the path of the card with a slug, in any group; empty if there is none."""
    found = next((path for path in card_paths(knowledge) if path.stem.lower() == slug), None)
    return "" if found is None else found.relative_to(knowledge).as_posix()


def narrow(knowledge: Path, row: PromotionRow, files: list[Path]) -> str:
    """Take the phrasings that a new card answers out of the topics beyond; return what went wrong, empty if nothing did."""
    beyond = row.impact.get("beyond")
    if not beyond:
        return ""
    path = knowledge / BEYOND
    try:
        before = path.read_bytes().decode("utf-8")
        after = narrowed(before, beyond["topic"], beyond["gone"])
        if after != before:
            write_atomically(path, after.encode())
    except (OSError, ValueError) as error:
        return f"{BEYOND} still declines what the new card answers: {getattr(error, 'strerror', None) or error}"
    files.append(path)
    return ""


def beyond_row(narrowing: Narrowing | None) -> dict[str, object]:
    """Return a narrowing in the form that is kept with the impact."""
    return {} if narrowing is None else {"beyond": {"topic": narrowing.topic, "gone": list(narrowing.gone)}}


def current(path: Path) -> str:
    """Return the hash of a file's present content, empty if there is no file.

    Raises:
        KnowledgeError: it can't be read.
    """
    try:
        return sha256(path.read_bytes())
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise KnowledgeError(f"{path}: can't be read: {error.strerror or error}") from error


@contextmanager
def alone(knowledge: Path, home: Path) -> Iterator[None]:
    """Let one promotion at a time change a knowledge folder, among the processes and threads of this home.

    Raises:
        Refused: another promotion takes too long.
        KnowledgeError: there is no such folder.
    """
    if not knowledge.is_dir():
        raise KnowledgeError(f"no knowledge folder at {knowledge}: No such file or directory")
    try:
        with FileLock(home / LOCK, timeout=LOCK_WAIT_S, mode=PRIVATE):
            yield
    except Timeout:
        raise Refused("another promotion is being carried out and takes long: try again in a minute") from None


def joined(*notes: str) -> str:
    """Join notes into one line."""
    return "; ".join(note for note in notes if note)
