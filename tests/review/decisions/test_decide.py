"""A decision changes the answer, is written down with who, when and why, and queues the right messages."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from bot.answering.compose.decline_or_ask_back import left_open, nearest_shown
from bot.ledger.database import Ledger
from bot.ledger.feedback import note_feedback
from bot.ledger.tables import Claim, DeliveryRow, Mentor, QuestionRow, ReviewRow
from bot.review.decisions.decide import answer, confirm, correct, decline, second_opinion, withdraw
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.outbox import notices
from bot.review.outbox.send_and_retry import deliver
from bot.review.queue.claims import CLAIM_LASTS, claim
from bot.values import Answer, Composer, State, Status
from knowledge.errors import Refused, UsageError
from tests.review.asked import (
    ADA,
    BOB,
    DECISIONS,
    DRAFT,
    NOW,
    Platform,
    answers,
    ask,
    asked,
    kinds,
    passed,
    queued,
    states,
    status_of,
)


def test_a_confirmed_draft_is_confirmed_in_its_message_and_nobody_is_notified(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        made = confirm(session, number, mentor=" Ada ", source="desk", now=NOW)
        assert (made.decision, made.source, made.at, made.undone_at, made.result_id) == ("confirm", "desk", NOW, None, None)
        assert session.get_one(Mentor, made.mentor_id).name == "Ada"
        [row] = answers(session, number)
        assert (made.answer_id, row.state) == (row.id, "confirmed")
        assert passed(session, row.id) == ["draft", "confirmed"]
        [edit] = queued(session, number)
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
        assert queued(session, number)[0].note == "A mentor has replaced this answer."


@pytest.mark.parametrize("status", [Status.HANDED_OVER, Status.NEAR])
def test_a_question_handed_over_is_answered_in_a_message_of_its_own(ledger: Ledger, status: Status) -> None:
    number = asked(ledger, status=status, answer="A mentor has been asked.")
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
        assert [row.target for row in queued(session, number)] == [f"{post.place}/new-0"] * 2
        assert states(session, number) == ["draft", "withdrawn", "corrected"]


@pytest.mark.parametrize("status", [Status.HANDED_OVER, Status.NEAR])
def test_a_learner_hears_why_a_question_is_declined(ledger: Ledger, status: Status) -> None:
    number = asked(ledger, status=status)
    with ledger.transaction() as session:
        decline(session, number, **ADA, reason="  It's about another course. ")
        [tell] = queued(session, number)
        assert (tell.kind, tell.answer_id) == ("tell", None)
        assert tell.note.startswith("Thank you")
        assert tell.note.endswith("It's about another course.")
        assert status_of(session, number) == status


def test_a_withdrawn_answer_is_marked_in_place_and_its_learner_warned(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        withdraw(session, number, **ADA, reason="Wrong.")
        assert states(session, number) == ["withdrawn"]
        assert [(row.kind, row.note) for row in queued(session, number)] == [
            ("edit", notices.WITHDRAWN),
            ("tell", notices.WITHDRAWN_TOLD),
        ]


def test_a_second_opinion_leaves_all_as_it_is(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        made = second_opinion(session, number, **ADA, reason="Not my field.")
        assert (made.decision, made.reason) == ("second_opinion", "Not my field.")
        assert states(session, number) == ["draft"]
        assert not queued(session, number)


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


def test_a_question_that_another_mentor_has_claimed_is_refused_until_the_claim_lapses(ledger: Ledger) -> None:
    for name, decision in DECISIONS.items():
        number = asked(ledger, status=Status.HANDED_OVER if name in {"answer", "decline"} else Status.ANSWERED)
        with ledger.transaction() as session:
            claim(session, number, "Bob", now=NOW - CLAIM_LASTS / 2)
        with pytest.raises(Refused, match=f"question {number} is claimed by Bob until"), ledger.transaction() as session:
            decision(session, number)
        with ledger.transaction() as session:
            session.get_one(Claim, number).until = NOW - dt.timedelta(seconds=1)
            assert decision(session, number).decision == name


def test_deciding_releases_the_mentors_own_claim(ledger: Ledger) -> None:
    for name, decision in DECISIONS.items():
        number = asked(ledger, status=Status.HANDED_OVER if name in {"answer", "decline"} else Status.ANSWERED)
        with ledger.transaction() as session:
            claim(session, number, "Ada", now=NOW)
            assert decision(session, number).decision == name
            assert session.get(Claim, number) is None, name


def test_a_decision_on_no_question_is_refused_in_one_line(ledger: Ledger) -> None:
    for number in (0, -1, 7, 2**40, 2**70):
        for decision in DECISIONS.values():
            with pytest.raises(UsageError, match=f"there is no question {number}: "), ledger.transaction() as session:
                decision(session, number)


def test_a_decision_that_does_not_fit_the_question_is_refused(ledger: Ledger) -> None:
    unfit = {
        Status.HANDED_OVER: {"confirm", "withdraw"},
        Status.NEAR: {"withdraw"},
        Status.ASKED_BACK: {"confirm", "withdraw"},
        Status.ANSWERED: {"decline"},
        None: {"confirm", "withdraw"},
    }
    for status, refused in unfit.items():
        for name, decision in DECISIONS.items():
            number = asked(ledger, status=status)
            with ledger.transaction() as session:
                if name in refused:
                    with pytest.raises(Refused, match=rf"question {number} has .*: "):
                        decision(session, number)
                else:
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
        assert len(queued(session, number, "cancelled")) == 10


def test_yes_to_the_nearest_passage_makes_it_the_answer_without_the_words_around_it(ledger: Ledger) -> None:
    passages = "Labels are given by people.\n\nTargets are cut from the text."
    around = (nearest_shown(hands_over=True), passages, left_open(["who pays?"], hands_over=True))
    number = asked(ledger, status=Status.NEAR, answer="\n\n".join(around))
    with ledger.transaction() as session:
        confirm(session, number, **ADA)
        assert status_of(session, number) == Status.ANSWERED
        shown, yes = answers(session, number)
        assert (yes.text, yes.state, yes.composer, yes.cited) == (passages, "confirmed", "curated", shown.cited)
        assert kinds(session, number)


def test_a_second_confirmation_by_the_same_mentor_is_refused_until_somebody_says_more(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        first = confirm(session, number, **ADA)
        with pytest.raises(Refused, match=f"already, by decision {first.id}"):
            confirm(session, number, **ADA)
        confirm(session, number, **BOB)
        confirm(session, number, **ADA)
        learner = session.get_one(QuestionRow, number).learner_id
        assert learner is not None
        note_feedback(session, number, learner_id=learner, kind="down", now=NOW + dt.timedelta(minutes=5))
        confirm(session, number, mentor="Ada", source="shell", now=NOW + dt.timedelta(minutes=6))
