"""Checks of a world after its last process has recovered; each returns a line for every violation."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.tables import RECEIVED, AnswerRow, DeliveryRow, PromotionRow, QuestionRow, ReviewRow
from bot.review.promotion.apply import DONE
from bot.review.question_state import is_in_force, newest_answer
from bot.values import Composer, State, Status
from index.evaluate.labelled_questions import read_labelled
from index.store.build import is_current
from index.store.generations import load
from knowledge.checking.rules import check
from knowledge.errors import AskwellError
from knowledge.reading.base import read_knowledge
from knowledge.reading.examples import read_example
from tests.faults.file_platform import messages
from tests.faults.world import World, git, rows
from tests.index.fakes import MODEL

TODAY = dt.date(2026, 2, 3)
Found = Iterator[str]


def questions_are_kept(world: World, session: Session) -> Found:
    """Every question that was acknowledged is in the ledger, once."""
    kept = Counter(session.scalars(select(QuestionRow.message_id)))
    for name in {row["question"] for row in rows(world.acknowledged) if "question" in row}:
        if kept[name] != 1:
            yield f"question {name} was acknowledged and is in the ledger {kept[name]} times"


def questions_are_answered_once(world: World, session: Session) -> Found:
    """Every question has one answer of ours, however many a mentor gave."""
    for number in session.scalars(select(QuestionRow.id).where(QuestionRow.status == RECEIVED)):
        yield f"question {number} was never answered"
    ours = select(QuestionRow.id, func.count(AnswerRow.id)).outerjoin(
        AnswerRow, (AnswerRow.question_id == QuestionRow.id) & (AnswerRow.composer == Composer.CURATED.value)
    )
    for number, count in session.execute(ours.group_by(QuestionRow.id)):
        by_mentor = session.scalar(select(ReviewRow.id).where(ReviewRow.question_id == number).limit(1))
        if count != 1 and not (count == 0 and by_mentor):
            yield f"question {number} has {count} answers of ours"


def decisions_are_kept(world: World, session: Session) -> Found:
    """Every acknowledged decision is in the ledger."""
    for row in rows(world.acknowledged):
        if "review" in row:
            review = session.get(ReviewRow, row["review"])
            if review is None or review.decision != row["decision"]:
                yield f"review {row['review']} ({row['decision']}) is not in the ledger"
        if "undone" in row and session.get_one(ReviewRow, row["undone"]).undone_at is None:
            yield f"review {row['undone']} is not undone"


def nothing_is_owed(world: World, session: Session) -> Found:
    """Every delivery was sent or is not wanted any more."""
    for row in session.scalars(select(DeliveryRow).where(DeliveryRow.state.in_(("owed", "sending", "failed")))):
        yield f"delivery {row.id} ({row.kind} of question {row.question_id}) is {row.state}: {row.error}"


def no_message_comes_twice(world: World, session: Session) -> Found:
    """Nobody reads the same twice."""
    asked_as = {str(row.id): row.message_id for row in session.scalars(select(QuestionRow))}
    posts = [row for row in rows(world.platform) if row["event"] == "new" and row["kind"] == "post"]
    shown = Counter((asked_as.get(row["about"], row["about"]), row["text"]) for row in posts)
    for (question, text), count in shown.items():
        if count > 1:
            yield f"{count} messages answer {question} with {text[:60]!r}"
    for key, count in Counter(row["key"] for row in rows(world.platform) if row["event"] == "new").items():
        if count > 1:
            yield f"{count} messages have the key {key}"


def messages_show_the_ledger(world: World, session: Session) -> Found:
    """The message that carries an answer shows it as in the ledger, and no other message shows another version."""
    shown = messages(world.platform)
    carried: Counter[str] = Counter()
    for question in session.scalars(select(QuestionRow)):
        answer = newest_answer(session, question.id)
        if answer is None or (answer.state == State.WITHDRAWN and answer.sent_as is None):
            continue
        if answer.sent_as is None:
            if is_in_force(answer):
                yield f"question {question.id}: no message carries its answer"
            continue
        carried[answer.sent_as] += 1
        message = shown.get(answer.sent_as)
        if message is None:
            yield f"question {question.id}: its message {answer.sent_as} was never posted"
        elif (message.text, message.state) != (answer.text, answer.state):
            yield f"question {question.id} ({answer.state}): its message shows {message.state} {message.text[:50]!r}"
    for name, count in carried.items():
        if count > 1:
            yield f"message {name} carries the answers of {count} questions"


def no_message_is_left_behind(world: World, session: Session) -> Found:
    """Each answer that people see is one that the ledger knows to be there.

    Save for the words that a mentor was asked: where they were posted and not noted, a mentor's answer that came first is posted below.
    """
    known = set(session.scalars(select(AnswerRow.sent_as).where(AnswerRow.sent_as.is_not(None))))
    told = set(session.scalars(select(DeliveryRow.sent_as).where(DeliveryRow.sent_as.is_not(None))))
    of_handovers = select(QuestionRow.message_id, AnswerRow.text).join(AnswerRow, AnswerRow.question_id == QuestionRow.id)
    handovers = {tuple(row) for row in session.execute(of_handovers.where(AnswerRow.status == Status.HANDED_OVER.value))}
    for name, message in messages(world.platform).items():
        if name not in known | told and (message.message_id, message.text) not in handovers:
            yield f"message {name} ({message.kind} about {message.message_id}) is on the platform and not in the ledger"


def cards_are_whole(world: World, session: Session) -> Found:
    """Every file of the knowledge folder is one that the check has nothing against, and every promotion is in it."""
    yield from (str(problem) for problem in check(world.knowledge, today=TODAY)[1])
    yield from (f"left lying about: {path}" for path in world.knowledge.rglob("*.part"))
    cards = read_knowledge(world.knowledge)[0].cards
    for row in session.scalars(select(PromotionRow)):
        if row.state != DONE:
            yield f"promotion {row.id} ({row.kind}:{row.slug}) is {row.state}: {row.note}"
        elif row.slug not in cards:
            yield f"promotion {row.id} made no card {row.slug}"
    for each in rows(world.acknowledged):
        if "promotion" in each and session.get(PromotionRow, each["promotion"]) is None:
            yield f"promotion {each['promotion']} is not in the ledger"


def git_agrees(world: World, session: Session) -> Found:
    """Each promotion is one commit of its own files, nothing is left uncommitted or locked."""
    if changed := git(world, "status", "--porcelain"):
        yield f"not committed: {changed}"
    broken = subprocess.run(["git", "-C", world.course, "fsck", "--no-progress"], capture_output=True, text=True, check=False)
    if broken.returncode:
        yield f"git fsck: {broken.stderr.strip()} {broken.stdout.strip()}"
    yield from (f"left locked: {path}" for path in (world.course / ".git").rglob("*.lock"))
    for row in session.scalars(select(PromotionRow).where(PromotionRow.state == DONE)):
        if row.commit is None:
            yield f"promotion {row.id} has no commit: {row.note}"
            continue
        files = set(git(world, "show", "--name-only", "--format=", row.commit).splitlines())
        if not {f"knowledge/{row.path}"} <= files <= {f"knowledge/{row.path}", "knowledge/beyond.yaml"}:
            yield f"promotion {row.id} is in commit {row.commit} of {sorted(files)}"


def the_index_is_readable_and_current(world: World, session: Session) -> Found:
    """The index has its checksums and is made of the cards as they are."""
    directory = world.settings.index_dir
    generation = load(directory)
    if not is_current(directory, world.knowledge, MODEL):
        yield "the index is not current"
    if set(generation.base.cards) != set(read_knowledge(world.knowledge)[0].cards):
        yield "the index has other cards than the folder"


def what_promotions_leave_is_whole(world: World, session: Session) -> Found:
    """Each promotion left one regression case and one candidate."""
    done = set(session.scalars(select(PromotionRow.id).where(PromotionRow.state == DONE)))
    path = world.home / "regression.jsonl"
    cases = [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    if sorted(cases) != sorted(f"promotion-{number}" for number in done):
        yield f"regression cases {sorted(cases)} of promotions {sorted(done)}"
    if path.exists():
        read_labelled(path)
    for file in (world.home / "candidates").glob("*.md"):
        yield from (str(problem) for problem in read_example(file, world.home)[1])


def the_spool_is_empty(world: World, session: Session) -> Found:
    """All that was spooled is in the ledger; only what nobody was told of may be half a line, set aside."""
    yield from (f"still spooled: {path.name}" for path in (world.home / "spool").glob("*.jsonl"))
    for path in (world.home / "spool").glob("aside-*"):
        for line in path.read_bytes().splitlines():
            if line.endswith(b"}"):
                yield f"set aside: {line[:200]!r}"


def the_log_is_in_lines(world: World, session: Session) -> Found:
    """Nothing ended in a traceback."""
    if world.log.exists() and "Traceback" in (said := world.log.read_text(encoding="utf-8")):
        yield f"a traceback in the log: {said[said.index('Traceback') :][-2000:]}"


CHECKS: tuple[Callable[[World, Session], Found], ...] = (
    questions_are_kept,
    questions_are_answered_once,
    decisions_are_kept,
    nothing_is_owed,
    no_message_comes_twice,
    messages_show_the_ledger,
    no_message_is_left_behind,
    cards_are_whole,
    git_agrees,
    the_index_is_readable_and_current,
    what_promotions_leave_is_whole,
    the_spool_is_empty,
    the_log_is_in_lines,
)


def violations(world: World) -> list[str]:
    """Return all that does not hold, each with the check that found it."""
    ledger = Ledger(world.url)
    found: list[str] = []
    try:
        for each in CHECKS:
            try:
                with ledger.transaction() as session:
                    found += [f"{each.__name__}: {line}" for line in each(world, session)]
            except AskwellError as error:
                found.append(f"{each.__name__}: {error}")
    finally:
        ledger.close()
    return found


def halfway(world: World) -> list[str]:
    """Return what does not hold right after a kill, before anybody has recovered: what must be so at any moment."""
    found = [f"a card is half-written: {problem}" for problem in check(world.knowledge, today=TODAY)[1]]
    if (world.settings.index_dir / "CURRENT").exists():
        try:
            load(world.settings.index_dir)
        except AskwellError as error:
            found.append(f"the index is not readable: {error}")
    return found
