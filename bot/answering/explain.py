"""The making of an answer in plain words, for learners of a course about just such models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.answering.compose.sections import piece_of
from index.search.library import Found, Hit, Library
from index.search.reader import ReadPassage
from index.store.passages import Passage, PassageKind
from knowledge.reading.card import Slug

SHOWN = 5
BEGINNING_CHARS = 90
KIND_WORDS = {
    PassageKind.PHRASING: "is asked like this",
    PassageKind.MISCONCEPTION: "sets right the belief",
    PassageKind.CORRECTION: "sets right",
    PassageKind.FACT: "says",
    PassageKind.SECTION: "explains",
}


@dataclass(frozen=True)
class Explanation:
    """The query, the passages and cards that were found for it, and the chance that they settle it."""

    query: str
    form: str
    settled: float
    answered_from: float
    near_from: float
    lines: tuple[str, ...]


def explain(library: Library, found: Found, form: str) -> Explanation:
    """Put the evidence for one question into words."""
    lines = ["Passages, by the chance that each settles the question:"]
    lines += [f"{number}. {passage_line(each, library)}" for number, each in enumerate(found.read[:SHOWN], start=1)]
    lines.append("Cards:")
    for number, hit in enumerate(found.hits[:SHOWN], start=1):
        lines += card_lines(number, hit, found, library)
    if found.beyond is not None:
        lines.append(f"Nearest topic beyond the course: {found.beyond[0]} (cosine {found.beyond[1]:.2f}).")
    weights = library.reader.weights
    return Explanation(found.query, form, found.settled, weights.settled_from, weights.near_from, tuple(lines))


def passage_line(read: ReadPassage, library: Library) -> str:
    """Explain one passage that was read: where it is, how it begins, and its chance."""
    place = read.name.replace("_", " ").replace("explanation:", "paragraph ").replace("misconception:", "correction ")
    begins = " ".join(piece_of(read, library.base).text.split())[:BEGINNING_CHARS]
    return f"{read.chance:.2f} {library.base.cards[read.slug].title} [{read.slug}], {place}: {begins!r}"


def card_lines(number: int, hit: Hit, found: Found, library: Library) -> list[str]:
    """Explain why one card was found: its best chance, its nearest passage, its dense and lexical ranks."""
    card = library.base.cards[hit.slug]
    words = hit.named()["asked"]
    passage, cosine = best_passage(hit.slug, found, library)
    places = {word: rank_of(hit, found, name) for word, name in (("dense", "phrasing"), ("words", "asked"), ("terms", "named"))}
    ranks = ", ".join(f"{word} rank {place}" for word, place in places.items())
    return [
        f"{number}. {card.title} [{hit.slug}]: {hit.score:.2f} ({ranks})",
        f"   It {KIND_WORDS[passage.kind]}: {passage.text[:140]!r} (cosine {cosine:.2f}; BM25 {words:.1f}).",
    ]


def passages_near(slug: Slug, found: Found, library: Library) -> list[tuple[Passage, float]]:
    """Return a card's passages, each with its cosine to the question."""
    return [(library.passages[row], float(found.cosines[row])) for row in library.rows_of(slug)]


def best_passage(slug: Slug, found: Found, library: Library) -> tuple[Passage, float]:
    """Return a card's passage nearest to the question."""
    return max(passages_near(slug, found, library), key=lambda each: each[1])


def evidence(found: Found, library: Library) -> tuple[dict[str, Any], ...]:
    """Return the passages of each of the best cards that were near the question, for mentors and statistics.

    Shapes: best card first; of each kind of passage the nearest's text (a section's name) and cosine, None where the card has none.
    """
    rows = []
    for hit in found.hits[:SHOWN]:
        row: dict[str, Any] = {"slug": hit.slug, "title": library.base.cards[hit.slug].title, "score": round(hit.score, 4)}
        near = passages_near(hit.slug, found, library)
        for kind in (PassageKind.PHRASING, PassageKind.MISCONCEPTION, PassageKind.FACT, PassageKind.SECTION):
            best = max((each for each in near if each[0].kind is kind), key=lambda each: each[1], default=None)
            row[kind.value] = None if best is None else best[0].place if kind is PassageKind.SECTION else best[0].text
            row[f"{kind.value}_cosine"] = None if best is None else round(best[1], 4)
        rows.append(row)
    return tuple(rows)


def rank_of(hit: Hit, found: Found, name: str) -> int:
    """Return a card's place among all found by one kind of evidence alone (1 is the best)."""
    own = hit.named()[name]
    return 1 + sum(other.named()[name] > own for other in found.hits)


def explanation_text(explanation: Explanation) -> str:
    """Render an explanation for a terminal or a message."""
    head = [
        f"Read as: {explanation.query}",
        f"Form of the question: {explanation.form.replace('_', ' ')}.",
        f"Chance that the best passages settle it: {explanation.settled:.2f}; it's answered from {explanation.answered_from:.2f} on, "
        f"and the nearest passage is shown from {explanation.near_from:.2f} on.",
    ]
    return "\n".join([*head, *explanation.lines])
