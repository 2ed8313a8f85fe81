"""The card that an exchange of an imported thread belongs to, as the reader finds it."""

from __future__ import annotations

from collections.abc import Sequence

from index.search.library import Found, Library
from index.search.query import clean
from knowledge.importing.placement import NearCard, Placement

NEAREST = 3
TOGETHER = 32
# A topic beyond the course is named from this cosine on.
BEYOND_FROM = 0.5


def place(library: Library, questions: Sequence[str]) -> list[Placement]:
    """Place questions, each with a card only where the reader calls it settled or near. Shapes: one per question, in their order."""
    texts = [clean(question) for question in questions]
    found = [each for start in range(0, len(texts), TOGETHER) for each in library.search_all(texts[start : start + TOGETHER])]
    return [placement(each, library) for each in found]


def placement(found: Found, library: Library) -> Placement:
    """Return where one question belongs."""
    cards = tuple(NearCard(hit.slug, round(min(hit.score, 1.0), 2)) for hit in found.hits[: NEAREST + 1])
    if cards and found.settled >= library.reader.weights.near_from:
        return Placement(cards[0], cards[1:])
    beyond = found.beyond[0] if found.beyond and found.beyond[1] >= BEYOND_FROM else None
    return Placement(None, cards[:NEAREST], beyond)
