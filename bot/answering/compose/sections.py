"""The curated composer chooses the sections of the cards that answer a question, and their order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.answering.compose import pieces as parts
from bot.answering.message.form import Form
from bot.values import Piece
from index.search.library import Found
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card, Slug
from knowledge.words import content_stems

# The most words of an answer beside its example; a learner reads no more in a chat.
MAX_WORDS = 230
# A learner seems to believe what is this near to the question, and its correction goes first.
BELIEF_HEARD = 0.55
BELIEF_HEARD_IN_PUSHBACK = 0.42
PARAGRAPH_FITS = 0.30
# The most key facts, not said by the chosen pieces, that are listed at the end.
FACTS_KEPT = 3
# This goes before the correction of a false premise.
NOT_SO = "**That is not so:** "
# The lowest rank of a neighbour whose contrast is told.
NEIGHBOURS = 5


@dataclass(frozen=True)
class Composed:
    """A curated answer: its Markdown and the pieces it was made of, in order."""

    text: str
    pieces: tuple[Piece, ...]

    @property
    def cited(self) -> tuple[Slug, ...]:
        """Return the cards that the pieces come from, in order."""
        return tuple(dict.fromkeys(piece.slug for piece in self.pieces))


Shown = frozenset[tuple[Slug, str]]


def compose(
    form: Form,
    found: Found,
    base: KnowledgeBase,
    shown: Shown = frozenset(),
    *,
    earlier: Slug | None = None,
    in_order: bool = False,
    premise: Piece | None = None,
) -> Composed:
    """Compose an answer from the best card's own sections, with its neighbour's if the question is about both.

    `shown` are pieces that this conversation has shown; `earlier` is the card that it was about before; `in_order` follows the card's own
    order, for a message such as "why?" whose words fit no section better than another. `premise` corrects what the question wrongly
    takes for granted, and goes first.
    """
    card = base.cards[found.hits[0].slug]
    chosen: list[Piece] = [] if premise is None else [replace(premise, text=NOT_SO + premise.text)]
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
        if between is not None and between.slug == card.slug:
            add(chosen, between, shown)
        add(chosen, parts.short_answer(card, found), shown)
        if belief is not None and heard:
            add(chosen, belief, shown)
    add(chosen, between, shown)
    if form is not Form.EXAMPLE or len(chosen) < 2 + (premise is not None):
        fill(chosen, ranked(card, found, in_order=in_order), shown)
    if not chosen:
        chosen = [parts.short_answer(card, found), *parts.paragraphs(card, found)[:1]]
    left = [piece for piece in parts.facts(card, found) if piece.key not in shown and not parts.says_fact(piece, chosen)]
    left = left[:FACTS_KEPT]
    text = "\n\n".join(piece.text for piece in chosen)
    if left:
        text += "\n\n**To hold on to**\n" + "\n".join(f"- {piece.text}" for piece in left)
    return Composed(text, (*chosen, *left))


def add(chosen: list[Piece], piece: Piece | None, shown: Shown) -> None:
    """Add a piece unless it was shown or chosen already."""
    if piece is not None and piece.key not in shown and piece.key not in {other.key for other in chosen}:
        chosen.append(piece)


def ranked(card: Card, found: Found, *, in_order: bool) -> list[Piece]:
    """Return the card's paragraphs and corrections, those that fit best first, or in the card's own order."""
    if not in_order:
        return sorted([*parts.paragraphs(card, found), *parts.corrections(card, found)], key=lambda piece: -piece.fit)
    return [replace(piece, fit=1.0) for piece in sorted(parts.paragraphs(card, found), key=lambda piece: piece.name)]


def fill(chosen: list[Piece], wanted: list[Piece], shown: Shown) -> None:
    """Add pieces in the order wanted, while they fit the question and the answer stays short enough; at least two if there are any."""
    for piece in wanted:
        words = sum(other.length for other in chosen if other.name != "example")
        new = piece.key not in shown and piece.key not in {other.key for other in chosen}
        if new and piece.fit >= PARAGRAPH_FITS and words + piece.length <= MAX_WORDS and not parts.says_again(piece, chosen):
            chosen.append(piece)
    if len(chosen) < 2:
        rest = [piece for piece in wanted if piece.key not in shown and piece.key not in {other.key for other in chosen}]
        chosen.extend(rest[: 2 - len(chosen)])


def contrast_wanted(form: Form, found: Found, base: KnowledgeBase, earlier: Slug | None) -> Piece | None:
    """Return the contrast between the best card and a neighbour that the question names, or the neighbour's short answer."""
    best = found.hits[0].slug
    if earlier is not None and earlier != best and form in {Form.CONTRAST, Form.PUSHBACK}:
        piece = parts.contrast(base, best, earlier)
        if piece is not None:
            return piece
    if form is not Form.CONTRAST:
        return None
    wanted = content_stems(found.query)
    own = content_stems(base.cards[best].title)
    named: list[tuple[int, Piece]] = []
    for hit in found.hits[1:NEIGHBOURS]:
        # The question names a neighbour by words that the best card's own title does not have.
        title = content_stems(base.cards[hit.slug].title) - own - base.course.generic_stems
        words = title & wanted
        piece = parts.contrast(base, best, hit.slug)
        if piece is None and words == title:
            piece = parts.short_answer(base.cards[hit.slug], found)
        if words and piece is not None:
            named.append((len(words), piece))
    return max(named, key=lambda pair: pair[0])[1] if named else None


def both(founds: list[Found], base: KnowledgeBase) -> Composed:
    """Answer a question about several concepts with their contrast, if there is one, and each one's short answer."""
    slugs = [found.hits[0].slug for found in founds]
    between = parts.contrast(base, slugs[0], slugs[1])
    pieces = [
        *([between] if between else []),
        *(parts.short_answer(base.cards[slug], found) for slug, found in zip(slugs, founds, strict=True)),
    ]
    return Composed("\n\n".join(piece.text for piece in pieces), tuple(pieces))
