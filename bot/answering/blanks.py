"""Fill-in items: where their blanks are, which of them a concept's name fits into, and what explains each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.answering import pieces as parts
from bot.answering.compose import Composed
from bot.answering.form import BLANKS
from index.passages import Kind
from index.query import sentences
from index.search import Found, Library
from knowledge.base import KnowledgeBase
from knowledge.model import Card
from knowledge.words import content_stems

# More blanks than this are no item of a quiz.
MOST_BLANKS = 6
# What stands before a blank that wants a name; a blank that begins its sentence wants one too.
NAME_WANTED = re.compile(
    r"\b(?:called|named|known as|termed|different from|differs from|unlike|versus|vs\.?|rather than|this is|technique is|process is)\s*$",
    re.IGNORECASE,
)
# What follows a blank that wants a number or a property.
VALUE_WANTED = re.compile(r"^\s*(?:%|percent|per ?cent|of\b|tokens?\b|words?\b|epochs?\b|times\b)", re.IGNORECASE)
# Titles that are sentences or comparisons, which no blank stands for.
NOT_A_TERM = re.compile(r"\b(?:or|and|how|what|why|is|when|four|compared|its|that)\b|'s ", re.IGNORECASE)
LOOKED_AT = 6


@dataclass(frozen=True)
class Blank:
    """One blank: the clause around it without it, the whole sentence, and whether a concept's name fits into it."""

    clause: str
    sentence: str
    wants_name: bool


def blanks_of(text: str) -> list[Blank]:
    """Return the blanks of an item, in order, at most MOST_BLANKS."""
    found: list[Blank] = []
    for sentence in sentences(text):
        places = list(BLANKS.finditer(sentence))
        for number, place in enumerate(places):
            before, after = sentence[: place.start()], sentence[place.end() :]
            # "Fill in the blank: ____ ..." begins after its colon.
            begins = not re.search(r"\w", before.rpartition(":")[2])
            wants_name = (begins or bool(NAME_WANTED.search(before))) and not VALUE_WANTED.match(after)
            start = places[number - 1].end() if number else 0
            end = places[number + 1].start() if number + 1 < len(places) else len(sentence)
            clause = re.sub(r"\s+", " ", BLANKS.sub(" ", sentence[start:end])).strip(" ,.;:")
            found.append(Blank(clause or sentence, sentence, wants_name))
    return found[:MOST_BLANKS]


def fill(text: str, whole: Found, library: Library) -> Composed | None:
    """Explain each blank that a concept's name fits into; None where there is no such blank."""
    cards: list[Card] = []
    lines: list[str] = []
    for number, blank in enumerate(blanks_of(text), start=1):
        if blank.wants_name:
            found = library.search(blank.clause)
            card = fitting(blank, found, library.base, cards)
            if card is not None:
                cards.append(card)
                lines.append(f"**Blank {number}:** ||{card.title}||\n{best_fact(card, found)}")
    if not cards:
        return None
    between = parts.contrast(library.base, cards[0].slug, cards[1].slug) if len(cards) > 1 else None
    support = between or parts.short_answer(cards[0], whole)
    pieces = (support, *(parts.short_answer(card, whole) for card in cards if card.slug != support.slug))
    return Composed("\n\n".join([*lines, support.text]), pieces)


def fitting(blank: Blank, found: Found, base: KnowledgeBase, taken: list[Card]) -> Card | None:
    """Return the best card whose title is a term, which its own sentence does not name already and no earlier blank has."""
    said = content_stems(blank.sentence)
    for hit in found.hits[:LOOKED_AT]:
        card = base.cards[hit.slug]
        if not NOT_A_TERM.search(card.title) and card not in taken and not content_stems(card.title) <= said:
            return card
    return None


def best_fact(card: Card, found: Found) -> str:
    """Return the key fact of a card that is nearest to the clause."""
    scored = [(found.cosine(card.slug, Kind.FACT, str(number)), fact) for number, fact in enumerate(card.key_facts)]
    return max(scored)[1]
