"""The build of a published index from the knowledge folder; only what changed is embedded again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from index.encoder.embedding import Encoder, Vectors
from index.encoder.model_files import EmbeddingModel
from index.store.generations import INDEX_FILE, Generation, Manifest, load, publish, read_manifest
from index.store.nearest import EXACT_UP_TO, GRAPH, NO_PASSAGE, RECALL_WANTED, PassageIndex, grown, make_index, recall
from index.store.passages import Passage, PassageKind, all_passages
from knowledge.errors import IndexUnusable, KnowledgeError
from knowledge.reading.base import KnowledgeBase, fingerprint, read_knowledge
from knowledge.reading.card import Card, Slug
from knowledge.reading.card_file import Problem
from knowledge.reading.course import COURSE_FILE


@dataclass(frozen=True)
class Built:
    """The result of a build: the passages in the index, how many of them were embedded now, the problems of the cards."""

    name: str
    cards: int
    passages: int
    embedded: int
    problems: list[Problem]


def is_current(directory: Path, knowledge: Path, model: EmbeddingModel) -> bool:
    """Return whether the published index is of this model and of the knowledge folder as it is now."""
    try:
        manifest = read_manifest(directory)
    except IndexUnusable:
        return False
    return manifest.model_identity == model.identity and manifest.fingerprint == fingerprint(knowledge)


def build(
    directory: Path,
    knowledge: Path,
    encoder: Callable[[], Encoder],
    model: EmbeddingModel,
    *,
    exact_up_to: int = EXACT_UP_TO,
    recall_wanted: float = RECALL_WANTED,
) -> Built:
    """Bring the published index up to date with the knowledge folder.

    A card that can't be read keeps the form that the last index has of it, so a slip in a file costs at most the newest change. With more
    than `exact_up_to` passages the index gets a graph, which has to find a share of `recall_wanted` of the true neighbours.

    Raises:
        KnowledgeError: there is no folder, or no card in it that can be read.
    """
    hashes = fingerprint(knowledge)
    old = previous(directory, model)
    base, problems = read_knowledge(knowledge, unchanged_cards(old, hashes))
    if old is not None:
        base = keep_last_good(base, old.base, problems)
    if not base.cards:
        raise KnowledgeError(f"no readable card in {knowledge}: run 'askwell knowledge check'")
    passages = all_passages(base, {} if old is None else unchanged_passages(old, base))
    vectors, embedded = embed(passages, old, encoder)
    broken = sorted({problem.path for problem in problems})
    manifest = Manifest(model.name, model.identity, vectors.shape[1], len(passages), len(base.cards), hashes, broken)
    index = make_index(vectors) if len(vectors) <= exact_up_to else graph_over(passages, vectors, old, directory, recall_wanted)
    name = publish(directory, manifest, base, passages, index)
    return Built(name, len(base.cards), len(passages), embedded, problems)


def unchanged_cards(old: Generation | None, hashes: dict[str, str]) -> dict[str, Card]:
    """Return the cards of the last index whose files have not changed since, by their paths.

    One that was broken then is read again, so that its problem is named again until it's mended.
    """
    if old is None:
        return {}
    before = old.manifest.fingerprint
    paths = {card.path: card for card in old.base.cards.values()}
    return {path: card for path, card in paths.items() if hashes.get(path, "") == before.get(path) and path not in old.manifest.broken}


def unchanged_passages(old: Generation, base: KnowledgeBase) -> dict[Slug, list[Passage]]:
    """Return the passages of the cards that haven't changed since the last index."""
    same = {slug for slug, card in base.cards.items() if old.base.cards.get(slug) is card}
    known: dict[Slug, list[Passage]] = {}
    for passage in old.passages:
        if passage.slug in same and passage.kind is not PassageKind.BEYOND:
            known.setdefault(Slug(passage.slug), []).append(passage)
    return known


def previous(directory: Path, model: EmbeddingModel) -> Generation | None:
    """Return the last index if its vectors can be used again."""
    try:
        old = load(directory)
    except IndexUnusable:
        return None
    return old if old.manifest.model_identity == model.identity else None


def keep_last_good(base: KnowledgeBase, old: KnowledgeBase, problems: list[Problem]) -> KnowledgeBase:
    """Keep the last readable form of everything whose file is broken now."""
    broken = {problem.path for problem in problems}
    kept = {slug: card for slug, card in old.cards.items() if slug not in base.cards and card.path in broken}
    beyond = base.beyond or (old.beyond if "beyond.yaml" in broken else ())
    contrasts = old.contrasts | base.contrasts if any(path.startswith("contrasts/") for path in broken) else base.contrasts
    terms = old.terms | base.terms if any(path.startswith("terms/") for path in broken) else base.terms
    glossary = base.glossary or (old.glossary if "glossary.yaml" in broken else {})
    course = old.course if COURSE_FILE in broken else base.course
    return replace(base, cards=base.cards | kept, contrasts=contrasts, beyond=beyond, terms=terms, glossary=glossary, course=course)


def embed(passages: list[Passage], old: Generation | None, encoder: Callable[[], Encoder]) -> tuple[Vectors, int]:
    """Give every passage its vector, taking those of unchanged texts from the old index.

    Shapes: returns (len(passages), dimension) and the number of texts embedded now.
    """
    known = {} if old is None else {passage.text: row for row, passage in enumerate(old.passages)}
    rows = np.array([known.get(passage.text, -1) for passage in passages], dtype=np.int64)
    new = list(dict.fromkeys(passages[row].text for row in np.flatnonzero(rows < 0)))
    if old is not None and not new:
        return np.ascontiguousarray(old.vectors[rows]), 0
    fresh = encoder().encode(new)
    vectors = np.empty((len(passages), fresh.shape[1]), dtype=np.float32)
    if old is not None:
        vectors[rows >= 0] = old.vectors[rows[rows >= 0]]
    place = {text: row for row, text in enumerate(new)}
    for row in np.flatnonzero(rows < 0):
        vectors[row] = fresh[place[passages[row].text]]
    return vectors, len(new)


def graph_over(passages: list[Passage], vectors: Vectors, old: Generation | None, directory: Path, recall_wanted: float) -> PassageIndex:
    """Return an HNSW graph over the passages: that of the last index with what is new, or a new one where too much has changed.

    Raises:
        IndexUnusable: the graph finds too few of the true neighbours; nothing is published then.
    """
    if old is not None and old.index.kind == GRAPH:
        place = {passage: row for row, passage in enumerate(passages)}
        rows = np.array([place.get(passage, NO_PASSAGE) for passage in old.passages], dtype=np.int64)
        index = grown(directory / old.name / INDEX_FILE, rows, vectors)
        if index is not None:
            return index
    index = make_index(vectors, GRAPH)
    found = recall(index)
    if found < recall_wanted:
        raise IndexUnusable(f"the HNSW graph finds only {found:.3f} of the true neighbours, not {recall_wanted}: raise its effort")
    return index
