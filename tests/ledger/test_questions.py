"""A question is in the ledger once, before its answer; a conversation's turns are the learner's own."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.questions import (
    FOLLOW_UP_WITHIN,
    change_state,
    enter_answer,
    enter_question,
    enter_worded,
    find_unanswered,
    lock_unanswered,
    note_sent,
    turns_before,
    turns_of,
)
from bot.ledger.tables import AnswerRow, Conversation, Learner, Mentor, Passing, QuestionRow, ReviewRow
from bot.record import Incoming
from bot.service import Service
from bot.values import Answer, CleanText, Composer, FoundCard, Kept, State, Status
from index.search.library import Library
from knowledge.errors import LedgerUnavailable, UsageError
from knowledge.reading.card import Slug
from tests.collected import at_once

NOW = dt.datetime(2026, 2, 3, 12, tzinfo=dt.UTC)


def enter(session: Session, message_id: str, text: str = "why?", *, place: str = "here", author: str | None = "ann") -> QuestionRow | None:
    return enter_question(session, platform="p", message_id=message_id, place=place, author=author, text=text, now=NOW)


def entered(session: Session, message_id: str, text: str = "why?", *, place: str = "here", author: str | None = "ann") -> QuestionRow:
    row = enter(session, message_id, text, place=place, author=author)
    assert row is not None
    return row


def an_answer(text: str = "Because.", **more: Any) -> Answer:
    card = FoundCard(slug=Slug("pretraining"), title="Pretraining", score=0.9)
    return Answer(question="why?", status=Status.ANSWERED, answer=text, confidence=0.75, cards=(card,), cited=(card.slug,), **more)


def test_a_repeat_of_a_message_is_entered_once_on_its_platform(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        first = entered(session, "1")
        assert first.status == "received"
        assert enter(session, "1", "another text") is None
    with ledger.transaction() as session:
        assert enter(session, "1", place="elsewhere", author="bob") is None
        other = enter_question(session, platform="q", message_id="1", place="here", author="ann", text="why?", now=NOW)
        assert other is not None
        assert other.conversation_id != first.conversation_id
        assert other.learner_id != first.learner_id


def test_of_eight_threads_with_one_message_one_enters_it(ledger: Ledger) -> None:
    def enter_all(_: int) -> Counter[bool]:
        outcomes: Counter[bool] = Counter()
        for number in range(12):
            with ledger.transaction() as session:
                outcomes[enter(session, str(number), place=f"place {number % 3}", author=f"author {number % 4}") is not None] += 1
        return outcomes

    outcomes = sum(at_once(8, enter_all), Counter())
    assert outcomes == {True: 12, False: 84}
    with ledger.transaction() as session:
        assert session.scalar(select(func.count()).select_from(QuestionRow)) == 12
        assert session.scalar(select(func.count()).select_from(Conversation)) == 3
        assert session.scalar(select(func.count()).select_from(Learner)) == 4


def test_earlier_turns_are_the_same_learners_in_the_same_place_oldest_first(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for number, (author, place, text) in enumerate(
            [
                ("ann", "here", "first"),
                ("bob", "here", "bob's own"),
                ("ann", "there", "elsewhere"),
                ("ann", "here", "second"),
                (None, "here", "nobody's"),
                ("ann", "here", "third"),
            ]
        ):
            entered(session, str(number), text, author=author, place=place)
        last = entered(session, "last", "fourth")
        assert turns_before(session, last, most=5) == ["first", "second", "third"]
        assert turns_before(session, last, most=2) == ["second", "third"]
        assert turns_before(session, last, most=0) == []
        nobody = entered(session, "nobody", "again", author=None)
        assert turns_before(session, nobody, most=5) == ["nobody's"]


def test_what_was_asked_long_before_is_no_turn_of_todays_question(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for number, age in enumerate(
            (FOLLOW_UP_WITHIN + dt.timedelta(minutes=1), FOLLOW_UP_WITHIN - dt.timedelta(minutes=1), dt.timedelta())
        ):
            now = (NOW - age).astimezone(dt.timezone(dt.timedelta(hours=-7)))
            row = enter_question(
                session, platform="p", message_id=str(number), place="here", author="ann", text=f"number {number}", now=now
            )
    with ledger.transaction() as session:
        assert row is not None
        assert turns_before(session, session.get_one(QuestionRow, row.id), most=5) == ["number 1"]


def test_a_message_without_an_answer_is_found_again_and_one_with_an_answer_is_not(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = entered(session, "1").id
        assert find_unanswered(session, platform="q", message_id="1") is None
    with ledger.transaction() as session:
        row = find_unanswered(session, platform="p", message_id="1")
        assert row is not None
        assert row.id == question
        assert lock_unanswered(session, question)
        enter_answer(session, question, an_answer(), index_name="generation-1", now=NOW)
        assert not lock_unanswered(session, question)
        assert find_unanswered(session, platform="p", message_id="1") is None


def test_a_question_that_is_not_there_any_more_waits_for_no_answer(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        assert not lock_unanswered(session, 1)
        assert not enter_worded(session, 1, a_worded_answer(), passed=True, index_name="generation-1", now=NOW)
        for beyond in (0, 2**31, 2**70):
            with pytest.raises(UsageError, match=f"there is no question {beyond}"):
                turns_of(session, beyond, most=3)


def test_an_answer_is_kept_whole_with_what_it_was_made_of(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = entered(session, "1").id
        enter_answer(session, question, an_answer("Erst „so“, 然后 🙂"), index_name="generation-1", now=NOW)
        enter_answer(session, question, an_answer("Because it is."), index_name="generation-2", now=NOW)
        note_sent(session, question, "channel/message")
        note_sent(session, question + 1, "no such question")
    with ledger.transaction() as session:
        first, newest = session.scalars(select(AnswerRow).order_by(AnswerRow.id)).all()
        assert first.text == "Erst „so“, 然后 🙂"
        assert first.sent_as is None
        assert newest.sent_as == "channel/message"
        assert newest.cards == [{"slug": "pretraining", "title": "Pretraining", "score": 0.9}]
        assert (newest.cited, newest.confidence, newest.created_at, newest.composer) == (["pretraining"], 0.75, NOW, "curated")
        assert session.get_one(QuestionRow, question).status == "answered"


def test_an_answer_is_kept_with_what_was_found_for_it_and_what_a_model_was_given(ledger: Ledger) -> None:
    evidence = [{"slug": "pretraining", "phrasing": "wieso „self“?", "misconception": None, "score": 0.25}]
    with ledger.transaction() as session:
        question = entered(session, "1").id
        more: dict[str, Any] = {"vector": b"\x00\xff" * 4, "evidence": evidence, "prompt": "answer-3", "examples": ("first", "second")}
        enter_answer(session, question, an_answer(**more), index_name="generation-1", now=NOW)
    with ledger.transaction() as session:
        row = session.scalars(select(AnswerRow)).one()
        assert (row.evidence, row.prompt, row.examples) == (evidence, "answer-3", ["first", "second"])
        assert session.get_one(QuestionRow, question).vector == b"\x00\xff" * 4


def test_a_question_keeps_the_vector_of_its_first_answer_that_had_one(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = entered(session, "1").id
        for vector in (None, b"first", None, b"later"):
            enter_answer(session, question, an_answer(vector=vector), index_name="generation-1", now=NOW)
    with ledger.transaction() as session:
        assert session.get_one(QuestionRow, question).vector == b"first"
        bare = session.scalars(select(AnswerRow).order_by(AnswerRow.id)).first()
        assert bare is not None
        assert (bare.evidence, bare.prompt, bare.examples) == ([], None, [])


def passings(session: Session, answer_id: int) -> list[tuple[str, int | None, dt.datetime]]:
    rows = session.scalars(select(Passing).where(Passing.answer_id == answer_id).order_by(Passing.id))
    return [(row.state, row.review_id, row.at) for row in rows]


def test_every_state_of_an_answer_leaves_a_passing_behind(ledger: Ledger) -> None:
    later = NOW + dt.timedelta(hours=1)
    with ledger.transaction() as session:
        question = entered(session, "1").id
        mentor = Mentor(name="Mia")
        session.add(mentor)
        session.flush()
        draft = enter_answer(session, question, an_answer(), index_name="generation-1", now=NOW)
        review = ReviewRow(question_id=question, mentor_id=mentor.id, decision="correct", source="shell", at=later)
        session.add(review)
        session.flush()
        change_state(session, draft, State.WITHDRAWN, review_id=review.id, now=later)
        change_state(session, draft, State.DRAFT, now=later + dt.timedelta(minutes=1))
        corrected = an_answer("Because it is.").model_copy(update={"state": State.CORRECTED})
        result = enter_answer(session, question, corrected, index_name="generation-1", now=later, review_id=review.id)
    with ledger.transaction() as session:
        assert passings(session, draft.id) == [
            ("draft", None, NOW),
            ("withdrawn", review.id, later),
            ("draft", None, later + dt.timedelta(minutes=1)),
        ]
        assert passings(session, result.id) == [("corrected", review.id, later)]
        assert [session.get_one(AnswerRow, row.id).state for row in (draft, result)] == ["draft", "corrected"]


def test_a_state_and_its_passing_are_written_together_or_not_at_all(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = entered(session, "1").id
        draft = enter_answer(session, question, an_answer(), index_name="generation-1", now=NOW)
    with pytest.raises(LedgerUnavailable), ledger.transaction() as session:
        change_state(session, session.get_one(AnswerRow, draft.id), State.CONFIRMED, review_id=77, now=NOW)
    with ledger.transaction() as session:
        assert session.get_one(AnswerRow, draft.id).state == "draft"
        assert passings(session, draft.id) == [("draft", None, NOW)]


def test_a_learner_who_is_forgotten_leaves_the_question_without_a_name(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = entered(session, "1").id
        session.delete(session.scalars(select(Learner)).one())
    with ledger.transaction() as session:
        assert session.get_one(QuestionRow, question).learner_id is None


class Looking(Service):
    """Looks into the ledger in the middle of answering, as another process would."""

    def __init__(self, service: Service, ledger: Ledger) -> None:
        super().__init__(service.library, ledger)
        self.seen: list[tuple[str, str]] = []

    def reply(self, turns: tuple[CleanText, ...], *, hands_over: bool | Kept, library: Library | None = None) -> Answer:
        assert self.ledger is not None
        with self.ledger.transaction() as session:
            self.seen = [(row.text, row.status) for row in session.scalars(select(QuestionRow).order_by(QuestionRow.id))]
        return super().reply(turns, hands_over=hands_over, library=library)


def test_the_question_is_in_the_ledger_before_it_is_answered(service: Service, ledger: Ledger) -> None:
    looking = Looking(service, ledger)
    result = looking.ask(Incoming("p", "1", "here", "ann", "Is\x00 pretraining   supervised?"))
    assert looking.seen == [("Is pretraining supervised?", "received")]
    assert result is not None
    assert result.question_id is not None
    with ledger.transaction() as session:
        assert session.get_one(QuestionRow, result.question_id).status == result.status.value
        answer = session.scalars(select(AnswerRow)).one()
        assert answer.text == result.answer
        assert answer.index_name == service.library.name


def test_a_repeat_of_a_message_is_answered_once(service: Service, ledger: Ledger) -> None:
    asking = Service(service.library, ledger)
    incoming = Incoming("p", "1", "here", "ann", "Is pretraining supervised?")
    assert asking.ask(incoming) is not None
    assert asking.ask(incoming) is None
    with ledger.transaction() as session:
        assert session.scalar(select(func.count()).select_from(AnswerRow)) == 1


def test_a_follow_up_is_read_in_the_conversation_of_its_own_learner(service: Service, ledger: Ledger) -> None:
    asking = Service(service.library, ledger)
    asking.ask(Incoming("p", "1", "here", "ann", "What is masked language modelling?"))
    mine = asking.ask(Incoming("p", "2", "here", "ann", "Can you give me an example of it?"))
    theirs = asking.ask(Incoming("p", "3", "here", "bob", "Can you give me an example of it?"))
    assert mine is not None
    assert theirs is not None
    assert mine.cards[0].slug == "masked-language-modeling"
    assert mine.answer != theirs.answer


@pytest.mark.parametrize("text", ["", "\x00\x01", "x" * 20_000])
def test_a_message_that_cannot_be_answered_is_in_the_ledger_too(service: Service, ledger: Ledger, text: str) -> None:
    result = Service(service.library, ledger).ask(Incoming("p", "1", "here", "ann", text))
    assert result is not None
    assert result.status is Status.ASKED_BACK
    assert result.question_id is not None


def a_worded_answer() -> Answer:
    verdicts = ({"sentence": "So it is.", "verdict": "supported", "why": "said"}, {"draft": "shown", "why": "1 of 1"})
    update = {"composer": Composer.MODEL, "model": "openai:x", "checks": verdicts, "prompt": "answer-3", "examples": ("first", "second")}
    return an_answer("So it is [1].").model_copy(update=update)


def answers(session: Session) -> list[AnswerRow]:
    return list(session.scalars(select(AnswerRow).order_by(AnswerRow.id)))


def test_a_worded_answer_follows_the_curated_one_in_its_message(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = entered(session, "1").id
        enter_answer(session, question, an_answer(vector=b"first"), index_name="generation-1", now=NOW)
        note_sent(session, question, "channel/7")
    later = NOW + dt.timedelta(seconds=9)
    with ledger.transaction() as session:
        assert enter_worded(session, question, a_worded_answer(), passed=True, index_name="generation-2", now=later)
    with ledger.transaction() as session:
        old, new = answers(session)
        assert (old.composer, old.text, old.checks, old.prompt) == ("curated", "Because.", [], None)
        assert (new.composer, new.model, new.text, new.state) == ("model", "openai:x", "So it is [1].", "draft")
        assert (new.prompt, new.examples, new.checks[-1]["draft"]) == ("answer-3", ["first", "second"], "shown")
        assert new.sent_as == old.sent_as == "channel/7"
        assert new.index_name == "generation-2"
        assert passings(session, new.id) == [("draft", None, later)]
        assert session.get_one(QuestionRow, question).vector == b"first"
        # A second model's answer to the same question comes too late.
        assert not enter_worded(session, question, a_worded_answer(), passed=True, index_name="generation-2", now=later)
        assert len(answers(session)) == 2


def test_a_draft_that_did_not_pass_leaves_its_verdicts_with_the_curated_answer(ledger: Ledger) -> None:
    thrown_away = a_worded_answer().model_copy(update={"composer": Composer.CURATED, "model": None, "checks": ({"draft": "thrown away"},)})
    with ledger.transaction() as session:
        question = entered(session, "1").id
        enter_answer(session, question, an_answer(), index_name="generation-1", now=NOW)
        assert not enter_worded(session, question, thrown_away, passed=False, index_name="generation-1", now=NOW)
    with ledger.transaction() as session:
        (row,) = answers(session)
        assert (row.text, row.composer, row.state) == ("Because.", "curated", "draft")
        assert (row.checks, row.prompt, row.examples) == ([{"draft": "thrown away"}], "answer-3", ["first", "second"])


@pytest.mark.parametrize("passed", [True, False])
@pytest.mark.parametrize("state", [State.CONFIRMED, State.CORRECTED, State.WITHDRAWN])
def test_once_a_mentor_decided_a_model_changes_nothing_any_more(ledger: Ledger, state: State, passed: bool) -> None:
    with ledger.transaction() as session:
        question = entered(session, "1").id
        row = enter_answer(session, question, an_answer(), index_name="generation-1", now=NOW)
        change_state(session, row, state, now=NOW)
    with ledger.transaction() as session:
        assert not enter_worded(session, question, a_worded_answer(), passed=passed, index_name="generation-1", now=NOW)
    with ledger.transaction() as session:
        (row,) = answers(session)
        assert (row.text, row.state, row.checks, row.prompt) == ("Because.", state.value, [], None)


def test_a_question_without_an_answer_is_given_none_by_a_model(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = entered(session, "1").id
        assert not enter_worded(session, question, a_worded_answer(), passed=True, index_name="generation-1", now=NOW)
        assert answers(session) == []


def test_a_mentors_own_answer_is_not_reworded(ledger: Ledger) -> None:
    mentors = an_answer("Mentors say so.").model_copy(update={"composer": Composer.MENTOR})
    with ledger.transaction() as session:
        question = entered(session, "1").id
        enter_answer(session, question, mentors, index_name="generation-1", now=NOW)
        assert not enter_worded(session, question, a_worded_answer(), passed=True, index_name="generation-1", now=NOW)
        assert [row.text for row in answers(session)] == ["Mentors say so."]


def test_a_question_is_returned_with_the_turns_it_was_read_with(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for number in range(4):
            entered(session, f"m{number}", f"turn {number}")
        entered(session, "other", "elsewhere", place="there")
        entered(session, "bob", "from bob", author="bob")
        last = entered(session, "last", "why?").id
        entered(session, "after", "later")
        assert turns_of(session, last, most=3) == ("turn 2", "turn 3", "why?")
        assert turns_of(session, last, most=1) == ("why?",)
        with pytest.raises(UsageError, match="there is no question 999"):
            turns_of(session, 999, most=3)
