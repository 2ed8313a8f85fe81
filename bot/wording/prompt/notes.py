"""The cards as numbered notes, made of parts that are taken or left whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from bot.answering.compose import pieces
from bot.values import Answer, Piece
from bot.wording.prompt.budget import inert, tokens, unnumbered
from index.search.library import Found
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card, Slug

# The most cited cards, and the most cards if fewer were cited; more cards would mislead a small model.
MOST_CITED = 4
MOST = 3


class PartKind(IntEnum):
    """The kind of a part of a note; a note shows its parts in this order."""

    SHORT_ANSWER = 0
    FACT = 1
    MISTAKE = 2
    CONTRAST = 3
    PARAGRAPH = 4


@dataclass(frozen=True, order=True)
class Part:
    """A piece of a card in one note; `fit` is its cosine to the question."""

    note: int
    kind: PartKind
    place: int
    text: str = field(compare=False)
    fit: float = field(default=0.0, compare=False)

    @property
    def tokens(self) -> int:
        """Return the most tokens that the part can take, line ends and label included."""
        return tokens(self.text) + 4


def cards_for(answer: Answer, base: KnowledgeBase) -> tuple[Card, ...]:
    """Return the cards for the notes: those that the curated answer cites, then the best retrieved."""
    cited = list(dict.fromkeys(answer.cited))[:MOST_CITED]
    others = [card.slug for card in answer.cards if card.slug not in cited]
    slugs: list[Slug] = [*cited, *others[: max(0, MOST - len(cited))]]
    return tuple(base.cards[slug] for slug in slugs if slug in base.cards)


def short_answer(number: int, card: Card) -> Part:
    """Return a note's first part, its title and short answer, without which there is no note."""
    return Part(number, PartKind.SHORT_ANSWER, 0, f"[{number}] {plain(card.title)}\n{plain(card.short_answer)}")


def facts(number: int, card: Card, found: Found) -> Iterator[Part]:
    """Yield the card's key facts that its short answer leaves unsaid."""
    said = [pieces.short_answer(card, found)]
    for piece in pieces.facts(card, found):
        if not pieces.says_fact(piece, said):
            yield Part(number, PartKind.FACT, place(piece), f"- {plain(piece.text)}", piece.fit)


def mistakes(numbered: Sequence[tuple[int, Card]], found: Found) -> list[Part]:
    """Return the misconceptions of all cards with their corrections, those nearest to the question first."""
    parts = []
    for number, card in numbered:
        for piece in pieces.corrections(card, found):
            each = card.misconceptions[place(piece)]
            text = f"WRONG: {plain(each.belief)}\nRIGHT: {plain(each.correction)}"
            parts.append(Part(number, PartKind.MISTAKE, place(piece), text, piece.fit))
    return sorted(parts, key=lambda part: -part.fit)


def contrasts(cards: Sequence[Card], base: KnowledgeBase) -> Iterator[Part]:
    """Yield the contrasts between the cards, each once, in the note of the card that comes first."""
    for number, card in enumerate(cards, start=1):
        for other_place, other in enumerate(cards[number:]):
            text = base.contrast(card.slug, other.slug)
            if text is not None:
                yield Part(number, PartKind.CONTRAST, other_place, plain(text))


def paragraphs(numbered: Sequence[tuple[int, Card]], found: Found) -> list[Part]:
    """Return the paragraphs of all explanations, those nearest to the question first."""
    parts = [
        Part(number, PartKind.PARAGRAPH, place(piece), plain(piece.text), piece.fit)
        for number, card in numbered
        for piece in pieces.paragraphs(card, found)
    ]
    return sorted(parts, key=lambda part: -part.fit)


def place(piece: Piece) -> int:
    """Return a piece's number among its card's pieces of that kind."""
    return int(piece.name.rpartition(":")[2])


def plain(text: str) -> str:
    """Return a card's text in which nothing ends the notes or begins another note."""
    return unnumbered(inert(text)).strip()


def markdown(parts: Sequence[Part]) -> str:
    """Render the notes, each part in its place."""
    notes: dict[int, list[str]] = {}
    for part in sorted(parts):
        notes.setdefault(part.note, []).append(part.text)
    return "\n\n".join("\n".join(texts) for texts in notes.values())
