"""The reader is fitted on labelled questions, here on a handful over three cards, and judged on families that it hasn't seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.evaluate.labelled_questions import Labelled
from index.fit import fit_reader as fitting
from index.fit.fit_reader import FAMILIES_UNKNOWN, FOLDS, Judged, fit_reader, fit_weights, nearest_shown_from, read_question, with_questions
from index.learned.reader_weights import FILE, ReaderWeights
from index.search.library import Library
from index.search.reader import EVIDENCE_COUNT, GATE_EXTRA, Reader
from index.store.build import build
from index.store.generations import load
from tests.index.fakes import MODEL, CountingEncoder

ABOUT = {"labels": "labels", "targets": "targets and goals", "masks": "masks of every kind"}
ASKED = {
    "what are {} for?": "short", "who makes {}": "where-they-come-from", "how are {} counted": "what-becomes-of-them",
    "show me {} as they are stored": "example", "where do {} come from": "where-they-come-from", "{} please": "short",
    "is a count of {} reported": "what-becomes-of-them", "can people read {}": "short",
}  # fmt: skip
ELSEWHERE = ("how long do {} boil", "which {} is cheapest", "is the {} open on sunday", "my {} is broken", "who sells a {}")
THINGS = ("eggs", "bus", "harbour", "landlord", "soup", "guitar")


def questions() -> list[Labelled]:
    """Return questions that passages settle, of which every tenth is labelled wrongly, and others that nothing settles."""
    rows = [
        Labelled(id=f"{slug}-{number}", kind="in_scope", question=asked.format(about), turns=(), settles=(f"{slug}#{label}",))
        for slug, about in ABOUT.items()
        for number, (asked, label) in enumerate(ASKED.items())
    ]
    # From questions that are all settled nothing could be learned about being wrong.
    rows = [row.model_copy(update={"settles": ("labels#example",)}) if number % 10 == 0 else row for number, row in enumerate(rows)]
    return rows + [
        Labelled(id=f"{thing}-{number}", kind="off_topic" if number else "near_miss", question=asked.format(thing), turns=(), settles=())
        for thing in THINGS
        for number, asked in enumerate(ELSEWHERE)
    ]


@pytest.fixture
def library(tmp_path: Path, small: Path) -> Library:
    build(tmp_path / "index", small, CountingEncoder, MODEL)
    return Library(load(tmp_path / "index"), CountingEncoder().encode)


@pytest.fixture(autouse=True)
def every_question_with_its_card_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "LEFT_OUT_EVERY", 1)


def test_the_reader_is_fitted_judged_and_reads_afterwards(library: Library, tmp_path: Path) -> None:
    said: list[str] = []
    unlabelled = Labelled(id="nobody-looked", question="what are labels?", turns=())
    weights, figures = fit_reader(library, [*questions(), unlabelled], said.append)
    assert said[0] == f"Reading {len(questions())} labelled questions …"
    assert len(weights.settles) == len(weights.questions) == len(questions())
    assert weights.weights.shape == (EVIDENCE_COUNT,)
    assert all(np.isfinite(values).all() for values in (weights.mean, weights.scale, weights.weights, weights.gate))
    assert 0 < weights.near_from <= weights.settled_from < 1
    assert all(0 <= value <= 1 for value in figures.values()), figures
    assert figures["one of two settles"] >= 0.6
    assert figures["off topic declined"] >= 0.5
    weights.write(tmp_path / "fitted")
    again = Library(load(tmp_path / "index"), library.encode, ReaderWeights.read(tmp_path / "fitted" / FILE))
    found = again.search("how are masks of every kind counted")
    assert (found.read[0].slug, found.read[0].name) == ("masks", "explanation:1")
    assert found.settled > again.search("how long do eggs boil").settled


def test_a_question_is_judged_without_the_labelled_questions_of_its_family(library: Library) -> None:
    """The rewording of a question in its own family must not tell the reader what settles it."""
    rows = [row.model_copy(update={"family": "same"}) for row in questions()[1:3]] + questions()[3:4]
    rows[1] = rows[1].model_copy(update={"question": rows[0].question, "settles": rows[0].settles})
    found = fitting.search_questions(library, rows)
    reader = Reader(library.passages, library.base, with_questions(library, rows))
    families = np.array([0, 0, 1])
    # Families of the first numbers are learned from as if their cards had no labelled question at all.
    known = FAMILIES_UNKNOWN
    passage = reader.labels[str(rows[0].settles[0] if rows[0].settles else "")]
    for own in (known, 0):
        read = read_question(reader, rows[0], found[0], own, np.where(families == 0, own, FOLDS + 1))
        assert passage in read.wanted
        assert read.settles.sum() == len(read.wanted)
        assert read.evidence[read.settles, 2].max() < 0.9
        assert reader.evidence(found[0])[passage, 2] == pytest.approx(1.0, abs=1e-3)


def judged_of(row: Labelled, *, related: bool) -> Judged:
    return Judged(row, 0, True, False, False, False, related, np.zeros(EVIDENCE_COUNT + GATE_EXTRA, dtype=np.float32))


def test_every_fold_is_judged_by_a_reader_that_was_fitted_without_it(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = questions()
    found = fitting.search_questions(library, rows)
    reader = Reader(library.passages, library.base, with_questions(library, rows))
    numbers = np.arange(len(rows))
    read = [read_question(reader, row, each, number, numbers) for number, (row, each) in enumerate(zip(rows, found, strict=True))]
    fitted_on: list[set[str]] = []

    def watched(reader: Reader, read: list[fitting.ReadQuestion]) -> ReaderWeights:
        fitted_on.append({each.row.id for each in read})
        return replace(fit_weights(reader, read), model_identity=str(len(fitted_on)))

    def judge(each: fitting.ReadQuestion, reader: Reader) -> Judged:
        assert each.row.id not in fitted_on[int(reader.weights.model_identity) - 1]
        return judged_of(each.row, related=True)

    monkeypatch.setattr(fitting, "fit_weights", watched)
    monkeypatch.setattr(fitting, "judge", judge)
    judged = fitting.judged_by_folds(reader, read)
    assert [each.row.id for each in judged] == [row.id for row in rows]
    assert len(fitted_on) == FOLDS


def test_the_nearest_passage_is_shown_where_it_is_related_often_enough_and_never_where_none_is() -> None:
    miss = Labelled(id="miss", kind="near_miss", question="?", turns=(), settles=())
    judged = [judged_of(miss, related=number % 2 == 0 and number >= 20) for number in range(100)]
    chances = np.linspace(0, 0.99, 100, dtype=np.float32)
    near_from = nearest_shown_from(judged, chances)
    assert near_from == pytest.approx(0.2, abs=0.02), "from 0.2 on every other one is related, below none is"
    assert nearest_shown_from([replace(each, related=False) for each in judged], chances) == fitting.SETTLED_FROM


def test_the_gate_learns_nothing_from_a_label_that_is_older_than_the_card_it_would_be_held_against() -> None:
    settled, declined = (judged_of(questions()[number], related=not number) for number in (0, -1))
    rows = [
        replace(each, right=right, signals=np.full(EVIDENCE_COUNT + GATE_EXTRA, height, dtype=np.float32))
        for each, right, height in ((settled, True, 1.0), (declined, False, -1.0))
        for _ in range(8)
    ]
    stale = [replace(row, right=False, is_stale=True, signals=rows[0].signals) for row in rows[:8]]
    assert np.array_equal(fitting.fit_gate(rows + stale), fitting.fit_gate(rows))
    assert not np.array_equal(fitting.fit_gate(rows + [replace(row, is_stale=False) for row in stale]), fitting.fit_gate(rows))
