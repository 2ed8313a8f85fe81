"""`askwell index fit` learns from the mentors' regression cases too, loses none of them, and finds out early where it can't write."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.command.fitting import CASES_KEPT, CROSS_VALIDATION, Lesson, learn
from bot.settings import Settings
from index.evaluate.labelled_questions import Labelled
from index.fit import fit_reader
from index.learned.reader_weights import FILE, ReaderWeights, folder_for
from index.search.reader import plain_weights
from index.store.build import build
from knowledge.errors import IndexUnusable
from knowledge.reading.card import Slug
from tests.command.said import Run, refused
from tests.index.fakes import DIMENSION, MODEL, CountingEncoder
from tests.index.fit.test_fit_reader import questions

CASE = Labelled(id="promotion-1", kind="in_scope", question="what are masks of every kind good for", turns=(), slugs=(Slug("masks"),))
UNSEEN = [
    Labelled(id="seen-by-nobody", question="how many labels are there", turns=(), settles=("labels#what-becomes-of-them",)),
    Labelled(id="bus", kind="near_miss", question="which bus is cheapest", turns=(), settles=()),
]
LESSON = Lesson(questions(), UNSEEN, [CASE])


@pytest.fixture
def settings(tmp_path: Path, small: Path) -> Settings:
    """The settings of a home whose index is built, and whose reader answers whatever it's asked."""
    settings = Settings(_env_file=None, home=tmp_path / "home", knowledge_dir=small)
    build(settings.index_dir, small, CountingEncoder, MODEL)
    replace(plain_weights(DIMENSION, MODEL.identity), settled_from=0.0).write(settings.home / "fitted")
    (settings.home / "fitted" / CROSS_VALIDATION).write_text('{"best passage settles": 0.25}', encoding="utf-8")
    return settings


def test_a_regression_case_is_learned_and_figures_are_shown_before_and_after(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # So small a course is rarely sure.
    monkeypatch.setattr(fit_reader, "SETTLED_FROM", 0.05)
    learn(settings, MODEL, CountingEncoder(), LESSON, settings.home / "fitted")
    lines = {line[:45].strip(): line[45:].split() for line in capsys.readouterr().out.splitlines()}
    assert lines[""] == ["before", "after"]
    assert lines["best passage settles"][0] == "0.250"
    assert lines["best passage is of a right card"][0] == "-", "no figure of the reader before says this"
    assert lines[CASES_KEPT] == ["1.000", "1.000"]
    assert lines["held out, out of scope: not answered"][0] == "0.000"
    assert {"held out: right card first", "held out: answered and settled", "cards left out: best passage settles"} <= set(lines)
    weights = ReaderWeights.for_model(MODEL, settings.home)
    assert len(weights.settles) == len(questions()) + 1
    assert weights.settles[-1] == ("masks#short",)
    figures = json.loads((settings.home / "fitted" / CROSS_VALIDATION).read_text(encoding="utf-8"))
    assert "best passage settles" in figures
    assert CASES_KEPT not in figures, "only what was cross-validated is compared next time"


def test_a_reader_that_loses_a_regression_case_is_not_published_and_the_line_names_the_case(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (settings.home / "fitted" / FILE).read_bytes()
    monkeypatch.setattr(fit_reader, "SETTLED_FROM", 1.0)
    with pytest.raises(
        IndexUnusable, match=r"1 regression case is answered now and would be lost: promotion-1 'what are masks.*\[masks\]"
    ) as e:
        learn(settings, MODEL, CountingEncoder(), LESSON, settings.home / "fitted")
    assert "\n" not in str(e.value)
    assert (settings.home / "fitted" / FILE).read_bytes() == before
    # A case that the reader before didn't answer either is no loss.
    (settings.home / "fitted" / FILE).unlink()
    elsewhere = CASE.model_copy(update={"question": "is the harbour open on sunday"})
    learn(settings, MODEL, CountingEncoder(), replace(LESSON, cases=[elsewhere]), settings.home / "fitted")
    assert ReaderWeights.for_model(MODEL, settings.home).settled_from == 1.0


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_computed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "fitted").write_text("not a folder", encoding="utf-8")
    line = refused(run("index", "fit"), 1)
    assert line == f"askwell: the fitted numbers can't be written to {tmp_path / 'home' / 'fitted'}: File exists\n"
    assert not (tmp_path / "home" / "index").exists()


def test_a_regression_case_that_cannot_be_read_is_named_before_anything_is_computed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "regression.jsonl").write_text('{"id": "promotion-1"}\n', encoding="utf-8")
    assert "regression.jsonl: line 1: " in refused(run("index", "fit"), 2)
    assert not (tmp_path / "home" / "index").exists()


def test_what_goes_into_the_package_is_of_the_packaged_model(run: Run, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"weights")
    assert "--packaged is for the packaged embedding model" in refused(
        run("index", "fit", "--packaged", embedding_model=tmp_path / "model"), 2
    )


def test_numbers_that_an_older_program_made_of_other_evidence_are_passed_over(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    assert folder_for(MODEL, settings.home) == settings.home / "fitted"
    old = plain_weights(DIMENSION, MODEL.identity)
    replace(old, weights=np.append(old.weights, np.float32(1.0))).write(settings.home / "fitted")
    with caplog.at_level(logging.WARNING), pytest.raises(IndexUnusable, match="was not fitted for the model words yet"):
        folder_for(MODEL, settings.home)
    assert "was learned by another version of the program and is not used: run 'askwell index fit' again" in caplog.text
