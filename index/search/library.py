"""The search: dense, lexical and learned evidence for every candidate, fused into one score per card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.encoder.batching import Together
from index.encoder.embedding import Vectors
from index.learned.card_classes import NONE
from index.learned.fitted import EVIDENCE, Fitted, Numbers
from index.search.card_rows import CardRows
from index.search.lexical import LexicalIndex
from index.search.query import Glossary, Speller, drop_foreign, is_foreign, views
from index.store.generations import Generation
from index.store.nearest import NearestPassages
from index.store.passages import Passage, PassageKind
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug

# So many cards are looked at closely, or all if there are fewer.
CANDIDATES = 64
# A card that was not there when the numbers were fitted is judged by its own passages: the class model counts its questions among those
# that no card settles. From this nearness on it settles a question, if no topic beyond the course is much nearer.
# Chosen on tests/review/promotion/promoted.jsonl, which test_promoted_cards.py beside it measures.
NEW_CARD_NEAR = 0.39


class Hit(NamedTuple):
    """One card found for a question; `score` is comparable within one question only.

    `evidence` is in the order of EVIDENCE. `learned` is the class model's log probability of the card, None for a card that
    it does not know.
    """

    slug: Slug
    score: float
    evidence: Numbers
    learned: float | None = None

    def named(self) -> dict[str, float]:
        """Return the evidence by its names."""
        return dict(zip(EVIDENCE, self.evidence.tolist(), strict=True))

    @property
    def nearest(self) -> float:
        """Return the cosine of the card's nearest passage of any kind."""
        return float(self.evidence[:5].max())

    @property
    def nearness(self) -> float:
        """Return how near the card's phrasings, facts and sections are, the first of them counted twice."""
        named = self.named()
        return (named["phrasing"] + named["phrasing_3"] + named["fact"] + named["section"]) / 4


@dataclass(frozen=True)
class Found:
    """The result of a search: the cards, best first, and the nearest topic beyond the course.

    `none` is the class model's log probability that no card settles the question.

    Shapes: vectors (views, dimension); cosines (passages,), 0 where the search did not look.
    """

    query: str
    hits: list[Hit]
    beyond: tuple[str, float] | None
    vectors: Vectors
    known_share: float
    none: float
    cosines: Vectors
    places: dict[tuple[str, PassageKind, str], int]

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
        fitted: Fitted,
        known_words: frozenset[str] = frozenset(),
    ) -> None:
        self.name = generation.name
        self.model_identity = generation.manifest.model_identity
        self.base: KnowledgeBase = generation.base
        self.passages: list[Passage] = generation.passages
        self.vectors = generation.vectors
        self.encode = encode
        self.fitted = fitted
        self.known_words = known_words
        self._together: Together[str, Found] = Together(self.search_all)
        self.lexical = LexicalIndex(generation.base)
        self.speller = Speller(self.lexical.course_words, known_words)
        self.glossary = Glossary(generation.base.glossary)
        self._slugs = list(generation.base.cards)
        self._position = {slug: number for number, slug in enumerate(self._slugs)}
        self._rows = CardRows(generation.passages, self._slugs)
        self._nearest = NearestPassages(generation)
        self._places = {(passage.slug, passage.kind, passage.place): row for row, passage in enumerate(generation.passages)}
        self._beyond_rows = np.array(
            [row for row, each in enumerate(generation.passages) if each.kind is PassageKind.BEYOND], dtype=np.int64
        )

    def search(self, text: str) -> Found:
        """Find the cards for one message; messages of several threads are searched together."""
        return self._together(text)

    def search_all(self, messages: Sequence[str]) -> list[Found]:
        """Find the cards for several messages, all their views embedded in one batch. Shapes: one per message, in their order."""
        read = [self.read(text) for text in messages]
        vectors = self.encode([view for _, texts in read for view in texts])
        found = []
        start = 0
        for query, texts in read:
            found.append(self.search_vectors(query, texts, vectors[start : start + len(texts)]))
            start += len(texts)
        return found

    def read(self, text: str) -> tuple[str, list[str]]:
        """Return a clean message as it's searched, and the views of it that are embedded: typos mended, foreign course words in English."""
        english = self.glossary.english(text)
        if is_foreign(text):
            english = drop_foreign(english) or text
        query = self.speller.mend(english)
        return query, views(query)

    def search_vectors(self, query: str, texts: list[str], vectors: Vectors) -> Found:
        """Find the cards for a message whose views are embedded already.

        Shapes: vectors (len(texts), dimension).
        """
        lexical = np.max([self.lexical.scores(text) for text in texts], axis=0)
        shares = lexical / np.maximum(lexical.max(axis=1, keepdims=True, initial=0.0), 1e-6)
        learned = {} if self.fitted.classes is None else self.fitted.classes.log_shares(query, vectors)
        positions, cosines = self._look(vectors, lexical, learned)
        dense = self._rows.evidence(cosines, positions)
        words = np.stack([lexical[:, positions], shares[:, positions]], axis=2).transpose(1, 0, 2).reshape(len(positions), -1)
        evidence = np.concatenate([dense, words], axis=1).astype(np.float32)
        slugs = [self._slugs[position] for position in positions]
        hits = [Hit(slug, 0.0, row, learned.get(slug)) for slug, row in zip(slugs, evidence, strict=True)]
        known = self.lexical.known_share(query)
        none = learned.get(NONE, 0.0)
        return Found(query, rank(hits, self.fitted, none), self._beyond(cosines), vectors, known, none, cosines, self._places)

    def _look(self, vectors: Vectors, lexical: Numbers, learned: dict[Slug, float]) -> tuple[npt.NDArray[np.int64], Vectors]:
        """Choose the cards to look at closely, and compare their passages with the question.

        Shapes: returns positions of cards (candidates,) and cosines (passages,), the highest over the views.
        """
        if len(self._slugs) <= CANDIDATES:
            return np.arange(len(self._slugs)), (self.vectors @ vectors.T).max(axis=1)
        # The few cards that words and the class model name come first: the many that are merely near must not crowd them out.
        chosen: dict[int, None] = {}
        for scores in lexical:
            best = np.argpartition(-scores, min(8, len(scores) - 1))[:8]
            chosen.update(dict.fromkeys(int(position) for position in best if scores[position] > 0))
        for slug in sorted(learned, key=lambda each: -learned[each])[:8]:
            if slug in self._position:
                chosen[self._position[slug]] = None
        chosen.update(dict.fromkeys(self._cards_of(self._nearest.rows(vectors))))
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


def rank(hits: list[Hit], fitted: Fitted, none: float | None = None) -> list[Hit]:
    """Score hits by all their evidence, best first.

    A card that the class model was not trained on is placed beside the best of the others by the evidence that both have. To that model
    it's among what no card settles: by as much as the log probability `none` is above the best of the others', a new card that is near
    enough to settle the question goes up.
    """
    known = [hit for hit in hits if hit.learned is not None]
    unknown = [hit for hit in hits if hit.learned is None]
    ranked: list[Hit] = []
    if known:
        evidence = np.stack([hit.evidence for hit in known])
        scores = evidence @ fitted.ranker[:-1] + np.array([hit.learned for hit in known], dtype=np.float32) * fitted.ranker[-1]
        ranked = [hit._replace(score=score) for hit, score in zip(known, scores.tolist(), strict=True)]
    if unknown:
        shift = none_leads = 0.0
        if ranked:
            best = max(ranked, key=lambda hit: hit.score)
            shift = best.score - float(best.evidence @ fitted.plain)
            if none is not None and best.learned is not None:
                none_leads = max(none - best.learned, 0.0)
        ranked += [
            hit._replace(score=float(hit.evidence @ fitted.plain) + shift + (none_leads if hit.nearness >= NEW_CARD_NEAR else 0.0))
            for hit in unknown
        ]
    return sorted(ranked, key=lambda hit: -hit.score)
