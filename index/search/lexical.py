"""Words as evidence: BM25 over how each card is asked for, what it says, and the names that point at it."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from bm25s import BM25

from knowledge.reading.base import KnowledgeBase
from knowledge.words import stems, words

logging.getLogger("bm25s").setLevel(logging.WARNING)

Scores = npt.NDArray[np.float32]


class LexicalIndex:
    """BM25 over three faces of every card: how it's asked for, what it says, and its terms."""

    def __init__(self, base: KnowledgeBase) -> None:
        cards = list(base.cards.values())
        asked = [
            stems(" \n".join((card.title, card.title, *card.asked_as, *(each.belief for each in card.misconceptions)))) for card in cards
        ]
        said = [
            stems(" \n".join((card.title, card.body(), *card.key_facts, *(each.correction for each in card.misconceptions))))
            for card in cards
        ]
        named = [stems(" \n".join((card.title, *base.terms.get(card.slug, ())))) for card in cards]
        self._faces = [Face(asked), Face(said), Face(named)]
        self._vocabulary = {token for face in (asked, said, named) for tokens in face for token in tokens}
        # Not the terms: they hold misspellings on purpose, and the speller must not take those for right.
        texts = (" ".join((*card.asked_as, card.body())) for card in cards)
        self.course_words = {word for text in texts for word in words(text)}

    def scores(self, query: str) -> Scores:
        """Score every card by how it's asked for, what it says and its terms. Shapes: (3, number of cards)."""
        tokens = list(dict.fromkeys(stems(query)))
        return np.stack([face.scores(tokens) for face in self._faces])

    def known_share(self, query: str) -> float:
        """Return the share of the question's content words that any card uses: low for talk of other things."""
        tokens = stems(query)
        return sum(token in self._vocabulary for token in tokens) / len(tokens) if tokens else 0.0


class Face:
    """One BM25 index, its sparse scores read column by column: the library weighs, adding up a short question is ours."""

    def __init__(self, documents: list[list[str]]) -> None:
        index = bm25(documents)
        self._columns: dict[str, int] = index.vocab_dict
        self._starts = index.scores["indptr"]
        self._rows = index.scores["indices"]
        self._values = index.scores["data"]
        self._count = len(documents)

    def scores(self, tokens: Iterable[str]) -> Scores:
        """Score every card. Shapes: (number of cards,)."""
        out = np.zeros(self._count, dtype=np.float32)
        for token in tokens:
            column = self._columns.get(token)
            if column is not None:
                part = slice(self._starts[column], self._starts[column + 1])
                out[self._rows[part]] += self._values[part]
        return out


def bm25(documents: list[list[str]]) -> BM25:
    """Index tokenised texts with BM25 (Lucene's variant, k1 1.2, b 0.6)."""
    index = BM25(k1=1.2, b=0.6, method="lucene")
    index.index(documents, show_progress=False)
    return index
