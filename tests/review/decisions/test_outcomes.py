"""An outcome has a decision's questions and the messages queued for them; an answer is its mentor's."""

from __future__ import annotations

from bot.ledger.database import Ledger
from bot.review.decisions.decide import answer, confirm
from bot.review.decisions.outcomes import answered_by, outcome, queued_messages
from bot.values import Status
from tests.review.asked import ADA, BOB, answers, ask, asked


def test_an_outcome_names_all_questions_of_the_decision_and_what_each_is_queued(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        first, second = (ask(session, text, status=Status.HANDED_OVER) for text in ("one?", "two?"))
        review = answer(session, second, text="So it is.", also=[first], **ADA)
        found = outcome(session, review)
        assert (found.mentor, found.decision, found.review_id) == ("Ada", "answer", review.id)
        assert [(each.question_id, each.text) for each in found.questions] == [(second, "two?"), (first, "one?")]
        assert [(each.question_id, each.kind.value, each.platform) for each in found.queued] == [
            (second, "post", "discord"), (second, "edit", "discord"), (first, "post", "discord"), (first, "edit", "discord"),
        ]  # fmt: skip
        assert queued_messages(session, []) == ()


def test_an_answer_is_the_mentors_whose_decision_made_it(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        number = ask(session, status=Status.HANDED_OVER)
        answer(session, number, text="So it is.", **ADA)
        confirm(session, number, **BOB)
        drafted, made = answers(session, number)
        assert (answered_by(session, drafted.id), answered_by(session, made.id)) == (None, "Ada")


def test_an_answer_over_one_in_force_says_whose_it_replaces(ledger: Ledger) -> None:
    drafted, waiting = asked(ledger), asked(ledger, status=Status.HANDED_OVER)
    with ledger.transaction() as session:
        assert outcome(session, answer(session, waiting, **ADA, text="Mine.")).questions[0].replaced == ""
        assert outcome(session, answer(session, drafted, **ADA, text="Mine.")).questions[0].replaced == "the assistant's answer"
        assert outcome(session, answer(session, drafted, **BOB, text="His.")).questions[0].replaced == "Ada's answer"
