"""The packaged model's upper layers as they were taught: they're read, give other vectors, and what can't be read is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from index.encoder.embedding import Encoder
from index.encoder.model_files import TAUGHT_LAYERS, EmbeddingModel
from index.encoder.taught_layers import upper_layers, write_layers
from index.fit.fit_encoder import AT_ONCE, LAYERS, below, embedded, teach
from knowledge.errors import IndexUnusable

ABOUT = ("bread", "rain", "trains", "whales", "chess", "violins", "tulips", "honey")
ASKED = tuple(f"{word} {about}" for about in ABOUT for word in ("why", "how come", "tell me of"))
SAID = tuple(f"{about} are {thing}" for about in ABOUT for thing in ("old", "heavy", "loved"))


@pytest.fixture
def published(model: EmbeddingModel) -> Encoder:
    return Encoder(replace(model, ranges=None, taught_layers=None))


def test_taught_layers_are_written_and_read_and_give_other_vectors(published: Encoder, model: EmbeddingModel, tmp_path: Path) -> None:
    before = published.encode(ASKED)
    with torch.no_grad():
        for parameter in upper_layers(published.transformer, LAYERS).parameters():
            parameter.mul_(1.1)
    changed = published.encode(ASKED)
    path = tmp_path / "layers.safetensors"
    write_layers(upper_layers(published.transformer, LAYERS), path)
    taught = replace(model, ranges=None, taught_layers=path)
    assert np.allclose(Encoder(taught).encode(ASKED), changed, atol=1e-2)
    assert np.abs(changed - before).max() > 1e-2
    assert taught.identity != replace(model, ranges=None, taught_layers=None).identity


@pytest.mark.parametrize("content", [b"", b"no tensors", TAUGHT_LAYERS.read_bytes()[:20_000]], ids=["empty", "no tensors", "cut short"])
def test_layers_that_cannot_be_read_are_named_with_what_to_do(model: EmbeddingModel, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "layers.safetensors"
    path.write_bytes(content)
    with pytest.raises(IndexUnusable, match=r"layers\.safetensors can't be read .*: run 'askwell index fit --only encoder'"):
        Encoder(replace(model, taught_layers=path))


def test_the_states_below_the_taught_layers_give_the_vectors_of_the_whole_model(published: Encoder) -> None:
    vectors = embedded(upper_layers(published.transformer, LAYERS), below(published.transformer, ASKED), range(len(ASKED)), 128)
    assert np.allclose(vectors.detach().numpy(), published.encode(ASKED), atol=5e-3)


def test_a_question_comes_nearer_to_what_settles_it(published: Encoder) -> None:
    # Of what is said of a thing, "loved" is wanted, which no word of a question says.
    settles = [frozenset({3 * (number // 3) + 2}) for number in range(len(ASKED))]
    assert len(ASKED) >= AT_ONCE

    def first() -> float:
        nearest = (published.encode(ASKED) @ published.encode(SAID).T).argmax(axis=1)
        return float(np.mean([place in each for place, each in zip(nearest, settles, strict=True)]))

    before = first()
    said: list[str] = []
    for _ in range(5):
        teach(published.transformer, ASKED, SAID, settles, said.append)
    assert first() > max(before, 0.8)
    assert said
