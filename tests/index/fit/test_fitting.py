"""One command learns everything from labelled questions; here from a handful of them over three cards."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from index.encoder.embedding import Vectors
from index.encoder.model_files import files_digest
from index.evaluate.labelled_questions import Labelled
from index.fit.fitting import FOLDS, fit, fold_of, operating_point, softmax_weights, vocabulary_of, written
from index.learned.card_classes import NONE
from index.learned.fitted import Fitted, passages_digest, unfitted
from index.search.library import Library
from index.store.build import build
from index.store.generations import load
from tests.index.fakes import MODEL, CountingEncoder

ABOUT = {"labels": "labels", "targets": "targets and goals", "masks": "masks"}
ASKED = ("what are {} for?", "who makes {}", "do {} matter in training", "how are {} counted", "show me {}", "why {}", "{} please",
         "where do {} come from", "can people read {}", "are {} made by a program")  # fmt: skip
ELSEWHERE = ("how long do {} boil", "which {} is cheapest", "is the {} open on sunday", "my {} is broken", "who sells a {}")
THINGS = ("eggs", "bus", "harbour", "landlord", "soup", "guitar")


def questions() -> list[Labelled]:
    rows = [
        Labelled.model_validate({"id": f"{slug}-{number}", "kind": "in_scope", "question": asked.format(about), "slugs": [slug]})
        for slug, about in ABOUT.items()
        for number, asked in enumerate(ASKED)
    ]
    # People mislabel, too; and from questions that are all found nothing could be learned about being wrong.
    rows = [row.model_copy(update={"slugs": ("labels",)}) if number % 5 == 0 else row for number, row in enumerate(rows)]
    return rows + [
        Labelled(id=f"{thing}-{number}", kind="off_topic" if number else "near_miss", question=asked.format(thing), turns=())
        for thing in THINGS
        for number, asked in enumerate(ELSEWHERE)
    ]


@pytest.fixture
def library(tmp_path: Path, small: Path) -> Library:
    encoder = CountingEncoder()
    build(tmp_path / "index", small, lambda: encoder, MODEL)
    return Library(load(tmp_path / "index"), encoder.encode, unfitted())


@pytest.fixture
def fitted_from(tmp_path: Path) -> Path:
    """A folder of labelled questions that fitting reads instead of the project's own."""
    folder = tmp_path / "questions" / "fit"
    folder.mkdir(parents=True)
    text = "".join(row.model_dump_json(exclude_none=True) + "\n" for row in questions())
    (folder / "some.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_everything_is_learned_from_a_folder_of_questions_and_works_afterwards(library: Library, fitted_from: Path, tmp_path: Path) -> None:
    said: list[str] = []
    fitted, report = fit(library, said.append, fitted_from.parent)
    assert said[0] == "Searching for 60 labelled questions …"
    for numbers in (fitted.ranker, fitted.plain, fitted.scope, fitted.right):
        assert np.isfinite(numbers).all()
    assert all(np.isfinite(value) for value in report.figures.values())
    assert 0 < fitted.threshold < 1
    assert 0.5 <= fitted.temperature <= 3.0
    assert fitted.classes is not None
    assert set(fitted.classes.slugs) == {*ABOUT, NONE}
    assert fitted.made_from == {
        "questions": files_digest([fitted_from / "some.jsonl"]),
        "model_identity": MODEL.identity,
        "cards": passages_digest(library.passages),
    }
    # The words of the cards and of the rest have nothing in common here, so little goes wrong but what is mislabelled.
    assert report.figures["right card first"] > 0.6
    assert report.figures["scope AUC"] > 0.9
    assert json.loads(written(report)).keys() == report.figures.keys()
    fitted.write(tmp_path / "parameters")
    again = Fitted.read(tmp_path / "parameters")
    assert not again.is_stale(library.passages)
    assert again.is_stale(library.passages[1:])
    after = Library(load(tmp_path / "index"), library.encode, again)
    assert after.search("who counts masks").hits[0].slug == "masks"
    assert after.search("who counts masks").hits[0].learned is not None


def test_the_fold_of_a_family_is_the_same_in_every_run_and_the_folds_are_alike_in_size() -> None:
    assert [fold_of(group) for group in ("q1-f001", "o-001", "d-067", "")] == [1, 2, 4, 4]
    counts = np.bincount([fold_of(f"family-{number}") for number in range(2_000)], minlength=FOLDS)
    assert len(counts) == FOLDS
    assert counts.min() > 300


def test_the_operating_point_is_where_mistakes_cost_least() -> None:
    inside, outside = np.array([0.7, 0.8, 0.9, 0.95]), np.array([0.05, 0.1, 0.2, 0.3])
    assert 0.3 < operating_point(inside, outside) <= 0.7
    # Answering wrongly costs twice what handing over does, so between the two a mixed region is handed over.
    assert operating_point(np.array([0.5, 0.9]), np.array([0.1, 0.6])) > 0.6


def test_the_ranker_learns_which_evidence_tells_the_right_card() -> None:
    generator = np.random.default_rng(3)
    evidence = generator.normal(size=(200, 5, 3))
    targets = np.zeros((200, 5))
    targets[np.arange(200), evidence[:, :, 1].argmax(axis=1)] = 1.0
    weights: Vectors = softmax_weights(evidence, targets, np.ones((200, 5), dtype=bool))
    assert weights[1] > 5 * max(abs(weights[0]), abs(weights[2]))


def test_the_vocabulary_is_of_words_that_two_texts_share() -> None:
    vocabulary, idf = vocabulary_of(["masks and labels", "labels of masks", "labels", "a lonely word"])
    assert list(vocabulary) == ["label", "mask"]
    assert idf[vocabulary["mask"]] > idf[vocabulary["label"]]
