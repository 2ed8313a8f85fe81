"""The packaged model's last layer as it was taught: it's read, it's another model's vector, and what can't be read is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from index.encoder.embedding import Encoder
from index.encoder.last_layer import last_layer, write_last_layer
from index.encoder.model_files import LAST_LAYER, EmbeddingModel
from index.fit.fit_encoder import AT_ONCE, below_last, embedded, teach
from knowledge.errors import IndexUnusable

ABOUT = ("bread", "rain", "trains", "whales", "chess", "violins", "tulips", "honey")
ASKED = tuple(f"{word} {about}" for about in ABOUT for word in ("why", "how come", "tell me of"))
SAID = tuple(f"{about} are {thing}" for about in ABOUT for thing in ("old", "heavy", "loved"))


@pytest.fixture
def published(model: EmbeddingModel) -> Encoder:
    return Encoder(replace(model, ranges=None, last_layer=None))


def test_a_taught_layer_is_written_and_read_and_gives_other_vectors(published: Encoder, model: EmbeddingModel, tmp_path: Path) -> None:
    before = published.encode(ASKED)
    with torch.no_grad():
        for parameter in last_layer(published.transformer).parameters():
            parameter.mul_(1.1)
    changed = published.encode(ASKED)
    path = tmp_path / "layer.safetensors"
    write_last_layer(last_layer(published.transformer), path)
    taught = replace(model, ranges=None, last_layer=path)
    assert np.allclose(Encoder(taught).encode(ASKED), changed, atol=1e-2)
    assert np.abs(changed - before).max() > 1e-2
    assert taught.identity != replace(model, ranges=None, last_layer=None).identity


@pytest.mark.parametrize("content", [b"", b"no tensors", LAST_LAYER.read_bytes()[:20_000]], ids=["empty", "no tensors", "cut short"])
def test_a_layer_that_cannot_be_read_is_named_with_what_to_do(model: EmbeddingModel, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "layer.safetensors"
    path.write_bytes(content)
    with pytest.raises(IndexUnusable, match=r"layer\.safetensors can't be read .*: run 'askwell index fit --only encoder'"):
        Encoder(replace(model, last_layer=path))


def test_the_states_below_the_last_layer_give_the_vectors_of_the_whole_model(published: Encoder) -> None:
    vectors = embedded(last_layer(published.transformer), below_last(published.transformer, ASKED), range(len(ASKED)), 128)
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
