"""What was learned lies in files that are read back as they were, and refused in one line when they are not."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.learned.card_classes import NONE, WORD_WEIGHT, ClassModel
from index.learned.fitted import PARAMETERS, Fitted, unfitted
from knowledge.errors import IndexUnusable
from knowledge.reading.card import Slug


@pytest.fixture
def classes() -> ClassModel:
    return ClassModel(
        (Slug("labels"), NONE),
        {"label": 0, "mask": 1},
        np.array([1.5, 2.0], dtype=np.float32),
        np.array([[1.0, 0.0, 3.0, -1.0], [0.0, 1.0, -2.0, 0.5]], dtype=np.float32),
        np.array([0.25, -0.25], dtype=np.float32),
    )


def test_a_class_model_is_read_back_as_it_was_written(tmp_path: Path, classes: ClassModel) -> None:
    classes.write(tmp_path / "deep" / "classes.npz")
    again = ClassModel.read(tmp_path / "deep" / "classes.npz")
    assert (again.slugs, again.vocabulary) == (classes.slugs, classes.vocabulary)
    for name in ("idf", "weights", "bias"):
        assert np.allclose(getattr(again, name), getattr(classes, name), atol=1e-3), name
    vectors = np.array([[0.6, 0.8]], dtype=np.float32)
    assert again.log_shares("labels", vectors) == pytest.approx(classes.log_shares("labels", vectors), abs=1e-2)


def test_the_shares_are_probabilities_and_words_count(classes: ClassModel) -> None:
    vectors = np.array([[0.6, 0.8], [0.8, 0.6]], dtype=np.float32)
    shares = classes.log_shares("what are labels?", vectors)
    assert np.exp(list(shares.values())).sum() == pytest.approx(1.0)
    assert shares[Slug("labels")] > classes.log_shares("what are they?", vectors)[Slug("labels")]
    columns, values = classes.words("labels and masks and labels")
    assert sorted(columns.tolist()) == [0, 1]
    assert np.linalg.norm(values) == pytest.approx(WORD_WEIGHT)
    assert len(classes.words("nothing of ours")[0]) == 0


def without_weights(content: bytes) -> bytes:
    with np.load(io.BytesIO(content)) as arrays:
        kept = {name: arrays[name] for name in arrays.files if name != "weights"}
    out = io.BytesIO()
    np.savez(out, **kept)
    return out.getvalue()


def with_objects(content: bytes) -> bytes:
    out = io.BytesIO()
    np.savez(out, slugs=np.array([{"a": 1}], dtype=object))
    return out.getvalue() or content


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "damage",
    [lambda _: b"", lambda _: b"hello", lambda content: content[: len(content) // 2], flipped, without_weights, with_objects, None],
)
def test_a_damaged_class_model_is_refused_in_one_line(tmp_path: Path, damage: Callable[[bytes], bytes] | None) -> None:
    path = tmp_path / "classes.npz"
    if damage is not None:
        path.write_bytes(damage((PARAMETERS / "classes.npz").read_bytes()))
    with pytest.raises(IndexUnusable, match=r"the learned model .*classes\.npz can't be read .*run 'askwell index fit'") as caught:
        ClassModel.read(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_one_array_is_refused_too(tmp_path: Path) -> None:
    with (tmp_path / "classes.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(IndexUnusable, match="can't be read"):
        ClassModel.read(tmp_path / "classes.npz")


def test_the_fitted_numbers_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    fitted = Fitted.read()
    fitted.write(tmp_path)
    again = Fitted.read(tmp_path)
    for name in ("ranker", "plain", "scope", "right"):
        assert np.array_equal(getattr(again, name), getattr(fitted, name)), name
    assert (again.temperature, again.threshold, again.made_from) == (fitted.temperature, fitted.threshold, fitted.made_from)
    assert again.classes is not None
    assert fitted.classes is not None
    assert np.array_equal(again.classes.weights, fitted.classes.weights)


def change(key: str, value: Any) -> Callable[[dict[str, Any]], str]:
    return lambda row: json.dumps(row | {key: value})


@pytest.mark.parametrize(
    "broken",
    [
        lambda _: "",
        lambda _: "{",
        lambda _: "[]",
        lambda _: "null",
        lambda row: json.dumps({key: value for key, value in row.items() if key != "right"}),
        lambda row: json.dumps(row | {"ranker": {**row["ranker"], "fact": None}}),
        lambda row: json.dumps(row | {"plain": {key: value for key, value in row["plain"].items() if key != "fact"}}),
        change("scope", None),
        change("scope", [1, 2]),
        change("temperature", "warm"),
        change("made_from", 3),
        None,
    ],
)
def test_fitted_numbers_that_are_missing_or_broken_are_one_line(tmp_path: Path, broken: Callable[[dict[str, Any]], str] | None) -> None:
    shutil.copy(PARAMETERS / "classes.npz", tmp_path)
    if broken is not None:
        row = json.loads((PARAMETERS / "confidence.json").read_text(encoding="utf-8"))
        (tmp_path / "confidence.json").write_text(broken(row), encoding="utf-8")
    with pytest.raises(IndexUnusable, match=r"the fitted numbers in .* can't be read .*run 'askwell index fit'") as caught:
        Fitted.read(tmp_path)
    assert "\n" not in str(caught.value)


def test_numbers_without_a_class_model_are_refused(tmp_path: Path) -> None:
    unfitted().write(tmp_path)
    with pytest.raises(IndexUnusable, match=r"classes\.npz can't be read \(FileNotFoundError\)"):
        Fitted.read(tmp_path)
