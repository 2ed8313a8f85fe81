"""How a promotion is carried out, each step so that a kill after it loses nothing: row, file, commit, regression case, row."""

from __future__ import annotations

import datetime as dt
import fcntl
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select

from bot.ledger.database import Ledger
from bot.ledger.mentors import mentor_named
from bot.ledger.questions import turns_of
from bot.ledger.tables import AnswerRow, Mentor, PromotionRow, QuestionRow
from bot.review.promotion import edit_card, leftovers
from bot.review.promotion.git import Committed, commit
from bot.review.promotion.plan import BEYOND
from bot.review.promotion.plans import Narrowing, Plan, PromotionKind, hashed
from knowledge.errors import AskwellError, KnowledgeError, Refused
from knowledge.files import sync_folder
from knowledge.reading.card_file import card_paths

log = logging.getLogger(__name__)

BEGUN, DONE, FAILED = "begun", "done", "failed"
# Longer than a hook of the other's commit may take.
LOCK_WAIT_S = 60.0
LOCK_EVERY_S = 0.05
# The name of a file that is being written beside the one whose place it takes.
PART = re.compile(r"\..+\.[0-9a-f]{8}\.part")


@dataclass(frozen=True)
class Done:
    """What became of a promotion: its row, its file, the commit if there is one, and what went otherwise than it should have, in a line."""

    promotion_id: int
    path: str
    commit: str | None
    note: str = ""
    state: str = DONE


def carry_out(
    ledger: Ledger, plan: Plan, *, knowledge: Path, home: Path, now: dt.datetime, refresh: Callable[[], None] | None = None
) -> Done:
    """Carry a plan out, if its file is still as it was planned on.

    Raises:
        Refused: the plan has problems, the file was changed meanwhile, or the new card's slug was taken.
        KnowledgeError: the file can't be written.
        LedgerUnavailable: the promotion could not be written down; what was begun is finished by `finish_cut_short`.
    """
    if plan.problems:
        more = f" (and {len(plan.problems) - 1} more)" if len(plan.problems) > 1 else ""
        raise Refused(f"{plan.problems[0]}{more}: change the answer, or the card by hand")
    with alone(knowledge):
        if current(knowledge / plan.path) != plan.before:
            raise Refused(f"{plan.path} was changed meanwhile: plan the promotion again")
        if plan.kind is PromotionKind.NEW and (other := card_of(knowledge, plan.slug)):
            raise Refused(f"{other} is a card '{plan.slug}' since: choose another slug, or promote it as amend:{plan.slug}")
        with ledger.transaction() as session:
            row = PromotionRow(
                question_id=plan.asked.number if session.get(QuestionRow, plan.asked.number) else None,
                answer_id=plan.asked.answer_id,
                mentor_id=mentor_named(session, plan.mentor).id,
                kind=plan.kind.value,
                slug=plan.slug,
                path=plan.path,
                text=plan.text,
                before=plan.before,
                diff=plan.diff,
                impact=plan.impact.row() | beyond_row(plan.narrowing),
                state=BEGUN,
                at=now,
            )
            session.add(row)
            session.flush()
            promotion_id = row.id
        done = complete(ledger, promotion_id, knowledge, home)
    if done.state == FAILED:
        raise KnowledgeError(done.note)
    return served(done, refresh)


def served(done: Done, refresh: Callable[[], None] | None) -> Done:
    """Have the running index take the change up at once; where that fails, the file is watched and taken up later."""
    if refresh is not None:
        try:
            refresh()
        except AskwellError as error:
            return Done(done.promotion_id, done.path, done.commit, joined(done.note, f"not served yet: {error}"))
    return done


def finish_cut_short(ledger: Ledger, *, knowledge: Path, home: Path) -> list[Done]:
    """Finish the promotions that a kill cut short: written ones are committed, unwritten ones written, the others marked failed."""
    with ledger.transaction() as session:
        if session.scalar(select(PromotionRow.id).where(PromotionRow.state == BEGUN).limit(1)) is None:
            return []
    with alone(knowledge):
        remove_parts(knowledge)
        with ledger.transaction() as session:
            begun = list(session.scalars(select(PromotionRow.id).where(PromotionRow.state == BEGUN).order_by(PromotionRow.id)))
        return [complete(ledger, promotion_id, knowledge, home) for promotion_id in begun]


def complete(ledger: Ledger, promotion_id: int, knowledge: Path, home: Path) -> Done:
    """Do all that is left of a promotion that was begun; doing it twice does no harm."""
    with ledger.transaction() as session:
        row = session.get_one(PromotionRow, promotion_id)
        mentor = session.get_one(Mentor, row.mentor_id).name
        turns = () if row.question_id is None else turns_of(session, row.question_id)
        answer = None if row.answer_id is None else session.get_one(AnswerRow, row.answer_id).text
    why = written(knowledge, row)
    if why:
        log.warning("promotion %s was not carried out: %s", promotion_id, why)
        return noted(ledger, Done(promotion_id, row.path, None, why, FAILED))
    files = [knowledge / row.path]
    note = narrow(knowledge, row, files)
    about = f"question {row.question_id}" if row.question_id is not None else "a question"
    titles = {"new": "New card", "phrasing": "Another phrasing of", "amend": "More in", "replace": "A better short answer for"}
    message = f"{titles[row.kind]} {row.slug}, from {about}\n\nPromoted as {row.kind}:{row.slug} from {about}."
    committed: Committed = commit(knowledge, files, mentor=mentor, message=message)
    note = joined(note, committed.note)
    try:
        if turns:
            leftovers.regression_case(home, promotion_id, turns, row.slug)
        if turns and answer is not None:
            leftovers.candidate(home, promotion_id, question=turns[-1], answer=answer, slug=row.slug, card_text=row.text)
    except OSError as error:
        note = joined(note, f"the regression case can't be kept in {home}: {error.strerror or error}")
    if note:
        log.warning("promotion %s: %s", promotion_id, note)
    return noted(ledger, Done(promotion_id, row.path, committed.commit, note))


def noted(ledger: Ledger, done: Done) -> Done:
    """Write down what became of a promotion."""
    with ledger.transaction() as session:
        row = session.get_one(PromotionRow, done.promotion_id)
        row.state, row.commit, row.note = done.state, done.commit, done.note
    return done


def written(knowledge: Path, row: PromotionRow) -> str:
    """Make sure that the file has its new text; return why it can't, empty where it has."""
    path = knowledge / row.path
    content = row.text.encode()
    try:
        is_now = current(path)
        if is_now == hashed(content):
            return ""
        if is_now != row.before:
            return f"{row.path} was changed meanwhile: plan the promotion again"
        # Between a kill and the finishing, another promotion may have taken the name.
        if row.kind == PromotionKind.NEW and (other := card_of(knowledge, row.slug)):
            return f"{other} is a card '{row.slug}' since: promote it as amend:{row.slug}"
        write_atomically(path, content)
    except (OSError, KnowledgeError) as error:
        return f"{row.path} can't be written: {getattr(error, 'strerror', None) or error}"
    return ""


def card_of(knowledge: Path, slug: str) -> str:
    """Return the file that has a card's name, in whichever group; empty if there is none."""
    found = next((path for path in card_paths(knowledge) if path.stem.lower() == slug), None)
    return "" if found is None else found.relative_to(knowledge).as_posix()


def narrow(knowledge: Path, row: PromotionRow, files: list[Path]) -> str:
    """Take what a new card answers out of the topics beyond; return what went wrong, empty where nothing did."""
    beyond = row.impact.get("beyond")
    if not beyond:
        return ""
    path = knowledge / BEYOND
    try:
        before = path.read_bytes().decode("utf-8")
        after = edit_card.narrowed(before, beyond["topic"], beyond["gone"])
        if after != before:
            write_atomically(path, after.encode())
    except (OSError, ValueError) as error:
        return f"{BEYOND} still declines what the new card answers: {getattr(error, 'strerror', None) or error}"
    files.append(path)
    return ""


def beyond_row(narrowing: Narrowing | None) -> dict[str, object]:
    """Return a narrowing as it's kept beside the impact."""
    return {} if narrowing is None else {"beyond": {"topic": narrowing.topic, "gone": list(narrowing.gone)}}


def current(path: Path) -> str:
    """Return the hash of a file as it is now, empty if there is none.

    Raises:
        KnowledgeError: it can't be read.
    """
    try:
        return hashed(path.read_bytes())
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise KnowledgeError(f"{path}: can't be read: {error.strerror or error}") from error


def write_atomically(path: Path, content: bytes) -> None:
    """Put a file in its place in one step: a reader, or a kill, sees the old one or the new one.

    Raises:
        OSError: it can't be written; the old one is still there.
    """
    real = path.resolve()
    # No name that ends in .md: nobody is to take it for a card.
    part = real.with_name(f".{real.stem}.{uuid4().hex[:8]}.part")
    try:
        with part.open("wb") as file:
            if real.exists():
                os.fchmod(file.fileno(), real.stat().st_mode & 0o7777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(real)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(real.parent)


def remove_parts(knowledge: Path) -> None:
    """Remove the half-written files that killed writers left beside the cards."""
    for part in [*knowledge.glob(".*.part"), *knowledge.glob("*/.*.part")]:
        if PART.fullmatch(part.name):
            part.unlink(missing_ok=True)


@contextmanager
def alone(knowledge: Path) -> Iterator[None]:
    """Let one promotion at a time change a knowledge folder, whichever process or thread it's in.

    Raises:
        Refused: another one takes too long.
        KnowledgeError: the folder is not there.
    """
    try:
        folder = os.open(knowledge, os.O_RDONLY)
    except OSError as error:
        raise KnowledgeError(f"no knowledge folder at {knowledge}: {error.strerror}") from error
    until = time.monotonic() + LOCK_WAIT_S
    try:
        while True:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise Refused("another promotion is being carried out and takes long: try again in a minute") from None
                time.sleep(LOCK_EVERY_S)
        yield
    finally:
        os.close(folder)


def joined(*notes: str) -> str:
    """Join notes into one line."""
    return "; ".join(note for note in notes if note)
