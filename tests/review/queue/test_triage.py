"""The queue shows first what most needs a mentor, says why, and drops what is settled."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.feedback import note_feedback
from bot.ledger.questions import learner_of
from bot.ledger.tables import AnswerRow, Conversation, Feedback, Mentor, QuestionRow, ReviewRow
from bot.review.dossier import dossier
from bot.review.queue.candidates import candidates
from bot.review.queue.claims import CLAIM_LASTS, claim
from bot.review.queue.clusters import similar_questions
from bot.review.queue.triage import Waiting, Wanted, numbers_in, queue, whole_queue
from bot.review.queue.worth import parts_of
from bot.values import Status
from knowledge.errors import UsageError
from tests.review.lined_up import NOW, at_angle, decide, is_sampled, line_up, mentors_answer, unsampled

HOUR = dt.timedelta(hours=1)
HANDED_OVER = Status.HANDED_OVER


def listed(session: Session, *, now: dt.datetime = NOW, folded: bool = True) -> list[int]:
    return [each.question_id for each in queue(session, now=now, folded=folded)]


def only(session: Session, *, now: dt.datetime = NOW) -> Waiting:
    (one,) = queue(session, now=now)
    return one


def say(session: Session, question_id: int, kind: str, reason: str = "", *, at: dt.datetime = NOW) -> None:
    note_feedback(session, question_id, learner_id=learner_of(session, "p", "ann").id, kind=kind, reason=reason, now=at)


def test_an_answer_that_leaves_a_point_open_waits_with_that_point_until_a_mentor_settles_it(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        whole, partly = unsampled(session), unsampled(session)
        for number, checks in (
            (whole, [{"sentence": 'It says \\"open\\": "x" and "open": "y".', "verdict": "kept"}]),
            (partly, [{"sentence": "It is so.", "verdict": "kept"}, {"open": "The notes don't say when."}, {"draft": "shown"}]),
        ):
            session.execute(update(AnswerRow).where(AnswerRow.question_id == number).values(checks=checks))
        one = only(session)
        assert (one.question_id, one.reasons) == (partly, ("partly answered: The notes don't say when.",))
        decide(session, partly, "confirm")
        assert listed(session) == []


def test_the_queue_is_in_the_order_of_worth(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        unsure = line_up(session, confidence=0.5)
        quiet = unsampled(session)
        handed_over = line_up(session, status=HANDED_OVER, confidence=0.1)
        near = line_up(session, status=Status.NEAR, confidence=0.3)
        down = unsampled(session)
        say(session, down, "down")
        reasoned = unsampled(session)
        say(session, reasoned, "down", "that's not what I asked")
        person = unsampled(session)
        say(session, person, "person")
        asked = unsampled(session)
        decide(session, asked, "second_opinion", reason="which loss?")
        sampled = unsampled(session, sampled=True)
        found = listed(session)
        assert found == [person, asked, reasoned, handed_over, near, down, unsure, sampled]
        assert quiet not in found


def test_worth_is_the_sum_of_parts_that_are_shown_in_words(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = line_up(session, "who labels?", status=HANDED_OVER, confidence=0.2, at=NOW - 30 * HOUR)
        say(session, question, "person")
        waiting = only(session)
        assert waiting.question_id == question
        assert waiting.text == "who labels?"
        assert waiting.reasons == ("the learner asks for a person", "handed over: no card settles it", "waiting for 30 hours")
        assert waiting.worth == sum(part.points for part in waiting.parts) == 40 + 20 + 15
        assert (waiting.platform, waiting.status, waiting.state, waiting.confidence) == ("p", "handed_over", "draft", 0.2)
        assert [card.slug for card in waiting.cards] == ["labels"]


def test_who_waits_for_more_than_a_day_is_stale_and_who_has_an_answer_is_not(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        line_up(session, status=HANDED_OVER, at=NOW - 24 * HOUR)
        long = line_up(session, status=HANDED_OVER, at=NOW - 25 * HOUR)
        line_up(session, confidence=0.4, at=NOW - 900 * HOUR)
        assert [each.question_id for each in queue(session, now=NOW) if each.stale] == [long]


@pytest.mark.parametrize("decision", ["confirm", "correct", "answer", "decline"])
def test_a_settled_question_leaves_until_its_learner_says_more(ledger: Ledger, decision: str) -> None:
    with ledger.transaction() as session:
        question = line_up(session, status=HANDED_OVER, at=NOW - 9 * HOUR)
        say(session, question, "person", at=NOW - 8 * HOUR)
        review = decide(session, question, decision, at=NOW - 2 * HOUR)
        assert listed(session) == []
        say(session, question, "up")
        assert listed(session) == []
        say(session, question, "down", "still not clear", at=NOW - HOUR)
        waiting = only(session)
        # What was said before the decision no longer counts, and the question waits from now on.
        assert waiting.reasons == ("thumbs down: still not clear", "waiting for 1 hour")
        assert waiting.since == NOW - HOUR
        review.undone_at = NOW
        session.flush()
        assert only(session).since == NOW - 9 * HOUR


def test_a_withdrawn_answer_puts_its_question_back(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = unsampled(session)
        assert listed(session) == []
        review = decide(session, question, "withdraw", "Bob", at=NOW - HOUR)
        waiting = only(session)
        assert waiting.reasons == ("Bob withdrew its answer, and it has none now", "waiting for 1 hour")
        other = unsampled(session, vector=at_angle(1.0))
        session.get_one(QuestionRow, question).vector = at_angle(0.95)
        assert similar_questions(session, other) == ([question], [])
        review.undone_at = NOW
        session.flush()
        assert listed(session) == []


def test_danger_comes_first_with_what_the_learner_was_shown(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        person = line_up(session, "a person please", status=HANDED_OVER, at=NOW - 90 * HOUR)
        say(session, person, "person", at=NOW - 90 * HOUR)
        grave = line_up(session, "I want to die", status=HANDED_OVER)
        row = session.scalars(select(AnswerRow).where(AnswerRow.question_id == grave)).one()
        row.checks = [{"check": "care", "concern": "self_harm", "language": "en"}]
        session.flush()
        first, second = queue(session, now=NOW)
        assert (first.question_id, second.question_id) == (grave, person)
        assert first.reasons[0] == "the learner may be in danger: read this first"
        assert (first.group, first.answer_shown) == ("danger", "So.")
        decide(session, grave, "decline")
        assert listed(session) == [person]


def test_messages_that_ask_nothing_are_left_out_and_counted_unless_a_person_is_asked_for(ledger: Ledger) -> None:
    nothing = (
        "!rank",
        "/help",
        "https://example.org/x",
        "that's way too long",
        "🔥🔥🔥",
        "free nitro here: discord.gg/abc",
        "test",
        "nvm lol",
    )
    asks = (
        "what is !important in a loss?",
        "/ask what is a label",
        "is this too long for a batch?",
        "see https://x.org/y, why is it masked?",
    )
    with ledger.transaction() as session:
        for text in (*nothing, *asks):
            line_up(session, text, status=HANDED_OVER)
        found = whole_queue(session, now=NOW)
        assert {each.text for each in found.listed} == set(asks)
        assert (found.total, found.left_out) == (len(asks), len(nothing))
        assert len(whole_queue(session, now=NOW, everything=True).listed) == len(asks) + len(nothing)
        say(session, line_up(session, "🔥", status=HANDED_OVER), "person")
        assert whole_queue(session, now=NOW).listed[0].text == "🔥"


def test_what_is_off_the_course_is_one_group_each_and_named(ledger: Ledger) -> None:
    checks = {
        "deadlines": {"check": "course matter"},
        "off course: MLOps": {"check": "beyond", "topic": "MLOps"},
    }
    texts = {"deadlines": ("when is lab 2 due?", "can I get an extension?"), "off course: MLOps": ("how do I deploy it?", "docker or not?")}
    with ledger.transaction() as session:
        numbers = {group: [line_up(session, text, status=HANDED_OVER) for text in each] for group, each in texts.items()}
        for group, each in numbers.items():
            for row in session.scalars(select(AnswerRow).where(AnswerRow.question_id.in_(each))):
                row.checks = [checks[group]]
        numbers["homework"] = [line_up(session, "can you solve my homework for me", status=HANDED_OVER)]
        numbers["other"] = [line_up(session, "why?", status=HANDED_OVER)]
        session.flush()
        found = whole_queue(session, now=NOW)
        assert {each.name: list(each.numbers) for each in found.groups} == numbers
        assert len(found.listed) == 4
        assert {each.group: each.in_group for each in found.listed}["deadlines"] == (numbers["deadlines"][1],)
        assert len(whole_queue(session, now=NOW, wanted=Wanted(group="deadlines")).listed) == 2
        assert numbers_in(session, "mlops", now=NOW) == numbers["off course: MLOps"]
        with pytest.raises(UsageError, match="has to name one group"):
            numbers_in(session, "astrology", now=NOW)
        with pytest.raises(UsageError, match="it names none"):
            numbers_in(session, "?", now=NOW)


def test_the_queue_is_searched_and_filtered(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        first = line_up(session, "why is the LOSS masked here?", status=HANDED_OVER)
        second = line_up(session, "who makes the labels?", status=HANDED_OVER)
        say(session, second, "down", "too vague")

        def numbers(**wanted: str) -> list[int]:
            return [each.question_id for each in whole_queue(session, now=NOW, wanted=Wanted(**wanted)).listed]

        assert numbers(search="masked loss") == [first]
        assert numbers(why="thumbs down") == [second]
        assert numbers(platform="p") == [second, first]
        assert numbers(platform="discord") == numbers(search="nothing like it") == []


def test_a_cluster_has_a_name(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for text in ("how big is the kv cache?", "kv cache size", "why is there a kv cache"):
            line_up(session, text, status=HANDED_OVER, vector=at_angle(1.0))
        assert only(session).name == "kv cache"


def test_who_asks_for_a_person_again_is_heard_again(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = unsampled(session)
        say(session, question, "person", at=NOW - 5 * HOUR)
        decide(session, question, "confirm", at=NOW - 4 * HOUR)
        assert listed(session) == []
        say(session, question, "person")
        assert only(session).reasons == ("the learner asks for a person",)


def test_a_second_opinion_opens_a_question_again_and_names_who_asks(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = unsampled(session)
        decide(session, question, "confirm", "Ann", at=NOW - 9 * HOUR)
        decide(session, question, "second_opinion", "Bob", at=NOW, reason="is it ordered?")
        waiting = only(session)
        assert waiting.second_opinion
        assert waiting.reasons == ("Bob asks for a second opinion: is it ordered?",)
        assert waiting.since == NOW
        decide(session, question, "confirm", "Cleo")
        assert listed(session) == []


def test_two_mentors_who_disagree_are_shown_until_a_further_word(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = unsampled(session)
        decide(session, question, "confirm", "Ann")
        later = decide(session, question, "withdraw", "Bob")
        waiting = only(session)
        assert waiting.disagreement
        assert waiting.reasons == ("Ann and Bob disagree; Bob's word is in force", "Bob withdrew its answer, and it has none now")
        assert [each.later.mentor for each in dossier(session, question).disagreements] == ["Bob"]
        later.undone_at = NOW
        session.flush()
        assert listed(session) == []
        decide(session, question, "correct", "Bob")
        assert only(session).disagreement
        decide(session, question, "confirm", "Cleo")
        assert listed(session) == []


def test_a_mentor_who_changes_their_own_mind_disagrees_with_nobody(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = unsampled(session)
        decide(session, question, "confirm", "Ann")
        decide(session, question, "correct", "Ann")
        assert listed(session) == []


def test_small_talk_waits_only_if_it_asks_for_a_person(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = line_up(session, "hi", status=Status.ASKED_BACK, confidence=0.0)
        say(session, question, "down", "rude")
        assert listed(session) == []
        say(session, question, "person")
        assert listed(session) == [question]


def test_a_question_without_an_answer_waits_once_nobody_can_be_answering_it(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        line_up(session, status=None, at=NOW - dt.timedelta(minutes=50))
        lost = line_up(session, status=None, at=NOW - 2 * HOUR)
        waiting = only(session)
        assert waiting.question_id == lost
        assert waiting.reasons[0].startswith("never answered")
        assert (waiting.state, waiting.confidence, waiting.cards) == (None, None, ())


def test_about_one_confident_answer_in_twenty_is_looked_at_and_always_the_same_ones(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        numbers = [line_up(session) for _ in range(120)]
        found = listed(session)
        assert found == [number for number in numbers if is_sampled(number)] == listed(session)
        assert 3 <= len(found) <= 9
        assert all(each.reasons == ("one of 20 confident answers, to find quiet mistakes",) for each in queue(session, now=NOW))


def test_like_questions_are_listed_once_by_the_one_of_most_worth(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        first = line_up(session, status=HANDED_OVER, vector=at_angle(1.0))
        second = line_up(session, status=HANDED_OVER, vector=at_angle(0.9))
        third = line_up(session, status=HANDED_OVER, vector=at_angle(0.95))
        say(session, second, "person")
        alone = line_up(session, status=HANDED_OVER)
        assert listed(session) == [second, alone]
        waiting = queue(session, now=NOW)[0]
        assert waiting.cluster == (third, first)
        assert "asked 3 times in words like these" in waiting.reasons
        assert listed(session, folded=False) == [second, first, third, alone]
        decide(session, second, "answer")
        assert sorted(listed(session)) == [first, alone]


def test_a_confident_answer_that_is_asked_for_again_and_again_is_looked_at(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        twice = [unsampled(session, vector=at_angle(1.0)) for _ in range(2)]
        assert listed(session) == []
        unsampled(session, vector=at_angle(1.0))
        assert listed(session) == twice[:1]


def test_a_claim_is_shown_while_it_lasts(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = line_up(session, status=HANDED_OVER)
        claim(session, question, "Ann", now=NOW)
        waiting = only(session)
        assert (waiting.claimed_by, waiting.claimed_until) == ("Ann", NOW + CLAIM_LASTS)
        after = only(session, now=NOW + CLAIM_LASTS)
        assert (after.claimed_by, after.claimed_until) == (None, None)


def test_the_answer_of_an_undone_decision_is_not_the_one_shown(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        question = line_up(session, confidence=0.3)
        result = mentors_answer(session, question)
        decide(session, question, "correct", result_id=result, undone_at=NOW)
        waiting = only(session)
        assert (waiting.confidence, waiting.state) == (0.3, "draft")
        assert [answer.in_force for answer in dossier(session, question).answers] == [True, False]


def test_an_empty_ledger_has_an_empty_queue(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        assert queue(session, now=NOW) == []


def test_the_database_and_the_words_agree_on_the_points(ledger: Ledger) -> None:
    rng = np.random.default_rng(3)
    with ledger.transaction() as session:
        for _ in range(60):
            status = (Status.ANSWERED, HANDED_OVER, None)[int(rng.integers(3))]
            question = line_up(session, status=status, confidence=float(rng.random()), at=NOW - 2 * HOUR)
            for kind in ("person", "down"):
                if rng.random() < 0.3:
                    say(session, question, kind, "no" if rng.random() < 0.5 else "", at=NOW - HOUR)
            for name, decision in (("Ann", "confirm"), ("Bob", "withdraw"), ("Cleo", "second_opinion")):
                if rng.random() < 0.25:
                    decide(session, question, decision, name, at=NOW - 3 * HOUR * float(rng.random()))
        found = [sum(part.points for part in parts_of(each.facts, each.facts.since)) for each in candidates(session, now=NOW)]
        assert len(found) > 20
        assert found == pytest.approx(sorted(found, reverse=True))


def test_fifty_of_many_questions_are_listed_in_the_order_of_worth(ledger: Ledger) -> None:
    fill(ledger, 3_000)
    with ledger.transaction() as session:
        worth = [each.worth for each in queue(session, now=NOW)]
    assert len(worth) == 50
    assert worth == sorted(worth, reverse=True)


def fill(ledger: Ledger, number: int) -> None:
    """Enter many questions at once, a quarter of them reviewed, some with feedback, in clusters of about five."""
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(number // 5, 384))
    statuses = rng.choice(["answered", "handed_over", "asked_back"], number, p=[0.75, 0.2, 0.05]).tolist()
    vectors = (middles[rng.integers(0, len(middles), number)] + 0.3 * rng.normal(size=(number, 384))).astype("<f4")
    ids = range(1, number + 1)
    common = {"composer": "curated", "state": "draft", "text": "So. " * 50, "cited": [], "checks": [], "index_name": "x", "created_at": NOW}
    rows: dict[type, list[dict[str, object]]] = {
        Conversation: [{"id": 1, "platform": "p", "place": "here", "started_at": NOW}],
        Mentor: [{"id": 1, "name": "Ann"}],
        QuestionRow: [
            {
                "id": each,
                "platform": "p",
                "message_id": str(each),
                "conversation_id": 1,
                "text": "why? " * 20,
                "asked_at": NOW - dt.timedelta(minutes=number - each),
                "status": statuses[each - 1],
                "wants_person": each % 97 == 0,
                "vector": vectors[each - 1].tobytes(),
            }
            for each in ids
        ],
        AnswerRow: [
            common
            | {
                "question_id": each,
                "status": statuses[each - 1],
                "confidence": each % 100 / 100,
                "cards": [{"slug": f"card-{(each + place) % 60}", "title": "Card", "score": 0.5} for place in range(5)],
            }
            for each in ids
        ],
        Feedback: [{"question_id": each, "kind": "down", "reason": "no" if each % 3 else "", "at": NOW} for each in ids[::20]],
        ReviewRow: [{"question_id": each, "mentor_id": 1, "decision": "confirm", "source": "shell", "at": NOW} for each in ids[::4]],
    }
    with ledger.transaction() as session:
        for table, each in rows.items():
            session.execute(insert(table), each)
