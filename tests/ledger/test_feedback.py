"""A learner's feedback is kept once of each kind; up and down replace each other; who wants a person is known."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.feedback import REASON_MAX_CHARS, note_feedback
from bot.ledger.questions import enter_answer, enter_question, learner_of
from bot.ledger.tables import Feedback, QuestionRow
from bot.values import Answer, Status
from knowledge.errors import UsageError
from tests.collected import at_once, failing

NOW = dt.datetime(2026, 2, 3, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)


def asked(session: Session) -> tuple[int, int]:
    """Enter a question of Ann's and return its number and hers."""
    row = enter_question(session, platform="p", message_id="1", place="here", author="ann", text="why?", now=NOW)
    assert row is not None
    assert row.learner_id is not None
    return row.id, row.learner_id


def said(session: Session) -> list[tuple[str, str]]:
    return [(row.kind, row.reason) for row in session.scalars(select(Feedback).order_by(Feedback.kind))]


def test_saying_it_again_keeps_one_and_its_reason_unless_there_is_a_new_one(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question, ann = asked(session)
        note_feedback(session, question, learner_id=ann, kind="down", now=NOW)
        note_feedback(session, question, learner_id=ann, kind="down", reason=" it's the loss \n", now=NOW)
        row = note_feedback(session, question, learner_id=ann, kind="down", now=LATER)
        assert said(session) == [("down", "it's the loss")]
        assert row.at == LATER


def test_up_and_down_replace_each_other_and_leave_the_wish_for_a_person(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question, ann = asked(session)
        bob = learner_of(session, "p", "bob").id
        note_feedback(session, question, learner_id=ann, kind="person", now=NOW)
        note_feedback(session, question, learner_id=bob, kind="down", now=NOW)
        note_feedback(session, question, learner_id=ann, kind="down", reason="no", now=NOW)
        note_feedback(session, question, learner_id=ann, kind="up", now=NOW)
        assert said(session) == [("down", ""), ("person", ""), ("up", "")]


def test_only_who_asks_for_a_person_marks_the_question(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question, ann = asked(session)
        note_feedback(session, question, learner_id=ann, kind="down", now=NOW)
        assert not session.get_one(QuestionRow, question).wants_person
        note_feedback(session, question, learner_id=ann, kind="person", now=NOW)
    with ledger.transaction() as session:
        assert session.get_one(QuestionRow, question).wants_person


def test_feedback_is_on_the_newest_answer_if_there_is_one(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question, ann = asked(session)
        assert note_feedback(session, question, learner_id=ann, kind="up", now=NOW).answer_id is None
        answer = Answer(question="why?", status=Status.ANSWERED, answer="So.", confidence=0.5)
        first = enter_answer(session, question, answer, index_name="x", now=NOW)
        second = enter_answer(session, question, answer, index_name="x", now=NOW)
        assert note_feedback(session, question, learner_id=ann, kind="up", now=NOW).answer_id == second.id != first.id


def test_someone_without_a_name_is_one_person(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question, _ = asked(session)
        for kind in ("up", "down", "down"):
            note_feedback(session, question, learner_id=None, kind=kind, now=NOW)
        assert said(session) == [("down", "")]


def test_a_reason_is_masked_and_cut_before_it_is_kept(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question, ann = asked(session)
        row = note_feedback(session, question, learner_id=ann, kind="down", reason="write to ann@example.org " + "x" * 9_000, now=NOW)
        assert "ann@example.org" not in row.reason
        assert row.reason.startswith("write to [e-mail address] xxx")
        assert len(row.reason) == REASON_MAX_CHARS


def test_feedback_on_no_question_is_refused_in_one_line(ledger: Ledger) -> None:
    def refused(question_id: int) -> None:
        with ledger.transaction() as session, pytest.raises(UsageError, match=f"^there is no question {question_id}$"):
            note_feedback(session, question_id, learner_id=None, kind="up", now=NOW)

    assert failing(refused, [(0,), (-1,), (999,), (2**31,), (2**70,)]) == {}


def test_feedback_of_another_kind_or_of_nobody_known_is_refused(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question, _ = asked(session)
        with pytest.raises(UsageError, match="up, down, person, not 'meh'"):
            note_feedback(session, question, learner_id=None, kind="meh", now=NOW)
        with pytest.raises(UsageError, match="no learner 77"):
            note_feedback(session, question, learner_id=77, kind="up", now=NOW)


def test_many_clicks_at_once_leave_one_thumb(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question, ann = asked(session)

    def click(number: int) -> None:
        for _ in range(5):
            with ledger.transaction() as session:
                note_feedback(session, question, learner_id=ann, kind=("up", "down")[number % 2], now=NOW)

    at_once(6, click)
    with ledger.transaction() as session:
        assert len(said(session)) == 1
