"""A question's dossier has all that the ledger knows of it."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.feedback import note_feedback
from bot.ledger.questions import learner_of
from bot.ledger.tables import DeliveryRow, PromotionRow
from bot.review.dossier import dossier
from bot.review.queue.claims import CLAIM_LASTS, claim
from knowledge.errors import UsageError
from tests.review.lined_up import NOW, at_angle, decide, line_up, mentors_answer

HOUR = dt.timedelta(hours=1)


def say(session: Session, question_id: int, kind: str, reason: str = "", *, at: dt.datetime = NOW) -> None:
    note_feedback(session, question_id, learner_id=learner_of(session, "p", "ann").id, kind=kind, reason=reason, now=at)


def test_a_dossier_holds_all_of_a_question(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        line_up(session, "what is a label?", at=NOW - 2 * HOUR)
        evidence = ({"slug": "labels", "misconception": "labels are always words", "misconception_cosine": 0.7},)
        question = line_up(session, "and who makes it?", vector=at_angle(1.0), evidence=evidence, at=NOW - HOUR)
        is_open = line_up(session, "who makes labels?", vector=at_angle(0.9), author="bob", place="there")
        is_settled = line_up(session, "who labels?", vector=at_angle(0.95), author="bob", place="there")
        decide(session, is_settled, "decline")
        say(session, question, "down", "too short", at=NOW - HOUR)
        bob = learner_of(session, "p", "bob").id
        note_feedback(session, question, learner_id=bob, kind="up", now=NOW)
        claim(session, question, "Ann", now=NOW)
        undone = decide(session, question, "confirm", "Bob", undone_at=NOW, reason="fine")
        result = mentors_answer(session, question)
        review = decide(session, question, "correct", "Ann", result_id=result)
        delivery = DeliveryRow(key="k", platform="p", place="here", kind="edit", question_id=question, due_at=NOW, created_at=NOW)
        delivery.review_id = review.id
        promotion = PromotionRow(question_id=question, mentor_id=review.mentor_id, kind="new", slug="who-labels", path="x.md", text="")
        promotion.before, promotion.diff, promotion.impact, promotion.state, promotion.at = "", "", {}, "done", NOW
        session.add_all([delivery, promotion])
        session.flush()
        found = dossier(session, question)
        assert (found.text, found.place, found.conversation) == ("and who makes it?", "here", (("what is a label?", "So."),))
        assert [(answer.composer, answer.in_force) for answer in found.answers] == [("curated", False), ("mentor", True)]
        assert found.answers[0].evidence == evidence
        assert [passing.state for passing in found.answers[0].passings] == ["draft"]
        assert [(each.kind, each.reason, each.by_asker) for each in found.feedback] == [("down", "too short", True), ("up", "", False)]
        assert [(each.review_id, each.mentor, each.undone_at) for each in found.reviews] == [
            (undone.id, "Bob", NOW),
            (review.id, "Ann", None),
        ]
        assert [(each.kind, each.state, each.review_id) for each in found.deliveries] == [("edit", "owed", review.id)]
        assert [(each.slug, each.mentor) for each in found.promotions] == [("who-labels", "Ann")]
        assert [(each.question_id, each.decision) for each in found.like] == [(is_open, None), (is_settled, "decline")]
        assert (found.claimed_by, found.claimed_until) == ("Ann", NOW + CLAIM_LASTS)
        assert found.disagreements == ()


def test_there_is_no_dossier_of_no_question(ledger: Ledger) -> None:
    for question_id in (0, 999, 2**40):
        with ledger.transaction() as session, pytest.raises(UsageError, match=f"there is no question {question_id}"):
            dossier(session, question_id)
