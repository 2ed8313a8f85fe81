"""Words as evidence: BM25 over how each card is asked for, what it says, and the names that point at it; and words that texts share."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from bm25s import BM25

from knowledge.reading.base import KnowledgeBase
from knowledge.words import content_stems, stems, words

logging.getLogger("bm25s").setLevel(logging.WARNING)

Scores = npt.NDArray[np.float32]
# So many numbers words are given.
WORD_NUMBERS = 2**16


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


class SharedWords:
    """Says how many content words a question shares with each of many texts, a rare word counting more."""

    def __init__(self, texts: NumberedWords, rarity: Scores) -> None:
        """Index some texts. Shapes: rarity (WORD_NUMBERS,)."""
        text_of = np.repeat(np.arange(len(texts.counts), dtype=np.int32), texts.counts)
        order = np.argsort(texts.words, kind="stable")
        self._texts = text_of[order]
        self._starts = np.searchsorted(texts.words[order], np.arange(WORD_NUMBERS + 1))
        self._rarity = rarity
        squares = np.bincount(text_of, weights=rarity[texts.words] ** 2, minlength=len(texts.counts))
        self._lengths = np.sqrt(np.maximum(squares, 1e-12)).astype(np.float32)

    def cosines(self, text: str) -> Scores:
        """Return the cosine of the text's words and each indexed text's, weighed by rarity. Shapes: (texts,)."""
        own = numbered_words([text]).words
        out = np.zeros(len(self._lengths), dtype=np.float32)
        for number in own:
            out[self._texts[self._starts[number] : self._starts[number + 1]]] += self._rarity[number] ** 2
        return np.asarray(out / (self._lengths * max(float(np.linalg.norm(self._rarity[own])), 1e-6)), dtype=np.float32)


class NumberedWords(NamedTuple):
    """The content words of some texts as numbers, one text's behind the other's, and how many each text has.

    Shapes: words (all,), counts (texts,).
    """

    words: npt.NDArray[np.uint16]
    counts: npt.NDArray[np.uint16]

    def __add__(self, other: NumberedWords) -> NumberedWords:  # type: ignore[override]
        """Return the texts of both, one behind the other."""
        return NumberedWords(np.concatenate([self.words, other.words]), np.concatenate([self.counts, other.counts]))


def numbered_words(texts: Iterable[str]) -> NumberedWords:
    """Return a number for each content word of some texts, each once in a text: two words share one about once in 65,536 pairs."""
    numbers = [sorted({zlib.crc32(stem.encode()) % WORD_NUMBERS for stem in content_stems(text)}) for text in texts]
    return NumberedWords(np.array([each for row in numbers for each in row], dtype=np.uint16), np.array(list(map(len, numbers)), np.uint16))


def rarity_of(texts: NumberedWords) -> Scores:
    """Return how rare each word is in some texts: the log of one in how many has it. Shapes: (WORD_NUMBERS,)."""
    found_in = np.bincount(texts.words, minlength=WORD_NUMBERS)
    return np.log((len(texts.counts) + 1) / (found_in + 0.5)).astype(np.float32)


def bm25(documents: list[list[str]]) -> BM25:
    """Index tokenised texts with BM25 (Lucene's variant, k1 1.2, b 0.6)."""
    index = BM25(k1=1.2, b=0.6, method="lucene")
    index.index(documents, show_progress=False)
    return index
