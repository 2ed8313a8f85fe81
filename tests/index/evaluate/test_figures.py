"""The figures are what one would count by hand, and the report shows them safely."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.evaluate.figures import BINS, Evaluation, LabelledOutcome, confusions, evaluate, reliability, risk_coverage, run, share
from index.evaluate.labelled_questions import Labelled
from index.evaluate.report import as_json, is_miss, page, table, write
from knowledge.reading.card import Slug

VOID = {"meta", "br", "hr", "img", "input", "link"}
NASTY = "<script>alert('x')</script> & \"quoted\" </td></table>"


def outcome(
    name: str,
    wanted: str = "",
    found: str = "",
    *,
    answered: bool = True,
    text: str = "",
    confidence: float = 0.5,
    question: str = "what is it?",
    **more: object,
) -> LabelledOutcome:
    labelled = Labelled.model_validate({"id": name, "question": question, "slugs": wanted.split(), **more})
    return LabelledOutcome(labelled, answered, tuple(Slug(slug) for slug in found.split()), text, confidence, 10.0)


@pytest.fixture
def outcomes() -> list[LabelledOutcome]:
    """Five in scope (three right first, four among three, two right), two noisy, one follow-up, three out of scope (two declined)."""
    return [
        outcome("right", "a b", "b c", text="It is a Target.", must=["target"], confidence=0.9),
        outcome("right too", "a", "a", confidence=0.8),
        outcome("says less", "a", "a", text="nothing", must=["target", "nothing"], confidence=0.7),
        outcome("third", "a", "b c a d", confidence=0.6),
        outcome("lost", "a", "b c d a", answered=False, text="Both are THE SAME", must_not=["the same"], confidence=0.2),
        outcome("noisy and false", "a", "a", text="both are\nthe same", must_not=["are.the same"], style="typos", confidence=0.9),
        outcome("noisy", "c", "c", style="keyword", confidence=0.8),
        outcome("follow", "d", "a d", turns=["what is d?", "why?"], confidence=0.4),
        outcome("declined", "", "a", answered=False, kind="near_miss", confidence=0.1),
        outcome("declined too", "", "", answered=False, kind="off_topic", confidence=0.0),
        outcome("answered", "", "a", kind="near_miss", confidence=0.65),
    ]


@pytest.fixture
def evaluation(outcomes: list[LabelledOutcome]) -> Evaluation:
    return evaluate(outcomes)


def values(evaluation: Evaluation, group: str) -> dict[str, tuple[float, int]]:
    return {name: (round(figure.value, 6), figure.count) for name, figure in evaluation.groups[group].items()}


def test_every_kind_of_question_gets_the_figures_that_one_counts_by_hand(evaluation: Evaluation) -> None:
    names = ["follow-ups", "in scope", "noisy", "out of scope", "out of scope: near_miss", "out of scope: off_topic"]
    assert list(evaluation.groups) == names
    assert values(evaluation, "in scope") == {
        "right card first": (0.6, 5), "right card among three": (0.8, 5), "answered": (0.8, 5), "right": (0.4, 5), "false claim": (0.0, 5),
    }  # fmt: skip
    assert values(evaluation, "noisy") == {
        "right card first": (1.0, 2), "right card among three": (1.0, 2), "answered": (1.0, 2), "right": (0.5, 2), "false claim": (0.5, 2),
    }  # fmt: skip
    assert values(evaluation, "follow-ups")["right card first"] == (0.0, 1)
    assert values(evaluation, "follow-ups")["right card among three"] == (1.0, 1)
    assert values(evaluation, "out of scope") == {"declined": (round(2 / 3, 6), 3)}
    assert values(evaluation, "out of scope: near_miss") == {"declined": (0.5, 2)}
    assert evaluation.latency_ms == {"median": 10.0, "p95": 10.0, "max": 10.0}


def test_what_an_answer_misses_and_says_falsely_is_named(outcomes: list[LabelledOutcome]) -> None:
    by_name = {each.labelled.id: each for each in outcomes}
    assert by_name["says less"].missing == ["target"]
    assert by_name["noisy and false"].false_claims == ["are.the same"]
    missed = [each.labelled.id for each in outcomes if is_miss(each)]
    assert missed == [
        "says less",
        "third",
        "lost",
        "noisy and false",
        "follow",
        "answered",
    ]


def test_confusions_are_counted_most_often_first(outcomes: list[LabelledOutcome]) -> None:
    more = [outcome("again", "a c", "b"), outcome("nothing found", "a", "")]
    assert confusions([*outcomes[:8], *more]) == [("a", "b", 3), ("d", "a", 1)]


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_an_interval_contains_its_value_and_is_the_same_every_time(answers: list[bool]) -> None:
    figure = share(answers)
    assert 0.0 <= figure.low <= figure.value <= figure.high <= 1.0
    assert figure.count == len(answers)
    assert figure == share(answers)


def test_an_interval_narrows_with_more_questions_and_agrees_with_theory() -> None:
    few, many = share([True, True, True, False] * 5), share([True, True, True, False] * 200)
    assert few.high - few.low > many.high - many.low
    expected = 1.96 * np.sqrt(0.75 * 0.25 / 800)
    assert many.high - many.value == pytest.approx(expected, rel=0.1)


def test_coverage_rises_to_all_as_confidence_falls_and_risk_is_the_share_of_wrong_cards(outcomes: list[LabelledOutcome]) -> None:
    curve = risk_coverage(outcomes)
    thresholds, coverage, risk = zip(*curve, strict=True)
    assert list(thresholds) == sorted(thresholds, reverse=True)
    assert list(coverage) == sorted(coverage)
    assert coverage[-1] == 1.0
    assert len(curve) == len(outcomes)
    assert risk[-1] == pytest.approx(sum(not each.first for each in outcomes) / len(outcomes))
    assert risk[:5] == (0.0,) * 5


def test_a_perfectly_calibrated_toy_has_no_calibration_error_and_a_boaster_has() -> None:
    calibrated = [
        outcome(f"{tenth}-{number}", "a", "a" if number < tenth else "b", confidence=tenth / 10)
        for tenth in range(11)
        for number in range(10)
    ]
    bins, error = reliability(calibrated)
    assert error == pytest.approx(0.0, abs=1e-9)
    assert sum(count for _, _, count in bins) == len(calibrated)
    assert len(bins) == BINS
    boasting = [outcome(str(number), "a", "b", confidence=1.0) for number in range(10)]
    assert reliability(boasting) == ([(1.0, 0.0, 10)], 1.0)


def test_questions_are_answered_in_their_order(outcomes: list[LabelledOutcome]) -> None:
    by_id = {each.labelled.id: each for each in outcomes}
    assert run([each.labelled for each in outcomes], lambda question: by_id[question.id]) == outcomes


def test_a_single_question_can_be_evaluated() -> None:
    evaluation = evaluate([outcome("alone", "a", "a")])
    assert list(evaluation.groups) == ["in scope"]
    assert table(evaluation).startswith("in scope (1)\n  right card first         1.000 [1.000, 1.000]\n")


class Checker(HTMLParser):
    """Notes every tag that is closed without being open, or left open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_well_formed_and_whatever_learners_typed_is_only_text_in_it(tmp_path: Path, outcomes: list[LabelledOutcome]) -> None:
    nasty = [
        outcome(NASTY, "a", "b", question=NASTY, must=["<b>&'"], kind=NASTY),
        LabelledOutcome(
            Labelled(id="slugs", question="q", turns=(), slugs=(Slug("<i>wanted</i>"),)), True, (Slug("<i>found</i>"),), "", 0.5, 1.0
        ),
        outcome("out", "", "b", question=NASTY, kind=NASTY),
        outcome("half a letter", "a", "b", question="half \ud800"),
    ]
    evaluation = evaluate([*outcomes, *nasty])
    write(evaluation, tmp_path / "deep" / "report", title=f"Evaluation of {NASTY}")
    text = (tmp_path / "deep" / "report" / "report.html").read_text(encoding="utf-8")
    checker = Checker()
    checker.feed(text)
    checker.close()
    assert checker.wrong == []
    assert checker.open == []
    assert checker.seen.count("svg") == 3
    assert not {"script", "i", "b"} & set(checker.seen)
    assert checker.text.count(NASTY) >= 5
    assert "does not say <b>&'" in checker.text
    for group in evaluation.groups:
        assert group in checker.text
    assert "http-equiv" not in text
    assert "<script" not in text


def test_the_json_holds_the_same_figures_and_what_was_found_instead(evaluation: Evaluation, tmp_path: Path) -> None:
    write(evaluation, tmp_path, title="x")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report == json.loads(json.dumps(as_json(evaluation)))
    assert report["figures"]["in scope"]["right"] == {"value": 0.4, "count": 5, "low": report["figures"]["in scope"]["right"]["low"],
                                                     "high": report["figures"]["in scope"]["right"]["high"]}  # fmt: skip
    misses = {row["id"]: row for row in report["misses"]}
    assert misses["third"]["wanted"] == ["a"]
    assert misses["third"]["found"] == ["b", "c", "a"]
    assert misses["lost"]["missing"] == []
    assert misses["follow"]["question"] == "why?"
    assert report["confusions"][0] == {"wanted": "a", "found": "b", "count": 2}
    assert page(evaluation, "x").count("<figure>") == 3
