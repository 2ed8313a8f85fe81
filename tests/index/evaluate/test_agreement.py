"""First and second marks of the same questions are compared by outcome and by passage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.evaluate.agreement import SECOND_MARKS, SecondMark, agreement, kappa, main, shown
from index.evaluate.labelled_questions import Labelled, labelled_to_fit
from index.store.passages import shown_passages
from knowledge.errors import UsageError
from knowledge.json_lines import read_json_lines
from knowledge.reading.base import read_knowledge
from tests.conftest import KNOWLEDGE


def first(**settles: list[str] | None) -> list[Labelled]:
    return [Labelled.model_validate({"id": name, "question": "what?", "settles": items}) for name, items in settles.items()]


def second(**settles: list[str]) -> list[SecondMark]:
    return [SecondMark.model_validate({"id": name, "settles": items}) for name, items in settles.items()]


def test_outcomes_and_passages_are_counted_as_by_hand() -> None:
    found = agreement(
        first(same=["a#x"], half=["a#x+b#y"], other=["a#x"], one=["a#x"], neither=[], unmarked=None, more=[]),
        second(same=["a#x", "c#z"], half=["b#y"], other=["a#z"], one=[], neither=[], unmarked=["a#x"]),
    )
    assert (found.same_outcome.value, found.same_outcome.count) == (0.8, 5)
    assert found.overlap is not None
    assert found.overlap.value == pytest.approx(2 / 3)
    assert found.overlap.count == 3
    assert found.same_first is not None
    assert found.same_first.value == pytest.approx(1 / 3)
    assert (found.settled_by_one, found.no_passage_in_common, found.unmarked) == (("one",), ("other",), 1)
    # Four of five and three of five are settled: by chance the two agree on 0.8 * 0.6 + 0.2 * 0.4 = 0.56.
    assert found.kappa == pytest.approx((0.8 - 0.56) / 0.44)
    lines = shown(found).splitlines()
    assert lines[0].endswith("5 (1 more have no first mark)")
    assert lines[-2].endswith(" one")


@pytest.mark.parametrize(
    ("outcomes", "wanted"),
    [
        ([(True, True), (False, False)], 1.0),
        ([(True, False), (False, True)], -1.0),
        ([(True, True), (True, False), (False, True), (False, False)], 0.0),
        ([(True, True), (True, True)], 1.0),
    ],
)
def test_agreement_by_chance_is_worth_nothing(outcomes: list[tuple[bool, bool]], wanted: float) -> None:
    assert kappa(outcomes) == wanted


def test_where_both_settle_no_question_no_overlap_is_given() -> None:
    found = agreement(first(a=[]), second(a=[]))
    assert found.overlap is found.same_first is None
    assert "settled in both marks           0\n  a passage in common           -" in shown(found)


def test_marks_that_can_not_be_compared_are_refused() -> None:
    with pytest.raises(UsageError, match=r"second marks of questions that are not in .*fit: gone"):
        agreement(first(a=[]), second(a=[], gone=[]))
    with pytest.raises(UsageError, match="more than one second mark: a; leave one"):
        agreement(first(a=[]), second(a=[]) * 2)
    with pytest.raises(UsageError, match="no question has both marks"):
        agreement(first(a=None), second(a=[]))


def test_the_command_prints_the_figures_or_one_line_that_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "Cohen's kappa" in capsys.readouterr().out
    marks = tmp_path / "marks.jsonl"
    marks.write_text(json.dumps({"id": "q1-001"}) + "\n", encoding="utf-8")
    assert main(["--marks", str(marks)]) == 2
    out, error = capsys.readouterr()
    assert (out, error) == ("", f"{marks}: line 1: settles: Field required\n")


def test_a_tenth_of_the_labelled_questions_is_marked_twice_with_passages_that_are_there() -> None:
    base, _ = read_knowledge(KNOWLEDGE)
    there = {f"{slug}#{name}" for slug, card in base.cards.items() for name in shown_passages(card)}
    marks = read_json_lines(SECOND_MARKS, SecondMark.model_validate)
    assert len(marks) >= 350
    assert {name for mark in marks for item in (*mark.settles, *mark.near) for name in item.split("+")} <= there
    assert {mark.id for mark in marks} <= {row.id for row in labelled_to_fit()}
