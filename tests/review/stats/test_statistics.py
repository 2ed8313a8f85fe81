"""The statistics count what the ledger has, without undone decisions."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.feedback import note_feedback
from bot.ledger.questions import learner_of
from bot.ledger.tables import PromotionRow
from bot.review.stats.counts import BeliefCount, ConceptCount
from bot.review.stats.statistics import stats, text
from bot.values import Status
from tests.review.lined_up import NOW, at_angle, decide, line_up, mentors_answer

HOUR = dt.timedelta(hours=1)
HANDED_OVER = Status.HANDED_OVER


def promote(session: Session, slug: str, at: dt.datetime, state: str = "done") -> None:
    mentor = decide(session, line_up(session), "confirm").mentor_id
    row = PromotionRow(mentor_id=mentor, kind="new", slug=slug, path="x.md", text="", before="", diff="", impact={}, state=state, at=at)
    session.add(row)
    session.flush()


def test_an_empty_ledger_teaches_nothing_and_says_so(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        found = stats(session, now=NOW)
    assert found.questions == 0
    assert (found.concepts, found.beliefs, found.gaps, found.reuse, found.median_hours) == ((), (), (), (), None)
    shown = text(found)
    assert shown.startswith("Questions: 0\n\nA mentor's word: none yet\n\nFeedback: 0 up, 0 down (0 with a reason), 0 asked for a person")
    assert "Misconceptions heard: none" in shown


def test_concepts_are_counted_by_the_best_card(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        wrong = line_up(session, card="labels")
        decide(session, wrong, "correct", result_id=mentors_answer(session, wrong))
        line_up(session, card="labels", status=HANDED_OVER)
        line_up(session, card="targets", status=Status.NEAR)
        line_up(session, card=None, status=HANDED_OVER)
        line_up(session, card="targets", status=Status.ASKED_BACK)
        assert stats(session, now=NOW).concepts == (ConceptCount("labels", 2, 1, 1), ConceptCount("targets", 1, 1, 0))


def test_a_misconception_counts_where_it_was_heard(ledger: Ledger) -> None:
    def near(belief: str | None, cosine: float | None, slug: str = "labels") -> dict[str, object]:
        return {"slug": slug, "misconception": belief, "misconception_cosine": cosine}

    with ledger.transaction() as session:
        line_up(session, evidence=(near("labels are words", 0.6), near("loss is a label", 0.8, "loss")))
        line_up(session, evidence=(near("loss is a label", 0.7, "loss"),))
        line_up(session, evidence=(near("labels are words", 0.2), near(None, None, "loss")))
        line_up(session)
        assert stats(session, now=NOW).beliefs == (BeliefCount("loss", "loss is a label", 2),)


def test_unanswered_questions_are_gathered_and_the_largest_cluster_comes_first(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        alone = line_up(session, "alone", status=HANDED_OVER)
        # The middle one is like both others, which are not like each other.
        ends = [line_up(session, f"end {cosine}", status=HANDED_OVER, vector=at_angle(cosine), card=None) for cosine in (1.0, 0.31)]
        middle = line_up(session, "middle", status=HANDED_OVER, vector=at_angle(0.8), card=None)
        settled = line_up(session, status=HANDED_OVER, vector=at_angle(0.8), card=None)
        decide(session, settled, "answer")
        found = stats(session, now=NOW).gaps
        assert [(gap.question_ids, gap.sample) for gap in found] == [((*ends, middle), "middle"), ((alone,), "alone")]


def test_the_time_to_a_mentors_word_is_to_the_first_one_that_stands(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for hours in range(1, 11):
            question = line_up(session, at=NOW - 20 * HOUR)
            decide(session, question, "second_opinion", at=NOW - 20 * HOUR)
            decide(session, question, "confirm", at=NOW - 19 * HOUR - HOUR / 2, undone_at=NOW)
            decide(session, question, "confirm", at=NOW - 20 * HOUR + hours * HOUR)
            decide(session, question, "correct", at=NOW)
        line_up(session, at=NOW - 20 * HOUR)
        found = stats(session, now=NOW)
        assert found.decided == 10
        assert found.median_hours == pytest.approx(5.5)
        assert found.p90_hours == pytest.approx(9.1)


def test_a_promoted_card_is_reused_by_answers_that_cite_it_afterwards(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        promote(session, "who-labels", NOW - 5 * HOUR)
        promote(session, "who-labels", NOW - 2 * HOUR)
        promote(session, "never-cited", NOW - 5 * HOUR)
        promote(session, "cut-short", NOW - 5 * HOUR, state="begun")
        for hours in (6, 4, 1):
            line_up(session, cited=("who-labels", "labels", "cut-short"), at=NOW - hours * HOUR)
        found = stats(session, now=NOW)
        assert [(each.slug, each.since, each.citing) for each in found.reuse] == [
            ("who-labels", NOW - 5 * HOUR, 2),
            ("never-cited", NOW - 5 * HOUR, 0),
        ]


def test_confidence_is_held_against_what_mentors_said_of_the_answer(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for confidence, decision in ((0.95, "confirm"), (0.92, "confirm"), (0.91, "correct"), (0.55, "withdraw"), (1.0, "confirm")):
            question = line_up(session, confidence=confidence)
            judged = mentors_answer(session, question) - 1
            decide(session, question, decision, answer_id=judged, result_id=judged + 1 if decision == "correct" else None)
        changed_mind = line_up(session, confidence=0.65)
        judged = mentors_answer(session, changed_mind) - 1
        decide(session, changed_mind, "confirm", answer_id=judged)
        decide(session, changed_mind, "withdraw", answer_id=judged)
        decide(session, changed_mind, "confirm", answer_id=judged, undone_at=NOW)
        found = {each.low: each for each in stats(session, now=NOW).bins}
        assert (found[0.9].confirmed, found[0.9].put_right) == (3, 1)
        assert found[0.9].said == pytest.approx((0.95 + 0.92 + 0.91 + 1.0) / 4)
        assert (found[0.5].confirmed, found[0.5].put_right) == (0, 1)
        assert (found[0.6].confirmed, found[0.6].put_right) == (0, 1)
        assert (found[0.7].confirmed, found[0.7].put_right) == (0, 0)


def test_feedback_is_counted_by_its_kind(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for name, kind, reason in (("ann", "down", "no"), ("bob", "down", ""), ("cleo", "up", ""), ("ann", "person", "")):
            note_feedback(session, line_up(session), learner_id=learner_of(session, "p", name).id, kind=kind, reason=reason, now=NOW)
        found = stats(session, now=NOW)
        assert found.feedback == {"up": 1, "down": 2, "person": 1}
        assert found.down_with_reason == 1


def test_the_numbers_are_shown_in_columns_and_long_tables_are_cut(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for number in range(20):
            for _ in range(12 if number == 7 else 1):
                line_up(session, "a long\nquestion " * 20, card=f"card-{number}", status=HANDED_OVER)
        question = line_up(session, confidence=0.85, at=NOW - 3 * HOUR)
        decide(session, question, "confirm", answer_id=mentors_answer(session, question) - 1)
        shown = text(stats(session, now=NOW)).splitlines()
    assert shown[0] == "Questions: 32 (1 answered, 31 handed over)"
    assert "A mentor's word: on 1 questions, half of them within 3.0 hours, nine of ten within 3.0 hours" in shown
    assert "  card     questions  handed over  put right" in shown
    assert "  card-7          12           12          0" in shown
    assert shown.count("  and 6 more") == 1
    assert "  0.8 to 0.9  0.85  1.00        1" in shown
    assert max(map(len, shown)) < 120
