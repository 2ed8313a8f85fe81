"""The packaged model in 8-bit integers: near the unrounded model, and the same in any company."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.encoder import rounding
from index.encoder.embedding import Encoder
from index.encoder.model_files import RANGES, EmbeddingModel
from knowledge.errors import IndexUnusable

TEXTS = (
    "is pretraining supervised?",
    "so who writes the labels when a model is trained on raw text from the web, and does anybody check them at all?",
    "mlm vs clm",
    "I read that BERT hides 15% of the tokens. Why not more, and why are some of them left as they are? " * 6,
    "🙂",
    "best pizza in town",
)


@pytest.fixture(scope="module")
def unrounded(model: EmbeddingModel) -> Encoder:
    return Encoder(replace(model, ranges=None))


def test_vectors_are_near_those_of_the_unrounded_model(encoder: Encoder, unrounded: Encoder) -> None:
    cosines = (encoder.encode(TEXTS) * unrounded.encode(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.98
    assert cosines.max() < 0.999999, "nothing was rounded"


def test_vectors_have_length_one(encoder: Encoder) -> None:
    assert np.allclose(np.linalg.norm(encoder.encode(TEXTS), axis=1), 1, atol=1e-5)


def test_a_text_has_the_same_vector_alone_and_in_any_company(encoder: Encoder) -> None:
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    company = [f"{text} {' more' * number}" for text in TEXTS for number in range(20)]
    assert np.allclose(encoder.encode([*company, *TEXTS])[-len(TEXTS) :], alone, atol=1e-5)
    assert np.allclose(encoder.encode([*TEXTS[::-1], *company])[: len(TEXTS)][::-1], alone, atol=1e-5)


def test_measured_ranges_come_back_as_they_were_written(unrounded: Encoder, tmp_path: Path) -> None:
    ranges = rounding.measured(unrounded.transformer, TEXTS)
    rounding.write_ranges(ranges, tmp_path / "ranges.npz")
    again = rounding.read_ranges(tmp_path / "ranges.npz")
    assert again.keys() == ranges.keys() == rounding.read_ranges(RANGES).keys()
    assert all(np.array_equal(again[name], values) for name, values in ranges.items())


@pytest.mark.parametrize("content", [b"", b"no archive", RANGES.read_bytes()[:20_000]], ids=["empty", "no archive", "cut short"])
def test_ranges_that_cannot_be_read_are_named_with_what_to_do(model: EmbeddingModel, tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "ranges.npz"
    broken.write_bytes(content)
    with pytest.raises(IndexUnusable, match=r"ranges\.npz can't be read .*: run 'askwell index fit --only rounding'"):
        Encoder(replace(model, ranges=broken))


def test_ranges_of_another_model_are_refused(model: EmbeddingModel, tmp_path: Path) -> None:
    rounding.write_ranges({"another.layer": np.ones(3, dtype=np.float32)}, tmp_path / "ranges.npz")
    with pytest.raises(IndexUnusable, match="run 'askwell index fit --only rounding'"):
        Encoder(replace(model, ranges=tmp_path / "ranges.npz"))


def test_a_processor_that_can_not_compute_with_rounded_layers_uses_the_model_as_it_is(
    model: EmbeddingModel, unrounded: Encoder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*_: object) -> None:
        raise RuntimeError("not implemented for this packed parameter type")

    monkeypatch.setattr(rounding.RoundedLinear, "forward", refused)
    whole = Encoder(model)
    assert np.allclose(whole.encode(TEXTS[:3]), unrounded.encode(TEXTS[:3]), atol=1e-5)
    assert "is used unrounded and slower: not implemented" in caplog.text


def test_another_rounding_makes_another_identity(model: EmbeddingModel, tmp_path: Path) -> None:
    rounding.write_ranges({"a": np.ones(3, dtype=np.float32)}, tmp_path / "ranges.npz")
    identities = {each.identity for each in (model, replace(model, ranges=None), replace(model, ranges=tmp_path / "ranges.npz"))}
    assert len(identities) == 3
