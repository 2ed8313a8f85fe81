"""How a question finds its cards: dense and lexical evidence for every candidate, fused into one score per card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import faiss
import numpy as np
import numpy.typing as npt

from index.embedding import Vectors
from index.fitted import EVIDENCE, Fitted, Numbers
from index.learned import NONE
from index.lexical import LexicalIndex
from index.passages import Kind, Passage, spans
from index.query import Glossary, Speller, clean, drop_foreign, is_foreign, views
from index.storage import Generation
from knowledge.base import KnowledgeBase
from knowledge.model import Slug

# Passages taken from the vector search before they are grouped by card.
NEAREST = 192
CANDIDATES = 24


@dataclass(frozen=True)
class Evidence:
    """Why one card was found: its best passages by kind with their cosines, and all evidence in the order of EVIDENCE."""

    cosines: dict[Kind, float]
    passages: dict[Kind, Passage]
    features: Numbers

    def named(self) -> dict[str, float]:
        """Return the evidence by its names."""
        return dict(zip(EVIDENCE, self.features.tolist(), strict=True))


@dataclass(frozen=True)
class Hit:
    """One card found for a question; `score` is comparable within one question only.

    `learned` is the class model's log probability of the card, None for a card that it does not know.
    """

    slug: Slug
    score: float
    evidence: Evidence
    learned: float | None = None


@dataclass(frozen=True)
class Found:
    """What a search brought back, best card first, and the nearest topic beyond the course.

    `none` is the class model's log probability that no card settles the question.
    """

    query: str
    hits: list[Hit]
    beyond: tuple[str, float] | None
    vector: Vectors
    known_share: float
    none: float = 0.0
    passage_cosines: dict[tuple[Slug, Kind, str], float] = field(default_factory=dict)


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
        self.model_sha256 = generation.manifest.model_sha256
        self.base: KnowledgeBase = generation.base
        self.passages = generation.passages
        self.vectors = generation.vectors
        self.encode = encode
        self.fitted = fitted
        self.lexical = LexicalIndex(generation.base)
        self.speller = Speller(self.lexical.course_words, known_words)
        self.glossary = Glossary(generation.base.glossary)
        self._slugs = list(generation.base.cards)
        self._rows = spans(generation.passages)
        self._position = {slug: number for number, slug in enumerate(self._slugs)}
        self._kinds = np.array([list(Kind).index(passage.kind) for passage in generation.passages])

    def search(self, text: str) -> Found:
        """Find the cards for one message."""
        query, texts = self.read(text)
        return self.search_vectors(query, texts, self.encode(texts))

    def read(self, text: str) -> tuple[str, list[str]]:
        """Return a message as it's searched, and the views of it that are embedded: typos mended, foreign course words in English."""
        cleaned = clean(text)
        english = self.glossary.english(cleaned)
        if is_foreign(cleaned):
            english = drop_foreign(english) or cleaned
        query = self.speller.mend(english)
        return query, views(query)

    def search_vectors(self, query: str, texts: list[str], vectors: Vectors) -> Found:
        """Find the cards for a message whose views are embedded already.

        Shapes: vectors (len(texts), dimension).
        """
        _, rows = faiss.knn(vectors, self.vectors, min(NEAREST, len(self.passages)), metric=faiss.METRIC_INNER_PRODUCT)
        lexical = np.max([self.lexical.scores(text) for text in texts], axis=0)
        shares = lexical / np.maximum(lexical.max(axis=1, keepdims=True, initial=0.0), 1e-6)
        learned = {} if self.fitted.classes is None else self.fitted.classes.log_shares(query, vectors)
        hits = []
        cosines: dict[tuple[Slug, Kind, str], float] = {}
        for slug in self._candidates(rows, lexical, learned):
            span = self._rows[slug]
            near = np.max(self.vectors[span] @ vectors.T, axis=1)
            position = self._position[slug]
            words = np.stack([lexical[:, position], shares[:, position]], axis=1).ravel().tolist()
            hits.append(Hit(slug, 0.0, self._evidence(span, near, words), learned.get(slug)))
            for row, cosine in zip(range(span.start, span.stop), near.tolist(), strict=True):
                passage = self.passages[row]
                cosines[slug, passage.kind, passage.place] = cosine
        beyond = self._beyond(rows, vectors)
        return Found(query, rank(hits, self.fitted), beyond, vectors, self.lexical.known_share(query), learned.get(NONE, 0.0), cosines)

    def _candidates(self, rows: npt.NDArray[np.int64], lexical: npt.NDArray[np.float32], learned: dict[Slug, float]) -> list[Slug]:
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
        for slug in sorted(learned, key=lambda each: -learned[each])[:6]:
            if slug in self._position:
                chosen.setdefault(slug)
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


def rank(hits: list[Hit], fitted: Fitted) -> list[Hit]:
    """Score hits by all their evidence, best first.

    A card that the class model was not trained on is placed beside the best of the others by the evidence that both have.
    """
    known = [
        replace(hit, score=float(np.append(hit.evidence.features, hit.learned) @ fitted.ranker)) for hit in hits if hit.learned is not None
    ]
    plain = [replace(hit, score=float(hit.evidence.features @ fitted.plain)) for hit in hits if hit.learned is None]
    if known and plain:
        best = max(known, key=lambda hit: hit.score)
        shift = best.score - float(best.evidence.features @ fitted.plain)
        plain = [replace(hit, score=hit.score + shift) for hit in plain]
    return sorted([*known, *plain], key=lambda hit: -hit.score)
