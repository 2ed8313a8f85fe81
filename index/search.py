"""How a question finds its cards: dense and lexical evidence for every candidate, fused into one score per card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import faiss
import numpy as np
import numpy.typing as npt

from index.embedding import Vectors
from index.lexical import LexicalIndex
from index.passages import Kind, Passage, spans
from index.query import Glossary, Speller, clean, drop_foreign, is_foreign, views
from index.storage import Generation
from knowledge.base import KnowledgeBase
from knowledge.model import Slug

# Passages taken from the vector search before they are grouped by card.
NEAREST = 192
CANDIDATES = 24

FEATURES = (
    "phrasing", "phrasing_3", "misconception", "fact", "section",
    "asked", "asked_share", "said", "said_share", "named", "named_share",
)  # fmt: skip
Features = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Evidence:
    """Why one card was found: its best passages by kind with their cosines, and its lexical scores."""

    cosines: dict[Kind, float]
    passages: dict[Kind, Passage]
    features: Features


@dataclass(frozen=True)
class Hit:
    """One card found for a question; `score` is comparable within one question only."""

    slug: Slug
    score: float
    evidence: Evidence


@dataclass(frozen=True)
class Found:
    """What a search brought back, best card first, and the nearest topic beyond the course."""

    query: str
    hits: list[Hit]
    beyond: tuple[str, float] | None
    vector: Vectors
    known_share: float
    passage_cosines: dict[tuple[Slug, Kind, str], float] = field(default_factory=dict)


class Library:
    """A loaded index with all that a search needs; it never changes, a new index is a new library."""

    def __init__(
        self, generation: Generation, encode: Callable[[Sequence[str]], Vectors], known_words: frozenset[str] = frozenset()
    ) -> None:
        self.name = generation.name
        self.base: KnowledgeBase = generation.base
        self.passages = generation.passages
        self.vectors = generation.vectors
        self.encode = encode
        self.lexical = LexicalIndex(generation.base)
        self.speller = Speller(self.lexical.course_words, known_words)
        self.glossary = Glossary(generation.base.glossary)
        self._slugs = list(generation.base.cards)
        self._rows = spans(generation.passages)
        self._position = {slug: number for number, slug in enumerate(self._slugs)}
        self._kinds = np.array([list(Kind).index(passage.kind) for passage in generation.passages])

    def search(self, text: str, weights: Features) -> Found:
        """Find the cards for one message."""
        query, texts = self.read(text)
        return self.search_vectors(query, texts, self.encode(texts), weights)

    def read(self, text: str) -> tuple[str, list[str]]:
        """Return a message as it's searched, and the views of it that are embedded: typos mended, foreign course words in English."""
        cleaned = clean(text)
        english = self.glossary.english(cleaned)
        if is_foreign(cleaned):
            english = drop_foreign(english) or cleaned
        query = self.speller.mend(english)
        return query, views(query)

    def search_vectors(self, query: str, texts: list[str], vectors: Vectors, weights: Features) -> Found:
        """Find the cards for a message whose views are embedded already.

        Shapes: vectors (len(texts), dimension), weights (len(FEATURES),).
        """
        _, rows = faiss.knn(vectors, self.vectors, min(NEAREST, len(self.passages)), metric=faiss.METRIC_INNER_PRODUCT)
        lexical = np.max([self.lexical.scores(text) for text in texts], axis=0)
        shares = lexical / np.maximum(lexical.max(axis=1, keepdims=True, initial=0.0), 1e-6)
        hits = []
        cosines: dict[tuple[Slug, Kind, str], float] = {}
        for slug in self._candidates(rows, lexical):
            span = self._rows[slug]
            near = np.max(self.vectors[span] @ vectors.T, axis=1)
            position = self._position[slug]
            words = np.stack([lexical[:, position], shares[:, position]], axis=1).ravel().tolist()
            evidence = self._evidence(span, near, words)
            hits.append(Hit(slug, float(evidence.features @ weights), evidence))
            for row, cosine in zip(range(span.start, span.stop), near, strict=True):
                passage = self.passages[row]
                cosines[slug, passage.kind, passage.place] = float(cosine)
        hits.sort(key=lambda hit: -hit.score)
        return Found(query, hits, self._beyond(rows, vectors), vectors, self.lexical.known_share(query), cosines)

    def _candidates(self, rows: npt.NDArray[np.int64], lexical: npt.NDArray[np.float32]) -> list[Slug]:
        chosen: dict[Slug, None] = {}
        limit = min(CANDIDATES, len(self._slugs))
        for row in rows.T.ravel():
            # FAISS pads short results with -1, which would name the last passage.
            if row >= 0 and self.passages[row].kind is not Kind.BEYOND:
                chosen.setdefault(Slug(self.passages[row].slug))
            if len(chosen) >= limit:
                break
        for scores in lexical:
            for position in np.argsort(-scores)[:6]:
                if scores[position] > 0:
                    chosen.setdefault(self._slugs[position])
        return list(chosen)

    def _evidence(self, span: slice, near: npt.NDArray[np.float32], lexical: list[float]) -> Evidence:
        cosines: dict[Kind, float] = {}
        best: dict[Kind, Passage] = {}
        top_phrasings: list[float] = []
        for row, cosine in zip(range(span.start, span.stop), near.tolist(), strict=True):
            passage = self.passages[row]
            if cosine > cosines.get(passage.kind, -1.0):
                cosines[passage.kind], best[passage.kind] = cosine, passage
            if passage.kind is Kind.PHRASING:
                top_phrasings.append(cosine)
        top_phrasings.sort(reverse=True)
        dense = [
            cosines.get(Kind.PHRASING, 0.0),
            sum(top_phrasings[:3]) / max(len(top_phrasings[:3]), 1),
            cosines.get(Kind.MISCONCEPTION, 0.0),
            cosines.get(Kind.FACT, 0.0),
            cosines.get(Kind.SECTION, 0.0),
        ]
        return Evidence(cosines, best, np.array([*dense, *lexical], dtype=np.float32))

    def _beyond(self, rows: npt.NDArray[np.int64], vectors: Vectors) -> tuple[str, float] | None:
        beyond = [int(row) for row in np.unique(rows) if row >= 0 and self.passages[row].kind is Kind.BEYOND]
        if not beyond:
            return None
        near = np.max(self.vectors[beyond] @ vectors.T, axis=1)
        return self.passages[beyond[int(near.argmax())]].slug, float(near.max())
