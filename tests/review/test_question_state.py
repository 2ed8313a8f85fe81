"""The later of two decisions is in force, and mentors who contradict each other are shown."""

from __future__ import annotations

from bot.ledger.database import Ledger
from bot.review.decisions.decide import answer, confirm, withdraw
from bot.review.question_state import disagreements
from tests.review.asked import ADA, BOB, asked, review, states


def test_mentors_who_disagree_are_shown_and_the_later_one_is_in_force(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        first = confirm(session, number, **ADA)
        assert not disagreements(session, number)
        second = withdraw(session, number, **BOB, reason="It's wrong.")
        [shown] = disagreements(session, number)
        assert (shown.earlier.review_id, shown.earlier.mentor, shown.earlier.decision) == (first.id, "Ada", "confirm")
        assert (shown.later.review_id, shown.later.mentor, shown.later.reason) == (second.id, "Bob", "It's wrong.")
        assert states(session, number) == ["withdrawn"]
        assert review(session, first.id).undone_at is None


def test_a_mentor_who_thinks_again_disagrees_with_nobody(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        confirm(session, number, **ADA)
        withdraw(session, number, **ADA)
        answer(session, number, **BOB, text="Other.")
        assert not disagreements(session, number)
