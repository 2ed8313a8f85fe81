"""A linear model that reads a question's vector and words, and names a card or none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from index.encoder.embedding import Vectors
from knowledge.errors import IndexUnusable
from knowledge.reading.card import Slug
from knowledge.words import stems

CLASSES = Path(__file__).parents[1] / "parameters" / "classes.npz"
# The class of questions that no card settles.
NONE = Slug("none")
# How much a question's words count beside its vector, which has length 1.
WORD_WEIGHT = 0.7

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ClassModel:
    """A multinomial logistic regression over the cards and "none".

    Shapes: weights (classes, dimension + words), bias (classes,), idf (words,).
    """

    slugs: tuple[Slug, ...]
    vocabulary: dict[str, int]
    idf: Matrix
    weights: Matrix
    bias: Matrix

    def log_shares(self, query: str, vectors: Vectors) -> dict[Slug, float]:
        """Return the logarithm of each class's probability for one question.

        Shapes: vectors (views, dimension); their mean is read.
        """
        mean = vectors.mean(axis=0)
        dimension = len(mean)
        logits = self.weights[:, :dimension] @ mean + self.bias
        columns, values = self.words(query)
        if len(columns):
            logits = logits + self.weights[:, dimension + columns] @ values
        logits = logits - logits.max()
        logs = logits - np.log(np.exp(logits).sum())
        return dict(zip(self.slugs, logs.tolist(), strict=True))

    def words(self, query: str) -> tuple[npt.NDArray[np.int64], Matrix]:
        """Return a question's known words as columns and their tf-idf values."""
        counts: dict[int, int] = {}
        for token in stems(query):
            column = self.vocabulary.get(token)
            if column is not None:
                counts[column] = counts.get(column, 0) + 1
        return weighted(counts, self.idf)

    def write(self, path: Path) -> None:
        """Write the model in a form that can't run code."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            path,
            slugs=np.array(self.slugs),
            vocabulary=np.array(list(self.vocabulary)),
            idf=self.idf.astype(np.float16),
            weights=self.weights.astype(np.float16),
            bias=self.bias,
        )

    @classmethod
    def read(cls, path: Path = CLASSES) -> ClassModel:
        """Read a written model.

        Raises:
            IndexUnusable: the file is missing or damaged.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return cls(
                    tuple(Slug(slug) for slug in arrays["slugs"].tolist()),
                    {token: column for column, token in enumerate(arrays["vocabulary"].tolist())},
                    arrays["idf"].astype(np.float32),
                    arrays["weights"].astype(np.float32),
                    arrays["bias"].astype(np.float32),
                )
        except (OSError, EOFError, ValueError, TypeError, KeyError, BadZipFile) as error:
            raise IndexUnusable(f"the learned model {path} can't be read ({type(error).__name__}): run 'askwell index fit'") from error


def weighted(counts: dict[int, int], idf: Matrix) -> tuple[npt.NDArray[np.int64], Matrix]:
    """Turn word counts into columns and values: sublinear tf, idf, length WORD_WEIGHT."""
    columns = np.fromiter(counts, dtype=np.int64, count=len(counts))
    tf = 1.0 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
    values = tf * idf[columns]
    norm = float(np.sqrt((values**2).sum()))
    return columns, (values * (WORD_WEIGHT / norm) if norm else values).astype(np.float32)
