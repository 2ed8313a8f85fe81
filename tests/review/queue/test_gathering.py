"""What is kept for the queue never shows it otherwise than the ledger is, whoever writes there and however little was gathered since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.feedback import note_feedback
from bot.ledger.questions import enter_worded, learner_of
from bot.ledger.retention_and_forgetting import forget, purge
from bot.ledger.tables import AnswerRow, Citation, Feedback, QuestionRow, QueueChange, QueueFact, ReviewRow
from bot.review.queue import gathering
from bot.review.queue.candidates import candidates
from bot.review.queue.clusters import similar_questions
from bot.review.queue.gathering import gather, gathered, keep_up
from bot.review.queue.triage import Waiting, queue
from bot.values import Answer, Status
from tests.review.lined_up import NOW, at_angle, decide, line_up, mentors_answer, unsampled

HOUR = dt.timedelta(hours=1)
LATER = NOW + HOUR
FEW = 20

Act = Callable[[Session, int], object]


def say(session: Session, question_id: int, kind: str, reason: str = "") -> None:
    note_feedback(session, question_id, learner_id=learner_of(session, "p", "ann").id, kind=kind, reason=reason, now=LATER)


def say_both(session: Session, number: int) -> None:
    """Raise a thumb in place of another."""
    for kind in ("down", "up"):
        say(session, number, kind)


def open_a_point(session: Session, number: int) -> None:
    """Leave a failed draft's checks with the answer, as a model's wording does."""
    said = session.get_one(QuestionRow, number).text
    checks = ({"open": "When?"},)
    draft = Answer(question=said, status=Status.ANSWERED, answer="So.", confidence=0.9, checks=checks)
    assert not enter_worded(session, number, draft, passed=False, index_name="index", now=NOW)


ACTS: dict[str, Act] = {
    "a thumb down": lambda session, number: say(session, number, "down"),
    "a thumb down with a reason": lambda session, number: say(session, number, "down", "not what I asked"),
    "a person asked for": lambda session, number: say(session, number, "person"),
    "a thumb taken back": say_both,
    "a confirmation": lambda session, number: decide(session, number, "confirm"),
    "a mentor's answer": lambda session, number: decide(session, number, "answer", result_id=mentors_answer(session, number)),
    "a withdrawal": lambda session, number: decide(session, number, "withdraw", "Bob"),
    "a second opinion": lambda session, number: decide(session, number, "second_opinion", reason="which?"),
    "a disagreement": lambda session, number: (decide(session, number, "confirm"), decide(session, number, "decline", "Bob")),
    "an open point": open_a_point,
    "an answer in SQL": lambda session, number: session.execute(
        text("UPDATE answer SET confidence = 0.11 WHERE question_id = :number"), {"number": number}
    ),
    "a question taken away": lambda session, number: session.execute(delete(QuestionRow).where(QuestionRow.id == number)),
}


def all_gathered(ledger: Ledger) -> None:
    """Gather all facts, and leave no change."""
    while True:
        with ledger.transaction() as session:
            if not gather(session):
                break
    with ledger.transaction() as session:
        assert session.scalar(select(func.count()).select_from(QueueChange)) == 0


def shown(session: Session) -> list[Waiting]:
    return queue(session, now=LATER + HOUR, folded=False)


def kept(session: Session) -> list[tuple[object, ...]]:
    rows = session.execute(select(*(column for column in QueueFact.__table__.columns)).order_by(QueueFact.question_id))
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("status", [Status.ANSWERED, Status.HANDED_OVER, Status.ASKED_BACK, None])
def test_the_queue_is_the_same_whether_its_facts_were_kept_before_after_or_never(ledger: Ledger, status: Status | None) -> None:
    with ledger.transaction() as session:
        enter = unsampled if status is Status.ANSWERED else line_up
        numbers = {act: enter(session, f"on {act}", status=status) for act in ACTS if status is not None or act != "an open point"}
        never_kept = shown(session)
    all_gathered(ledger)
    for act, number in numbers.items():
        with ledger.transaction() as session:
            assert shown(session) == never_kept, act
            ACTS[act](session, number)
            session.flush()
            never_kept = as_changed = shown(session)
        all_gathered(ledger)
        with ledger.transaction() as session:
            assert shown(session) == as_changed, act
            afresh = [tuple(row) for row in session.execute(gathered())]
            assert kept(session) == sorted(afresh), act


def test_a_decision_that_is_undone_puts_its_question_back_at_once(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        number = line_up(session, status=Status.HANDED_OVER)
        review_id = decide(session, number, "decline").id
    all_gathered(ledger)
    with ledger.transaction() as session:
        assert shown(session) == []
        session.get_one(ReviewRow, review_id).undone_at = LATER
    with ledger.transaction(only_reads=True) as session:
        assert [each.question_id for each in shown(session)] == [number]


def test_the_words_of_who_is_forgotten_are_in_nothing_that_is_kept(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        number = line_up(session, "why?", status=Status.HANDED_OVER, author="bob", cited=("labels",))
        say(session, number, "down", "my secret reason")
        other = unsampled(session, author="cleo")
        say(session, other, "down", "my secret reason")
    all_gathered(ledger)
    with ledger.transaction() as session:
        assert not any("secret" in str(value) for row in kept(session) for value in row)
        assert forget(session, "bob").questions == 1
        assert forget(session, "ann").feedback == 1
        assert shown(session) == []
    all_gathered(ledger)
    with ledger.transaction() as session:
        assert {row[0] for row in kept(session)} == {other}
        assert session.scalar(select(func.count()).select_from(Citation)) == 0


def test_what_is_purged_leaves_no_fact_and_no_change_behind(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for _ in range(5):
            line_up(session, at=NOW - dt.timedelta(days=900), cited=("labels",))
    all_gathered(ledger)
    with ledger.transaction() as session:
        assert purge(session, older_than_days=400, now=NOW) == 5
        for table in (QueueFact, QueueChange, Citation, Feedback):
            assert session.scalar(select(func.count()).select_from(table)) == 0, table


def test_few_changes_are_read_as_they_are_and_many_are_gathered(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        line_up(session, status=Status.HANDED_OVER)
    keep_up(ledger, few=FEW)
    with ledger.transaction() as session:
        assert session.scalar(select(func.count()).select_from(QueueFact)) == 0
        for _ in range(FEW):
            line_up(session, status=Status.HANDED_OVER)
        before = shown(session)
    keep_up(ledger, few=FEW)
    with ledger.transaction() as session:
        assert session.scalar(select(func.count()).select_from(QueueChange)) == 0
        assert session.scalar(select(func.count()).select_from(QueueFact)) == FEW + 1
        assert shown(session) == before


def test_gathering_in_portions_loses_nothing(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        numbers = [line_up(session, status=Status.HANDED_OVER) for _ in range(7)]
    with ledger.transaction() as session:
        while gather(session, at_once=2):
            pass
        assert [each.question_id for each in candidates(session, now=NOW)] == numbers


def test_only_one_process_gathers_at_a_time(url: str, ledger: Ledger) -> None:
    if url.startswith("sqlite"):
        pytest.skip("SQLite lets only one transaction write")
    with ledger.transaction() as session:
        number = line_up(session, status=Status.HANDED_OVER)
    with ledger.transaction() as first:
        assert gather(first)
        with ledger.transaction() as second:
            assert gather(second) == 0
            # What the first one has not committed yet is read as it is.
            assert [each.question_id for each in candidates(second, now=NOW)] == [number]


def test_a_question_that_another_transaction_holds_is_gathered_later(url: str, ledger: Ledger) -> None:
    if url.startswith("sqlite"):
        pytest.skip("SQLite lets only one transaction write")
    with ledger.transaction() as session:
        held, free = line_up(session, status=Status.HANDED_OVER), line_up(session, status=Status.HANDED_OVER)
    with ledger.transaction() as holding:
        holding.execute(delete(QuestionRow).where(QuestionRow.id == held))
        with ledger.transaction() as session:
            while gather(session):
                pass
            assert [row[0] for row in kept(session)] == [free]
    all_gathered(ledger)


def test_a_question_in_other_words_is_like_others_by_its_new_vector(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        own = unsampled(session, vector=at_angle(1.0))
        other = unsampled(session, vector=at_angle(0.95))
        gone = unsampled(session, vector=at_angle(0.9))
        assert similar_questions(session, own)[0] == [other, gone]
        row = session.get_one(QuestionRow, other)
        row.vector = None
        session.flush()
        assert similar_questions(session, own)[0] == [gone]
        row.vector = at_angle(-1.0)
        session.flush()
        assert similar_questions(session, own)[0] == [gone]
        session.get_one(QuestionRow, other).vector = at_angle(0.99)
        session.execute(delete(QuestionRow).where(QuestionRow.id == gone))
        session.flush()
        assert similar_questions(session, own)[0] == [other]


def test_the_database_enters_which_cards_an_answer_cites(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        number = line_up(session, cited=("labels", "loss"))
        line_up(session)
        answer = session.scalars(select(AnswerRow.id).where(AnswerRow.question_id == number)).one()
        rows = session.execute(select(Citation.slug, Citation.question_id, Citation.answer_id).order_by(Citation.slug)).all()
        assert [tuple(row) for row in rows] == [("labels", number, answer), ("loss", number, answer)]


def test_the_flags_are_bits_that_a_ledger_keeps_for_long() -> None:
    assert [(flag.name, flag.value) for flag in gathering.Flags] == [
        ("DANGER", 1),
        ("WITHDRAWN", 2),
        ("PERSON", 4),
        ("ASKS", 8),
        ("OPPOSED", 16),
        ("DOWN", 32),
        ("HANDED_OVER", 64),
        ("UNREVIEWED", 128),
        ("PARTLY", 256),
        ("SAMPLED", 512),
        ("UNSETTLED", 1024),
        ("NEVER_ANSWERED", 2048),
    ]
