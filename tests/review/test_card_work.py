"""The questions that a card answered, who decided what, and what a mentor saw, on both databases."""

from __future__ import annotations

from bot.ledger.database import Ledger
from bot.ledger.feedback import note_feedback
from bot.ledger.questions import learner_of
from bot.ledger.tables import LARGEST
from bot.review.card_work.card_past import questions_answered_from
from bot.review.decision_log import decisions_before, newest_promotions
from bot.review.decisions.decide import confirm, correct
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.decisions.seen import mark_now, seen_mark
from bot.review.decisions.undo import undo
from bot.review.dossier import dossier
from tests.review.asked import ADA, BOB, NOW, asked


def test_a_cards_questions_are_those_whose_answer_in_force_cites_it_with_their_feedback(ledger: Ledger) -> None:
    first, second = asked(ledger, text="one"), asked(ledger, text="two")
    with ledger.transaction() as session:
        for name, kind in (("ann", "up"), ("bob", "up"), ("cid", "down")):
            note_feedback(session, first, learner_id=learner_of(session, "discord", name).id, kind=kind, reason="", now=NOW)
        correct(session, second, **ADA, replacement=mentor_answer("Other."))
        (found,) = questions_answered_from(session, "labels")
        assert (found.question_id, found.up, found.down) == (first, 2, 1)
        assert questions_answered_from(session, "label") == questions_answered_from(session, "%") == []


def test_the_log_lists_decisions_newest_first_and_goes_on_before_any_number(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        first, second = confirm(session, number, **ADA).id, confirm(session, number, **BOB).id
        assert [each.review_id for each in decisions_before(session)] == [second, first]
        assert [each.review_id for each in decisions_before(session, second)] == [first]
        assert [each.mentor for each in decisions_before(session, mentor="Bob")] == ["Bob"]
        assert len(decisions_before(session, LARGEST * 4)) == 2
        assert newest_promotions(session) == []


def test_the_mark_of_what_was_seen_changes_with_each_decision_and_comes_back_with_its_undoing(ledger: Ledger) -> None:
    number = asked(ledger)

    def marks() -> str:
        with ledger.transaction() as session:
            shown, now = seen_mark(dossier(session, number)), mark_now(session, number)
        assert shown == now
        return now

    fresh = marks()
    with ledger.transaction() as session:
        review = correct(session, number, **ADA, replacement=mentor_answer("Other.")).id
    corrected = marks()
    with ledger.transaction() as session:
        undo(session, review, mentor="Ada", now=NOW)
    assert fresh != corrected
    assert marks() == fresh
