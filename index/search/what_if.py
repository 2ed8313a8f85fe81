"""The library as it would be with other cards: in memory, only what changed embedded, no file written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from index.encoder.embedding import Vectors
from index.search.library import Library
from index.store.generations import Generation, Manifest
from index.store.nearest import make_index
from index.store.passages import Passage, all_passages
from knowledge.reading.base import KnowledgeBase


def library_with(library: Library, base: KnowledgeBase) -> Library:
    """Return a library of another state of the cards that searches as the index built of them would."""
    passages = all_passages(base)
    vectors = vectors_of(passages, library)
    manifest = Manifest("", library.model_identity, vectors.shape[1], len(passages), len(base.cards), {})
    generation = Generation(f"{library.name}+what-if", manifest, base, passages, make_index(vectors))
    return Library(generation, library.encode, library.reader.weights, library.known_words)


def vectors_of(passages: list[Passage], library: Library) -> Vectors:
    """Take the vectors of texts that the library has, and embed the others. Shapes: (len(passages), dimension)."""
    known = {passage.text: row for row, passage in enumerate(library.passages)}
    new = list(dict.fromkeys(passage.text for passage in passages if passage.text not in known))
    fresh = dict(zip(new, library.encode(new), strict=True)) if new else {}
    vectors = np.empty((len(passages), library.vectors.shape[1]), dtype=np.float32)
    for row, passage in enumerate(passages):
        vectors[row] = fresh[passage.text] if passage.text in fresh else library.vectors[known[passage.text]]
    return vectors


def with_card_order(base: KnowledgeBase) -> KnowledgeBase:
    """Return a base with its cards in the order in which a folder is read."""
    return replace(base, cards=dict(sorted(base.cards.items(), key=lambda pair: pair[1].path)))
