"""A fitted kernel machine over sentences as plain arrays; it judges whether cards support a sentence."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from index.encoder.embedding import Vectors
from index.learned.reader_weights import PARAMETERS
from knowledge.errors import IndexUnusable
from knowledge.words import stem, words

NAME = "support.npz"
# Words and pairs of words are counted in this many places; few enough to ship, so many that few share one.
PLACES = 1 << 16
# A word is paired with those of the next few that are not mere grammar.
REACH = 5
GRAMMAR = frozenset("a an and are be in is it of that the to which".split())


@dataclass(frozen=True)
class KernelModel:
    """A sum of kernels, Gaussian over a vector and some signals, linear over pairs of words, its score turned into a probability.

    What a pair of words means depends on what is talked about, so pairs count twice: by themselves, and under their card's name.
    Shapes: mean, spread (signals,) bring a signal to its place beside the vector; points (kept, dimension + signals); duals (kept,);
    idf, pairs, card_pairs (PLACES,). `slope` and `offset` make a probability of a score; below `threshold` of probability the answer is no.
    """

    identity: str
    names: tuple[str, ...]
    mean: Vectors
    spread: Vectors
    scale: float
    points: Vectors
    duals: Vectors
    idf: Vectors
    pairs: Vectors
    card_pairs: Vectors
    bias: float
    gamma: float
    slope: float
    offset: float
    threshold: float

    def probabilities(self, texts: Sequence[str], slugs: Sequence[str], vectors: Vectors, signals: Vectors) -> npt.NDArray[np.float64]:
        """Return the probability of yes for each sentence; `slugs` are the cards that they are about.

        Shapes: slugs one per text; vectors (rows, dimension); signals (rows, signals); returns (rows,).
        """
        rows = beside(vectors, signals, self.mean, self.spread, self.scale)
        scores = gaussian(rows, self.points, self.gamma) @ self.duals + self.bias
        for row, (text, slug) in enumerate(zip(texts, slugs, strict=True)):
            places, under_card, values = weighed(text, slug, self.idf)
            scores[row] += self.pairs[places] @ values + self.card_pairs[under_card] @ values
        return np.array([1 / (1 + math.exp(-min(max(self.slope * score + self.offset, -30.0), 30.0))) for score in scores])

    def write(self, folder: Path = PARAMETERS) -> None:
        """Write the model in a form that can't run code."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            folder / NAME,
            identity=np.array(self.identity),
            names=np.array(self.names),
            mean=self.mean.astype(np.float32),
            spread=self.spread.astype(np.float32),
            points=self.points.astype(np.float16),
            duals=self.duals.astype(np.float32),
            idf=self.idf.astype(np.float16),
            pairs=self.pairs.astype(np.float16),
            card_pairs=self.card_pairs.astype(np.float16),
            numbers=np.array([self.scale, self.bias, self.gamma, self.slope, self.offset, self.threshold]),
        )

    @classmethod
    def read(cls, folder: Path = PARAMETERS) -> KernelModel:
        """Read a written model.

        Raises:
            IndexUnusable: the file is missing or damaged.
        """
        path = folder / NAME
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                scale, bias, gamma, slope, offset, threshold = (float(number) for number in arrays["numbers"])
                return cls(
                    str(arrays["identity"]), tuple(arrays["names"].tolist()), arrays["mean"], arrays["spread"], scale,
                    arrays["points"].astype(np.float32), arrays["duals"], arrays["idf"].astype(np.float32),
                    arrays["pairs"].astype(np.float32), arrays["card_pairs"].astype(np.float32), bias, gamma, slope, offset, threshold,
                )  # fmt: skip
        except (OSError, EOFError, ValueError, TypeError, KeyError, BadZipFile) as error:
            raise IndexUnusable(f"the fitted check {path} can't be read ({type(error).__name__}): run 'askwell index fit'") from error

    @classmethod
    def for_model(cls, identity: str, names: tuple[str, ...], home: Path) -> KernelModel:
        """Read what was fitted for an embedding model: what comes with the project, or was made in this home.

        Raises:
            IndexUnusable: there is none for this model and these signals.
        """
        for folder in (home / "fitted", PARAMETERS):
            if (folder / NAME).exists():
                model = cls.read(folder)
                if model.identity == identity and model.names == names:
                    return model
        raise IndexUnusable("the grounding check was not fitted for this embedding model yet: run 'askwell index fit' (minutes)")


def beside(vectors: Vectors, signals: Vectors, mean: Vectors, spread: Vectors, scale: float) -> Vectors:
    """Put signals beside vectors, brought to one scale and kept within bounds."""
    return np.concatenate([vectors, scale * np.clip((signals - mean) / spread, -4, 4)], axis=1).astype(np.float32)


def gaussian(rows: Vectors, points: Vectors, gamma: float) -> Vectors:
    """Return how near rows are to points, 1 for the same. Shapes: returns (rows, points)."""
    squares = (rows**2).sum(axis=1)[:, None] + (points**2).sum(axis=1)[None] - 2 * rows @ points.T
    return np.asarray(np.exp(-gamma * np.maximum(squares, 0.0)))


def tokens_of(text: str) -> dict[str, int]:
    """Count the words of a text, and the pairs of words near each other."""
    stemmed = [stem(word) for word in words(text)]
    telling = [word for word in stemmed if word not in GRAMMAR]
    pairs = [f"{first}_{second}" for number, first in enumerate(telling) for second in telling[number + 1 : number + REACH]]
    return dict(Counter((*stemmed, *pairs)))


def place(token: str) -> int:
    """Return the place of a token: that of a checksum, the same on every machine."""
    return zlib.crc32(token.encode("utf-8", "replace")) % PLACES


def weighed(text: str, slug: str, idf: Vectors) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Vectors]:
    """Return the places of a text's tokens, their places under a card's name, and their values: sublinear counts times idf, of length 1."""
    counts = tokens_of(text)
    places = np.array([place(token) for token in counts], dtype=np.int64)
    under_card = np.array([place(f"{slug}|{token}") for token in counts], dtype=np.int64)
    values = (1.0 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * idf[places]
    norm = float(np.sqrt((values**2).sum()))
    return places, under_card, (values / norm if norm else values).astype(np.float32)
