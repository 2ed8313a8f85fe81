"""A mentor says whether a nearest passage settles its question: it's a regression case at once, and one that doesn't comes no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.forgetting import forget_everywhere
from bot.ledger.database import Ledger
from bot.ledger.tables import ReviewRow
from bot.record import Incoming
from bot.review.decisions.decide import answer, confirm, correct, is_it, not_it
from bot.review.decisions.near_verdicts import keep_near_cases
from bot.review.decisions.undo import undo
from bot.review.promotion.apply import carry_out
from bot.review.promotion.make_plan import make_plan
from bot.review.promotion.plan import promoted_question
from bot.review.queue.triage import Waiting, queue
from bot.service import Service
from bot.values import Answer, State, Status
from index.evaluate.labelled_questions import read_labelled
from index.fit.to_learn import as_labelled
from knowledge.errors import Refused
from knowledge.reading.base import read_knowledge
from knowledge.reading.card import Slug
from tests.review.asked import ADA, BOB, NOW, asked, kinds, states
from tests.review.cards import ANSWER, QUESTION, TODAY, library_of

# A paragraph of the card "labels", as it's shown as the nearest.
PASSAGE = "**What becomes of them.** Labels are counted after training, and the count is reported."
NEAR = f"This is the nearest that the mentors have written; I've asked one whether it settles your question.\n\n{PASSAGE}"
PARTLY = f"Labels are made by a program.\n\nI have no mentor's explanation that settles “{QUESTION}”, so I've asked a mentor."


def near(ledger: Ledger, text: str = "are labels reported?", **given: Any) -> int:
    return asked(ledger, text=text, status=Status.NEAR, answer=NEAR, **given)


def cases(home: Path) -> list[dict[str, Any]]:
    path = home / "regression.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def said(ledger: Ledger, number: int, *, settles: bool) -> int:
    with ledger.transaction() as session:
        return (is_it if settles else not_it)(session, number, **ADA).id


def listed(ledger: Ledger) -> list[Waiting]:
    with ledger.transaction() as session:
        return queue(session, now=NOW)


def test_yes_makes_the_passage_the_answer_and_a_regression_case_with_the_passages_name(ledger: Ledger, small: Path, tmp_path: Path) -> None:
    number = near(ledger)
    said(ledger, number, settles=True)
    keep_near_cases(ledger, tmp_path, small)
    with ledger.transaction() as session:
        assert states(session, number)[-1] == State.CONFIRMED
        assert kinds(session, number) == ["post", "edit"]
    case = {"id": f"near-{number}", "kind": "in_scope", "question": "are labels reported?", "slugs": ["labels"]}
    assert cases(tmp_path) == [case | {"settles": ["labels#what-becomes-of-them"]}]


def test_no_leaves_the_question_open_tells_nobody_and_is_a_near_miss_for_the_next_learning(
    ledger: Ledger, small: Path, tmp_path: Path
) -> None:
    number = near(ledger)
    assert [each.asks_if_settled for each in listed(ledger)] == [True]
    said(ledger, number, settles=False)
    keep_near_cases(ledger, tmp_path, small)
    (waiting,) = listed(ledger)
    assert (waiting.question_id, waiting.asks_if_settled, waiting.refused) == (number, False, True)
    with ledger.transaction() as session:
        assert kinds(session, number) == []
    (case,) = read_labelled(tmp_path / "regression.jsonl")
    known = frozenset({"labels#short", "labels#what-becomes-of-them"})
    learned = as_labelled(case, known)
    assert (learned.kind, learned.settles, learned.near) == ("near_miss", (), ("labels#what-becomes-of-them",))


def test_an_undone_verdict_is_no_case_and_the_passage_is_asked_about_again(ledger: Ledger, small: Path, tmp_path: Path) -> None:
    for settles in (True, False):
        number = near(ledger)
        decision = said(ledger, number, settles=settles)
        keep_near_cases(ledger, tmp_path, small)
        assert [case["id"] for case in cases(tmp_path)] == [f"near-{number}"]
        with ledger.transaction() as session:
            undo(session, decision, mentor="Ada", now=NOW)
        keep_near_cases(ledger, tmp_path, small)
        assert cases(tmp_path) == []
        assert next(each for each in listed(ledger) if each.question_id == number).asks_if_settled


def test_a_yes_that_is_corrected_and_a_no_whose_question_a_card_settles_since_are_no_cases(
    ledger: Ledger, small: Path, tmp_path: Path
) -> None:
    first, second = near(ledger), near(ledger, text="and are they counted?")
    said(ledger, first, settles=True)
    said(ledger, second, settles=False)
    by_card = Answer(question="", status=Status.ANSWERED, answer="Labels are made by a program.", confidence=1.0, cited=(Slug("labels"),))
    with ledger.transaction() as session:
        answer(session, first, **BOB, text="Not quite: only some are reported.")
        correct(session, second, **BOB, replacement=by_card)
    keep_near_cases(ledger, tmp_path, small)
    assert cases(tmp_path) == []


def test_a_no_goes_when_the_answer_becomes_a_card(ledger: Ledger, small: Path, tmp_path: Path) -> None:
    number = near(ledger, text=QUESTION)
    said(ledger, number, settles=False)
    with ledger.transaction() as session:
        answer(session, number, **BOB, text=ANSWER)
    keep_near_cases(ledger, tmp_path, small)
    # A mentor's own words are in no card yet.
    assert [case["kind"] for case in cases(tmp_path)] == ["near_miss"]
    library = library_of(small, tmp_path)
    with ledger.transaction() as session:
        question = promoted_question(session, number)
    plan = make_plan("new:tokens", question, library=library, knowledge=small, mentor="Bob", today=TODAY)
    carry_out(ledger, plan, knowledge=small, home=tmp_path, now=NOW)
    keep_near_cases(ledger, tmp_path, small)
    assert [(case["id"], case["slugs"]) for case in cases(tmp_path)] == [("promotion-1", ["tokens"])]


def test_other_cases_stay_as_they_are_and_nothing_is_written_twice(ledger: Ledger, small: Path, tmp_path: Path) -> None:
    path = tmp_path / "regression.jsonl"
    other = '{"id": "promotion-9", "kind": "in_scope", "question": "é?", "slugs": ["labels"]}\n'
    path.write_text(other, encoding="utf-8")
    keep_near_cases(ledger, tmp_path, small)
    assert path.read_text(encoding="utf-8") == other
    said(ledger, near(ledger), settles=True)
    keep_near_cases(ledger, tmp_path, small)
    written = path.stat().st_mtime_ns, path.read_text(encoding="utf-8")
    assert written[1].startswith(other)
    keep_near_cases(ledger, tmp_path, small)
    assert (path.stat().st_mtime_ns, path.read_text(encoding="utf-8")) == written


def test_who_is_forgotten_is_in_no_case(ledger: Ledger, small: Path, tmp_path: Path) -> None:
    mine, theirs = near(ledger, author="ann"), near(ledger, text="are labels counted, then?", author="bo")
    for number in (mine, theirs):
        said(ledger, number, settles=number == mine)
    keep_near_cases(ledger, tmp_path, small)
    assert len(cases(tmp_path)) == 2
    forget_everywhere(ledger, tmp_path, "ann")
    assert [case["id"] for case in cases(tmp_path)] == [f"near-{theirs}"]


def test_the_passage_is_named_by_the_short_answer_where_the_card_has_changed_since(ledger: Ledger, small: Path, tmp_path: Path) -> None:
    number = near(ledger)
    said(ledger, number, settles=True)
    path = small / "one" / "labels.md"
    path.write_text(path.read_text(encoding="utf-8").replace("the count is reported", "the sum is reported"), encoding="utf-8")
    assert read_knowledge(small)[1] == []
    keep_near_cases(ledger, tmp_path, small)
    assert cases(tmp_path)[0]["settles"] == ["labels#short"]


@pytest.mark.parametrize(("status", "text"), [(Status.ANSWERED, PASSAGE), (Status.HANDED_OVER, "I won't guess."), (Status.NEAR, PARTLY)])
def test_only_a_nearest_passage_can_be_said_yes_or_no_to(ledger: Ledger, status: Status, text: str) -> None:
    number = asked(ledger, status=status, answer=text)
    for decide in (is_it, not_it):
        with pytest.raises(Refused, match="was shown no nearest passage"), ledger.transaction() as session:
            decide(session, number, **ADA)
    with ledger.transaction() as session:
        assert session.query(ReviewRow).count() == 0


def test_a_mentor_may_change_their_mind(ledger: Ledger, small: Path, tmp_path: Path) -> None:
    number = near(ledger)
    said(ledger, number, settles=False)
    with ledger.transaction() as session:
        confirm(session, number, **BOB)
    keep_near_cases(ledger, tmp_path, small)
    assert [case["kind"] for case in cases(tmp_path)] == ["in_scope"]


def test_the_passage_is_not_shown_again_for_that_question_and_is_for_another(service: Service, ledger: Ledger) -> None:
    over_ledger = Service(service.library, ledger)

    def ask(number: int, text: str) -> Answer:
        result = over_ledger.ask(Incoming("discord", f"m{number}", f"t{number}", f"learner{number}", text))
        assert result is not None
        return result

    asks = (
        "does masked language modelling work for protein sequences of antibodies?",
        "can i use lora on a vision transformer for x-rays",
        "should i distil a reranker from a cross-encoder",
    )
    text = next(text for text in asks if service.answer((text,), hands_over=True).status is Status.NEAR)
    first = ask(1, text)
    assert first.status is Status.NEAR
    assert first.question_id is not None
    with ledger.transaction() as session:
        not_it(session, first.question_id, **ADA)
    again = ask(2, text.capitalize())
    assert (again.status, again.cited) == (Status.HANDED_OVER, ())
    assert "won't guess" in again.answer
    assert first.answer.split("\n\n")[1] not in again.answer
    with ledger.transaction() as session:
        undo(session, 1, mentor="Ada", now=NOW)
    assert ask(3, text).answer == first.answer
