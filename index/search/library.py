"""The search: the passages that may settle a question, read with it, and the cards that they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.encoder.batching import Together
from index.encoder.embedding import Vectors
from index.learned.reader_weights import ReaderWeights
from index.search.card_rows import EVIDENCE, CardRows, Numbers
from index.search.lexical import LexicalIndex
from index.search.query import Glossary, Speller, drop_foreign, is_foreign, views, without_manner
from index.search.reader import Question, Reader, ReadPassage, plain_weights
from index.store.generations import Generation
from index.store.passages import Passage, PassageKind
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug

# So many cards are looked at closely, or all if there are fewer.
CANDIDATES = 256
# So many messages are embedded together; of more, the others are embedded while these are searched for. Source: `make bench`.
AHEAD = 16
# So many of the passages that were read are kept, best first.
READ_KEPT = 24


class Hit(NamedTuple):
    """One card found for a question; `score` is the chance that its best passage settles it, and `evidence` is in the order of EVIDENCE."""

    slug: Slug
    score: float
    evidence: Numbers

    def named(self) -> dict[str, float]:
        """Return the evidence by its names."""
        return dict(zip(EVIDENCE, self.evidence.tolist(), strict=True))

    @property
    def nearest(self) -> float:
        """Return the cosine of the card's nearest passage of any kind."""
        return float(self.evidence[:5].max())


@dataclass(frozen=True)
class Found:
    """The result of a search: the passages as read, the cards they belong to, both best first, and the nearest topic beyond the course.

    `settled` is the chance that the two best passages settle the question.

    Shapes: vectors (views, dimension); cosines (passages,), 0 where the search did not look; lexical (3, cards).
    """

    query: str
    hits: list[Hit]
    beyond: tuple[str, float] | None
    vectors: Vectors
    known_share: float
    settled: float
    read: tuple[ReadPassage, ...]
    cosines: Vectors
    lexical: Vectors
    places: dict[tuple[str, PassageKind, str], int]

    @property
    def question(self) -> Question:
        """Return the question as the reader reads it."""
        return Question(self.query, self.vectors, self.cosines, self.lexical)

    def cosine(self, slug: Slug, kind: PassageKind, place: str) -> float:
        """Return how near one passage of a card is to the question; 0 where the search did not look at it."""
        row = self.places.get((slug, kind, place))
        return 0.0 if row is None else float(self.cosines[row])


class Library:
    """A loaded index with all that a search needs; it never changes, a new index is a new library."""

    def __init__(
        self,
        generation: Generation,
        encode: Callable[[Sequence[str]], Vectors],
        weights: ReaderWeights | None = None,
        known_words: frozenset[str] = frozenset(),
    ) -> None:
        self.name = generation.name
        self.model_identity = generation.manifest.model_identity
        self.base: KnowledgeBase = generation.base
        self.passages: list[Passage] = generation.passages
        self.index = generation.index
        self.vectors = generation.vectors
        self.encode = encode
        self.known_words = known_words
        self._together: Together[str, Found] = Together(self.search_all)
        self.lexical = LexicalIndex(generation.base)
        self.speller = Speller(self.lexical.course_words, known_words)
        self.glossary = Glossary(generation.base.glossary)
        self._slugs = list(generation.base.cards)
        self._position = {slug: number for number, slug in enumerate(self._slugs)}
        self.reader = Reader(generation.passages, generation.base, weights or plain_weights(generation.vectors.shape[1]))
        self._rows = CardRows(generation.passages, self._slugs)
        self._places = {(passage.slug, passage.kind, passage.place): row for row, passage in enumerate(generation.passages)}
        self._beyond_rows = np.array(
            [row for row, each in enumerate(generation.passages) if each.kind is PassageKind.BEYOND], dtype=np.int64
        )

    def search(self, text: str) -> Found:
        """Find the cards for one message; messages of several threads are searched together."""
        return self._together(text)

    def search_all(self, messages: Sequence[str]) -> list[Found]:
        """Find the cards for several messages, their views embedded in batches. Shapes: one per message, in their order."""
        read = [self.read(text) for text in messages]
        batches = [read[start : start + AHEAD] for start in range(0, len(read), AHEAD)]
        if len(batches) < 2:
            return [found for batch in batches for found in self._search_batch(batch, self._embed(batch))]
        # While one batch is searched for, which takes one core, the next is embedded.
        with ThreadPoolExecutor(1, "askwell-ahead") as ahead:
            embedded = zip(batches, ahead.map(self._embed, batches), strict=True)
            return [found for batch, vectors in embedded for found in self._search_batch(batch, vectors)]

    def _embed(self, read: Sequence[tuple[str, list[str]]]) -> Vectors:
        """Embed all views of some messages."""
        return self.encode([view for _, texts in read for view in texts])

    def _search_batch(self, read: Sequence[tuple[str, list[str]]], vectors: Vectors) -> Iterator[Found]:
        """Find the cards for messages whose views are embedded together."""
        start = 0
        for query, texts in read:
            yield self.search_vectors(query, texts, vectors[start : start + len(texts)])
            start += len(texts)

    def rows_of(self, slug: Slug) -> list[int]:
        """Return the rows of a card's passages, in their order."""
        rows: list[int] = np.sort(self._rows.rows(np.array([self._position[slug]]))).tolist()
        return rows

    def read(self, text: str) -> tuple[str, list[str]]:
        """Return a clean message as it's searched, and the views of it that are embedded: typos mended, foreign course words in English."""
        text = without_manner(text)
        english = self.glossary.english(text)
        if is_foreign(text):
            english = drop_foreign(english) or text
        query = self.speller.mend(english)
        # As typed, too: an abbreviation that the glossary writes out can drown the rest of a short message.
        return query, list(dict.fromkeys([*views(query), *views(text)[:1]]))

    def search_vectors(self, query: str, texts: list[str], vectors: Vectors) -> Found:
        """Find the cards for a message whose views are embedded already.

        Shapes: vectors (len(texts), dimension).
        """
        lexical = np.max([self.lexical.scores(text) for text in texts], axis=0)
        shares = lexical / np.maximum(lexical.max(axis=1, keepdims=True, initial=0.0), 1e-6)
        positions, cosines = self._look(vectors, lexical)
        dense = self._rows.evidence(cosines, positions)
        words = np.stack([lexical[:, positions], shares[:, positions]], axis=2).transpose(1, 0, 2).reshape(len(positions), -1)
        evidence = np.concatenate([dense, words], axis=1).astype(np.float32)
        slugs = [self._slugs[position] for position in positions]
        read, by_card, settled = self.reader.read_best(Question(query, vectors, cosines, lexical), READ_KEPT)
        hits = [Hit(slug, chance, row) for slug, chance, row in zip(slugs, by_card[positions].tolist(), evidence, strict=True)]
        hits.sort(key=lambda hit: -hit.score)
        known = self.lexical.known_share(query)
        return Found(query, hits, self._beyond(cosines), vectors, known, settled, tuple(read), cosines, lexical, self._places)

    def _look(self, vectors: Vectors, lexical: Numbers) -> tuple[npt.NDArray[np.int64], Vectors]:
        """Choose the cards to look at closely, and compare their passages with the question.

        Shapes: returns positions of cards (candidates,) and cosines (passages,), the highest over the views.
        """
        if len(self._slugs) <= CANDIDATES:
            return np.arange(len(self._slugs)), self.index.cosines(vectors)
        # The few cards that words name come first: the many that are merely near must not crowd them out.
        chosen: dict[int, None] = {}
        for scores in lexical:
            best = np.argpartition(-scores, min(8, len(scores) - 1))[:8]
            chosen.update(dict.fromkeys(int(position) for position in best if scores[position] > 0))
        chosen.update(dict.fromkeys(self._cards_of(self.index.nearest(vectors))))
        positions = np.fromiter(chosen, dtype=np.int64, count=len(chosen))[:CANDIDATES]
        rows = np.concatenate([self._rows.rows(positions), self._beyond_rows])
        cosines = np.zeros(len(self.passages), dtype=np.float32)
        cosines[rows] = (self.vectors[rows] @ vectors.T).max(axis=1)
        return positions, cosines

    def _cards_of(self, rows: Iterable[int]) -> Iterable[int]:
        """Return the cards that passages belong to, nearest first."""
        for row in rows:
            if self.passages[row].kind is not PassageKind.BEYOND:
                yield self._position[Slug(self.passages[row].slug)]

    def _beyond(self, cosines: Vectors) -> tuple[str, float] | None:
        if not len(self._beyond_rows):
            return None
        near = cosines[self._beyond_rows]
        best = int(near.argmax())
        return self.passages[int(self._beyond_rows[best])].slug, float(near[best])


def best_by_card(read: Iterable[ReadPassage]) -> dict[Slug, float]:
    """Return the chance of each card's best passage."""
    chances: dict[Slug, float] = {}
    for passage in read:
        chances.setdefault(passage.slug, passage.chance)
    return chances
