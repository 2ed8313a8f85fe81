"""The machine is written as plain arrays and read as it was, and damage to its file is one clear line."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from index.learned.kernel import NAME, PLACES, KernelModel, beside, gaussian, place, tokens_of, weighed
from knowledge.errors import IndexUnusable

SIGNAL_NAMES = ("near", "new")
DIMENSION = 4


def a_machine(seed: int = 3) -> KernelModel:
    generator = np.random.default_rng(seed)

    def numbers(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return generator.normal(size=shape).astype(np.float32)

    return KernelModel(
        "model-1", SIGNAL_NAMES, numbers(2), np.ones(2, dtype=np.float32), 0.1, numbers(6, DIMENSION + 2), numbers(6),
        np.abs(numbers(PLACES)), 0.3 * numbers(PLACES), 0.3 * numbers(PLACES), 0.25, 1.2, 1.5, -0.1, 0.6,
    )  # fmt: skip


def asked(machine: KernelModel, texts: list[str], slug: str = "labels") -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    generator = np.random.default_rng(7)
    vectors = generator.normal(size=(len(texts), DIMENSION)).astype(np.float32)
    signals = generator.normal(size=(len(texts), 2)).astype(np.float32)
    return machine.probabilities(texts, [slug] * len(texts), vectors, signals)


TEXTS = ["Masks hide the words.", "The words hide masks!", "", "…", "nobody nobody nobody", "a " * 500]


def test_a_machine_that_was_written_and_read_judges_the_same(tmp_path: Path) -> None:
    machine = a_machine()
    machine.write(tmp_path / "deep")
    again = KernelModel.read(tmp_path / "deep")
    assert np.allclose(asked(machine, TEXTS), asked(again, TEXTS), atol=0.01)
    for name in ("identity", "names", "scale", "bias", "gamma", "slope", "offset", "threshold"):
        assert getattr(machine, name) == getattr(again, name), name
    assert all(getattr(again, each.name).dtype == np.float32 for each in fields(again) if isinstance(getattr(again, each.name), np.ndarray))


def test_a_chance_is_a_chance_whatever_the_text_and_however_far_off(tmp_path: Path) -> None:
    machine = a_machine()
    chances = asked(machine, TEXTS)
    assert chances.shape == (len(TEXTS),)
    assert ((chances > 0) & (chances < 1)).all()
    far = np.full((1, 2), 1e30, dtype=np.float32)
    assert 0 < machine.probabilities(["x"], ["labels"], np.full((1, DIMENSION), 1e3, dtype=np.float32), far)[0] < 1
    assert asked(machine, []).shape == (0,)


def test_the_same_pair_of_words_counts_differently_under_another_card() -> None:
    machine = a_machine()
    assert asked(machine, TEXTS[:1], "labels")[0] != asked(machine, TEXTS[:1], "targets")[0]


def test_words_are_paired_in_their_order_with_what_follows_soon() -> None:
    counts = tokens_of("The teacher teaches the student, and the student the teacher.")
    assert counts["teacher_student"] == counts["student_teacher"] == 2
    assert counts["student"] == 2
    swapped = tokens_of("The student copies the teacher.")
    assert (swapped["student_teacher"], swapped.get("teacher_student")) == (1, None)
    assert "the_teacher" not in counts
    far = tokens_of("mask one two three four five label")
    assert "mask_label" not in far
    assert tokens_of("not supervised")["not_supervis"] == 1
    assert tokens_of("") == {}


def test_a_text_counts_by_its_direction_and_not_by_its_length() -> None:
    idf = np.ones(PLACES, dtype=np.float32)
    for text in ("mask", "mask label token", "mask " * 90):
        places, under_card, values = weighed(text, "labels", idf)
        assert len(places) == len(under_card) == len(values)
        assert np.linalg.norm(values) == pytest.approx(1.0)
    assert np.array_equal(weighed("mask", "labels", np.zeros(PLACES, dtype=np.float32))[2], [0.0])
    assert len(weighed("", "labels", idf)[2]) == 0


def test_a_place_is_the_same_in_every_process() -> None:
    code = "from index.learned.kernel import place; print(place('mask_label'), place('\\udc80é'))"
    seen = {
        subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2")
    }
    assert seen == {f"{place('mask_label')} {place(chr(0xDC80) + 'é')}\n"}
    assert all(0 <= place(word) < PLACES for word in ("", "a", "𝔘"))


def test_signals_are_brought_to_one_scale_and_kept_within_bounds() -> None:
    signals, mean, spread = (np.array(values, dtype=np.float32) for values in ([[5.0, 1e9, -1e9]], [3.0, 0, 0], [2.0, 1, 1]))
    row = beside(np.zeros((1, 1), dtype=np.float32), signals, mean, spread, 0.1)
    assert row[0].tolist() == pytest.approx([0, 0.1, 0.4, -0.4])


def test_a_point_is_nearest_to_itself() -> None:
    points = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    near = gaussian(points, points, 1.2)
    assert np.allclose(np.diag(near), 1.0, atol=1e-5)
    assert (near <= 1.0 + 1e-6).all()
    assert np.allclose(near, near.T, atol=1e-6)


@pytest.mark.parametrize("damage", ["missing", "empty", "text", "cut", "flipped", "without an array", "pickled"])
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, damage: str) -> None:
    path = tmp_path / NAME
    a_machine().write(tmp_path)
    whole = path.read_bytes()
    match damage:
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("not an archive", encoding="utf-8")
        case "cut":
            path.write_bytes(whole[: len(whole) // 2])
        case "flipped":
            middle = len(whole) // 2
            path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :])
        case "without an array":
            with zipfile.ZipFile(path) as archive, zipfile.ZipFile(tmp_path / "less.npz", "w") as less:
                for name in archive.namelist():
                    if name != "duals.npy":
                        less.writestr(name, archive.read(name))
            (tmp_path / "less.npz").replace(path)
        case "pickled":
            np.savez(path, identity=np.array([{"runs": "code"}], dtype=object))
    with pytest.raises(IndexUnusable, match=r"the fitted check .*support\.npz can't be read .*askwell index fit") as caught:
        KernelModel.read(tmp_path)
    assert "\n" not in str(caught.value)


def test_what_was_fitted_in_the_home_goes_before_what_comes_with_the_project(tmp_path: Path) -> None:
    a_machine().write(tmp_path / "fitted")
    assert KernelModel.for_model("model-1", SIGNAL_NAMES, tmp_path).threshold == 0.6


@pytest.mark.parametrize(
    ("identity", "names"), [("another-model", SIGNAL_NAMES), ("model-1", ("near", "new", "third")), ("model-1", ("new", "near"))]
)
def test_what_was_fitted_for_another_model_or_other_signals_is_not_used(tmp_path: Path, identity: str, names: tuple[str, ...]) -> None:
    a_machine().write(tmp_path / "fitted")
    with pytest.raises(IndexUnusable, match="was not fitted for this embedding model yet: run 'askwell index fit'"):
        KernelModel.for_model(identity, names, tmp_path)
