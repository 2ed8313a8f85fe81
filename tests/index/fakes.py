"""A stand-in for the embedding model: no weights, and it remembers what it was asked to embed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from index.encoder.embedding import Encoder, Vectors
from index.encoder.model_files import EmbeddingModel
from knowledge.words import stems

MODEL = EmbeddingModel("words", "nowhere", "0" * 64)
DIMENSION = 48


class CountingEncoder(Encoder):
    """Embeds a text as the words in it, so that texts with common words are near each other."""

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        self.embedded += texts
        vectors = np.full((len(texts), DIMENSION), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in stems(text):
                vectors[row, int(hashlib.sha256(word.encode()).hexdigest(), 16) % DIMENSION] += 1
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)

    def words(self) -> frozenset[str]:
        return frozenset()
