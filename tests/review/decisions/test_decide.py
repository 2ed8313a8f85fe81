"""What a mentor decides changes the answer, is written down with who, when and why, and owes the learner the right messages."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.tables import Claim, DeliveryRow, Feedback, Mentor, QuestionRow, ReviewRow
from bot.review.decisions.decide import answer, confirm, correct, decline, second_opinion, withdraw
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.outbox import notices
from bot.review.outbox.deliveries import deliver
from bot.review.question_state import disagreements
from bot.review.queue.claims import CLAIM_LASTS, claim
from bot.values import Answer, Composer, State, Status
from knowledge.errors import Refused, UsageError
from tests.review.asked import ADA, BOB, DRAFT, NOW, Platform, answers, ask, asked, kinds, owed, passed, review, states, status_of

Decide = Callable[[Session, int], ReviewRow]
DECISIONS: dict[str, Decide] = {
    "confirm": lambda session, number: confirm(session, number, **ADA),
    "correct": lambda session, number: correct(session, number, **ADA, replacement=mentor_answer("Other.")),
    "answer": lambda session, number: answer(session, number, **ADA, text="Other."),
    "decline": lambda session, number: decline(session, number, **ADA, reason="Off topic."),
    "withdraw": lambda session, number: withdraw(session, number, **ADA),
    "second_opinion": lambda session, number: second_opinion(session, number, **ADA),
}


def test_a_confirmed_draft_is_confirmed_in_its_message_and_nobody_is_notified(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        made = confirm(session, number, mentor=" Ada ", source="desk", now=NOW)
        assert (made.decision, made.source, made.at, made.undone_at, made.result_id) == ("confirm", "desk", NOW, None, None)
        assert session.get_one(Mentor, made.mentor_id).name == "Ada"
        [row] = answers(session, number)
        assert (made.answer_id, row.state) == (row.id, "confirmed")
        assert passed(session, row.id) == ["draft", "confirmed"]
        [edit] = owed(session, number)
        assert (edit.kind, edit.target, edit.answer_id, edit.review_id, edit.note) == ("edit", row.sent_as, row.id, made.id, "")


def test_a_correction_changes_the_message_says_what_changed_and_tells_the_learner_once(ledger: Ledger) -> None:
    number = asked(ledger)
    platform = Platform()
    better = DRAFT.replace("Targets are cut from the text.", "Targets are taken from the text itself.")
    with ledger.transaction() as session:
        made = correct(session, number, mentor="Ada", source="discord", now=NOW, replacement=mentor_answer(better), reason="Clearer.")
        old, new = answers(session, number)
        assert (made.answer_id, made.result_id, made.reason) == (old.id, new.id, "Clearer.")
        assert (old.state, new.state, new.composer, new.confidence, new.sent_as) == ("withdrawn", "corrected", "mentor", 1.0, None)
        assert passed(session, new.id) == ["corrected"]
        target = old.sent_as
    assert deliver(ledger, "discord", platform.send, now=NOW) == 2
    edit, tell = platform.received
    assert (edit.kind, edit.target, tell.kind, tell.target, tell.asker) == ("edit", target, "tell", target, "ann")
    assert edit.answer is not None
    assert (edit.answer.answer, edit.answer.state, edit.answer.composer) == (better, State.CORRECTED, Composer.MENTOR)
    assert edit.note == "Taken out: “Targets are cut from the text.”\nAdded: “Targets are taken from the text itself.”"
    assert (tell.note, tell.reason) == (notices.CORRECTED, "Clearer.")
    assert deliver(ledger, "discord", platform.send, now=NOW) == 0
    with ledger.transaction() as session:
        assert answers(session, number)[1].sent_as == target


def test_a_picked_card_corrects_as_what_it_is_a_curated_answer(ledger: Ledger) -> None:
    number = asked(ledger)
    picked = Answer(question="why?", status=Status.ANSWERED, answer="The card says so.", confidence=1.0, cited=())
    with ledger.transaction() as session:
        correct(session, number, **ADA, replacement=picked)
        assert [(row.composer, row.state) for row in answers(session, number)] == [("curated", "withdrawn"), ("curated", "corrected")]
        assert owed(session, number)[0].note == "A mentor has replaced this answer."


def test_a_question_handed_over_is_answered_in_a_message_of_its_own(ledger: Ledger) -> None:
    number = asked(ledger, status=Status.HANDED_OVER, answer="A mentor has been asked.")
    platform = Platform()
    with ledger.transaction() as session:
        made = answer(session, number, **ADA, text="Because it is.\r\n\r\nAlways.\x00")
        handover, mentors = answers(session, number)
        assert (made.answer_id, made.result_id, handover.state) == (handover.id, mentors.id, "draft")
        assert (mentors.text, mentors.state, mentors.status) == ("Because it is.\n\nAlways.", "confirmed", "answered")
        assert status_of(session, number) == "answered"
    assert deliver(ledger, "discord", platform.send, now=NOW) == 2
    post, edit = platform.received
    assert (post.kind, post.note, post.asker, post.question) == ("post", notices.ANSWERED, "ann", "why?")
    assert (edit.kind, edit.note, edit.target) == ("edit", notices.SEE_BELOW, handover.sent_as)
    assert edit.answer is not None
    assert edit.answer.answer == "A mentor has been asked."
    with ledger.transaction() as session:
        # What is decided later changes the message with the answer, not the one that said that a mentor was asked.
        assert answers(session, number)[1].sent_as == f"{post.place}/new-0"
        correct(session, number, **BOB, replacement=mentor_answer("Because."))
        assert [row.target for row in owed(session, number)] == [f"{post.place}/new-0"] * 2
        assert states(session, number) == ["draft", "withdrawn", "corrected"]


def test_a_learner_hears_why_a_question_is_declined(ledger: Ledger) -> None:
    number = asked(ledger, status=Status.HANDED_OVER)
    with ledger.transaction() as session:
        decline(session, number, **ADA, reason="  It's about another course. ")
        [tell] = owed(session, number)
        assert (tell.kind, tell.answer_id) == ("tell", None)
        assert tell.note.startswith("Thank you")
        assert tell.note.endswith("It's about another course.")
        assert status_of(session, number) == "handed_over"


def test_a_withdrawn_answer_is_marked_in_place_and_its_learner_warned(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        withdraw(session, number, **ADA, reason="Wrong.")
        assert states(session, number) == ["withdrawn"]
        assert [(row.kind, row.note) for row in owed(session, number)] == [
            ("edit", notices.WITHDRAWN),
            ("tell", notices.WITHDRAWN_TOLD),
        ]


def test_a_second_opinion_leaves_all_as_it_is(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        made = second_opinion(session, number, **ADA, reason="Not my field.")
        assert (made.decision, made.reason) == ("second_opinion", "Not my field.")
        assert states(session, number) == ["draft"]
        assert not owed(session, number)


def test_an_answer_that_never_arrived_is_owed_itself(ledger: Ledger) -> None:
    number = asked(ledger, sent=False)
    with ledger.transaction() as session:
        confirm(session, number, **ADA)
        assert [(row.kind, row.note, row.due_at) for row in owed(session, number)] == [("post", "", NOW), ("edit", "", NOW)]
        correct(session, number, **BOB, replacement=mentor_answer("Other."))
        # The edit is for the message that a killed process may have posted and not noted: the post finds it by its key.
        assert next((row.kind, row.note) for row in owed(session, number)) == ("post", notices.ANSWERED)
        assert kinds(session, number) == ["post", "edit"]
        withdraw(session, number, **ADA)
        assert not owed(session, number)


def test_what_a_live_process_may_be_posting_is_not_posted_beside_it(ledger: Ledger) -> None:
    number = asked(ledger, sent=False, at=NOW)
    platform = Platform()
    with ledger.transaction() as session:
        confirm(session, number, **ADA)
    assert deliver(ledger, "discord", platform.send, now=NOW + dt.timedelta(minutes=1)) == 0
    with ledger.transaction() as session:
        answers(session, number)[0].sent_as = "thread/late"
    assert deliver(ledger, "discord", platform.send, now=NOW + dt.timedelta(minutes=3)) == 2
    assert [(each.kind, each.target) for each in platform.received] == [("edit", "thread/late")] * 2


def test_nobody_is_reached_later_in_a_terminal(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for name, decision in DECISIONS.items():
            status = Status.HANDED_OVER if name in {"answer", "decline"} else Status.ANSWERED
            decision(session, ask(session, status=status, platform="console", sent=False))
            decision(session, ask(session, status=status, platform="console"))
        assert session.scalar(select(func.count()).select_from(DeliveryRow)) == 0


def test_of_a_forgotten_learner_only_the_messages_change(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for name, decision in DECISIONS.items():
            status = Status.HANDED_OVER if name in {"answer", "decline"} else Status.ANSWERED
            number = ask(session, status=status, author=None)
            decision(session, number)
            assert set(kinds(session, number)) <= {"edit"}


def test_a_learner_who_asked_for_a_person_hears_of_a_confirmation_once(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        question = session.get_one(QuestionRow, number)
        question.wants_person = True
        session.add(Feedback(question_id=number, learner_id=question.learner_id, kind="person", reason="", at=NOW))
        confirm(session, number, **ADA)
        assert [(row.kind, row.note) for row in owed(session, number)] == [("edit", ""), ("tell", notices.CONFIRMED)]
        confirm(session, number, **BOB)
        assert kinds(session, number) == ["edit", "tell"]


def test_of_two_decisions_before_anything_was_sent_the_learner_hears_the_newer(ledger: Ledger) -> None:
    number = asked(ledger)
    platform = Platform()
    with ledger.transaction() as session:
        correct(session, number, **ADA, replacement=mentor_answer("First."))
        correct(session, number, **BOB, replacement=mentor_answer("Second."))
        assert kinds(session, number, "cancelled") == ["edit", "tell"]
        assert states(session, number) == ["withdrawn", "withdrawn", "corrected"]
    assert deliver(ledger, "discord", platform.send, now=NOW + dt.timedelta(hours=1)) == 2
    assert [each.kind for each in platform.received] == ["edit", "tell"]
    assert {each.answer.answer for each in platform.received if each.answer} == {"Second."}


def test_a_learner_who_saw_nothing_of_a_withdrawal_is_not_told_that_it_was_reversed(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        withdraw(session, number, **ADA)
        confirm(session, number, **BOB)
        assert states(session, number) == ["confirmed"]
        assert kinds(session, number) == ["edit"]


def test_a_learner_who_was_told_of_a_withdrawal_is_told_that_it_was_reversed(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        withdraw(session, number, **ADA)
    deliver(ledger, "discord", Platform().send, now=NOW)
    with ledger.transaction() as session:
        confirm(session, number, **BOB)
        assert [(row.kind, row.note) for row in owed(session, number)] == [("edit", ""), ("tell", notices.CONFIRMED)]


def test_one_decision_settles_a_cluster(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        first, *others = [ask(session, status=Status.HANDED_OVER) for _ in range(4)]
        made = answer(session, first, mentor="Ada", source="desk", now=NOW, text="Because.", also=[*others, first])
        rows = session.scalars(select(ReviewRow).order_by(ReviewRow.id)).all()
        assert [row.question_id for row in rows] == [first, *others]
        assert [row.of_review_id for row in rows] == [None, made.id, made.id, made.id]
        for number in (first, *others):
            assert kinds(session, number) == ["post", "edit"]
            assert status_of(session, number) == "answered"
        keys = session.scalars(select(DeliveryRow.key)).all()
        assert len(set(keys)) == 8
        assert max(map(len, keys)) <= 25


def test_a_cluster_is_settled_as_a_whole_or_not_at_all(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        first, other = ask(session), ask(session, status=Status.HANDED_OVER)
    with pytest.raises(Refused, match=f"question {other} has no answer that could be confirmed"), ledger.transaction() as session:
        confirm(session, first, **ADA, also=[other])
    with ledger.transaction() as session:
        assert states(session, first) == ["draft"]
        assert session.scalar(select(func.count()).select_from(ReviewRow)) == 0
        assert session.scalar(select(func.count()).select_from(Mentor)) == 0


@pytest.mark.parametrize("name", DECISIONS)
def test_what_another_mentor_is_at_work_on_is_left_to_them_until_their_claim_lapses(ledger: Ledger, name: str) -> None:
    status = Status.HANDED_OVER if name in {"answer", "decline"} else Status.ANSWERED
    number = asked(ledger, status=status)
    with ledger.transaction() as session:
        claim(session, number, "Bob", now=NOW - CLAIM_LASTS / 2)
    with pytest.raises(Refused, match=f"question {number} is claimed by Bob until"), ledger.transaction() as session:
        DECISIONS[name](session, number)
    with ledger.transaction() as session:
        session.get_one(Claim, number).until = NOW - dt.timedelta(seconds=1)
    with ledger.transaction() as session:
        DECISIONS[name](session, number)


@pytest.mark.parametrize("name", DECISIONS)
def test_deciding_gives_the_own_claim_up(ledger: Ledger, name: str) -> None:
    number = asked(ledger, status=Status.HANDED_OVER if name in {"answer", "decline"} else Status.ANSWERED)
    with ledger.transaction() as session:
        claim(session, number, "Ada", now=NOW)
        made = DECISIONS[name](session, number)
        assert made.decision == name
        assert session.get(Claim, number) is None


@pytest.mark.parametrize("name", DECISIONS)
@pytest.mark.parametrize("number", [0, -1, 7, 2**40, 2**70])
def test_a_decision_on_no_question_is_refused_in_one_line(ledger: Ledger, name: str, number: int) -> None:
    with pytest.raises(UsageError, match=f"there is no question {number}: "), ledger.transaction() as session:
        DECISIONS[name](session, number)


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        (Status.HANDED_OVER, {"confirm", "withdraw"}),
        (Status.ASKED_BACK, {"confirm", "withdraw"}),
        (Status.ANSWERED, {"decline"}),
        (None, {"confirm", "withdraw"}),
    ],
)
def test_what_does_not_hold_is_refused(ledger: Ledger, status: Status | None, refused: set[str]) -> None:
    for name, decision in DECISIONS.items():
        number = asked(ledger, status=status)
        if name in refused:
            with pytest.raises(Refused, match=rf"question {number} has .*: "), ledger.transaction() as session:
                decision(session, number)
        else:
            with ledger.transaction() as session:
                decision(session, number)


def test_texts_that_say_nothing_or_too_much_are_refused(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        for text in ("", " \n\t ", "\x00\x07", "x" * 20_001):
            with pytest.raises(UsageError, match="an answer"):
                answer(session, number, **ADA, text=text)
        with pytest.raises(UsageError, match="the learner hears it"):
            decline(session, number, **ADA, reason=" ")
        with pytest.raises(UsageError, match=r"at most 2,000 characters"):
            withdraw(session, number, **ADA, reason="x" * 2_001)
        with pytest.raises(Refused, match="confirm it instead"):
            answer(session, number, **ADA, text=DRAFT)
        handed_over = Answer(question="why?", status=Status.HANDED_OVER, answer="Not me.", confidence=0.0)
        with pytest.raises(UsageError, match="'handed_over'"):
            correct(session, number, **ADA, replacement=handed_over)


def test_any_text_a_mentor_writes_is_kept(ledger: Ledger) -> None:
    text = "{braces} --- ## heading\n```python\n\tx = '%s'\n```\n🦜 \ud800٣ ||spoiler|| @everyone " + "long " * 2_000
    number = asked(ledger, status=Status.HANDED_OVER)
    with ledger.transaction() as session:
        answer(session, number, **ADA, text=text)
    with ledger.transaction() as session:
        assert answers(session, number)[1].text == text.replace("\ud800", "").strip()


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


def test_two_mentors_who_decide_at_once_both_get_their_word_and_one_answer_is_in_force(ledger: Ledger) -> None:
    number = asked(ledger)
    together = threading.Barrier(6)

    def run(name: str) -> None:
        together.wait()
        with ledger.transaction() as session:
            correct(session, number, mentor=name, source="desk", now=NOW, replacement=mentor_answer(f"{name} says so."))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(run, [f"Mentor {each}" for each in range(6)]))
    with ledger.transaction() as session:
        assert sorted(states(session, number)) == ["corrected"] + ["withdrawn"] * 6
        assert states(session, number)[-1] == "corrected"
        assert kinds(session, number) == ["edit", "tell"]
        assert len(owed(session, number, "cancelled")) == 10
