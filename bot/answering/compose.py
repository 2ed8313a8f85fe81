"""The curated composer: which sections of the cards answer this question, in which order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.answering import pieces as parts
from bot.answering.form import BLANKS, Form
from bot.answering.pieces import Piece
from index.passages import Kind
from index.query import sentences
from index.search import Found
from knowledge.base import KnowledgeBase
from knowledge.model import Card, Slug

# Words of an answer beside its example; a learner reads no more of it in a chat.
MAX_WORDS = 230
# A belief this near to the question is what the learner seems to believe, and its correction goes first.
BELIEF_HEARD = 0.55
BELIEF_HEARD_IN_PUSHBACK = 0.42
PARAGRAPH_FITS = 0.30
# Key facts that the chosen pieces left unsaid, listed at the end.
FACTS_KEPT = 2


@dataclass(frozen=True)
class Composed:
    """A curated answer: its Markdown and the pieces it was made of, in order."""

    text: str
    pieces: tuple[Piece, ...]

    @property
    def cited(self) -> tuple[Slug, ...]:
        """Return the cards that the pieces come from, in order."""
        return tuple(dict.fromkeys(piece.slug for piece in self.pieces))


# Titles that are sentences or comparisons, which no blank stands for.
NOT_A_TERM = re.compile(r"\b(?:or|and|how|what|why|is|when|four|compared|its|that)\b|'s ", re.IGNORECASE)

Shown = frozenset[tuple[Slug, str]]


def compose(form: Form, found: Found, base: KnowledgeBase, shown: Shown = frozenset(), earlier: Slug | None = None) -> Composed:
    """Put an answer together from the best card's own sections, with its neighbour's where the question is about both.

    `shown` are pieces that this conversation has had already; `earlier` is the card that it was about before.
    """
    card = base.cards[found.hits[0].slug]
    chosen: list[Piece] = []
    belief = next(iter(parts.corrections(card, found)), None)
    heard = belief is not None and belief.fit >= (BELIEF_HEARD_IN_PUSHBACK if form in {Form.PUSHBACK, Form.QUIZ} else BELIEF_HEARD)
    between = contrast_wanted(form, found, base, earlier)
    if form is Form.EXAMPLE:
        add(chosen, parts.example(card, found), shown)
        add(chosen, parts.short_answer(card, found), shown)
    elif belief is not None and heard and form in {Form.PUSHBACK, Form.QUIZ}:
        add(chosen, belief, shown)
        add(chosen, parts.short_answer(card, found), shown)
    else:
        add(chosen, between, shown)
        add(chosen, parts.short_answer(card, found), shown)
        if belief is not None and heard:
            add(chosen, belief, shown)
    add(chosen, between, shown)
    if form is not Form.EXAMPLE or len(chosen) < 2:
        fill(chosen, card, found, shown)
    if not chosen:
        chosen = [parts.short_answer(card, found), *parts.paragraphs(card, found)[:1]]
    left = [piece for piece in parts.facts(card, found) if not parts.says_fact(piece, chosen)][:FACTS_KEPT]
    text = "\n\n".join(piece.text for piece in chosen)
    if left:
        text += "\n\n**To hold on to**\n" + "\n".join(f"- {piece.text}" for piece in left)
    return Composed(text, (*chosen, *left))


def add(chosen: list[Piece], piece: Piece | None, shown: Shown) -> None:
    """Add a piece unless the learner has it before their eyes already."""
    if piece is not None and piece.key not in shown and piece.key not in {other.key for other in chosen}:
        chosen.append(piece)


def fill(chosen: list[Piece], card: Card, found: Found, shown: Shown) -> None:
    """Add the paragraphs, and the corrections, that fit the question best, while the answer stays short enough."""
    ranked = sorted([*parts.paragraphs(card, found), *parts.corrections(card, found)], key=lambda piece: -piece.fit)
    for piece in ranked:
        words = sum(other.length for other in chosen if other.name != "example")
        new = piece.key not in shown and piece.key not in {other.key for other in chosen}
        if new and piece.fit >= PARAGRAPH_FITS and words + piece.length <= MAX_WORDS and not parts.says_again(piece, chosen):
            chosen.append(piece)
    if len(chosen) < 2:
        rest = [piece for piece in parts.paragraphs(card, found) if piece.key not in shown and piece.key not in {o.key for o in chosen}]
        chosen.extend(rest[: 2 - len(chosen)])


def contrast_wanted(form: Form, found: Found, base: KnowledgeBase, earlier: Slug | None) -> Piece | None:
    """Return the difference between the best card and its confusable neighbour, if the question is about both."""
    best = found.hits[0].slug
    if earlier is not None and earlier != best and form in {Form.CONTRAST, Form.PUSHBACK}:
        piece = parts.contrast(base, best, earlier)
        if piece is not None:
            return piece
    if form is not Form.CONTRAST:
        return None
    for hit in found.hits[1:4]:
        piece = parts.contrast(base, best, hit.slug)
        if piece is not None:
            return piece
    return None


def fill_blanks(base: KnowledgeBase, whole: Found, clauses: list[Found]) -> Composed:
    """Explain each blank of a fill-in item: the concept that fits, under a spoiler, and the fact that says why."""
    cards: list[Card] = []
    lines: list[str] = []
    for number, found in enumerate(clauses, start=1):
        card = concept_card(found, base, cards)
        cards.append(card)
        lines.append(f"**Blank {number}:** ||{card.title}||\n{best_fact(card, found)}")
    if not cards:
        cards.append(base.cards[whole.hits[0].slug])
    first = parts.short_answer(cards[0], whole)
    others = [card for card in cards[1:] if card.slug != cards[0].slug]
    support = (parts.contrast(base, cards[0].slug, others[0].slug) if others else None) or first
    pieces = (support, *(parts.short_answer(card, whole) for card in others))
    return Composed("\n\n".join([*lines, support.text]), pieces)


def concept_card(found: Found, base: KnowledgeBase, taken: list[Card]) -> Card:
    """Return the best card whose title is a term that can stand in a blank, and that no earlier blank has."""
    hits = [base.cards[hit.slug] for hit in found.hits]
    terms = [card for card in hits[:6] if not NOT_A_TERM.search(card.title) and card not in taken]
    return (terms or hits)[0]


def blank_clauses(text: str) -> list[str]:
    """Cut a fill-in item into one clause per blank, each with its blank taken out."""
    clauses: list[str] = []
    for sentence in sentences(text) or [text]:
        places = list(BLANKS.finditer(sentence))
        for number in range(len(places)):
            start = 0 if number == 0 else places[number - 1].end()
            end = len(sentence) if number == len(places) - 1 else places[number + 1].start()
            clause = sentence[start:end] if len(places) > 1 else sentence
            clauses.append(re.sub(r"\s+", " ", BLANKS.sub(" ", clause)).strip(" ,.;:") or sentence)
    return clauses


def best_fact(card: Card, found: Found) -> str:
    """Return the key fact of a card that is nearest to the question."""
    scored = [(found.cosine(card.slug, Kind.FACT, str(number)), fact) for number, fact in enumerate(card.key_facts)]
    return max(scored)[1]
