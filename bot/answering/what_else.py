"""The rest of the cards that an answer is from: what else they explain, an example, a reason, as a conversation's small words get them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.answering.compose import pieces as parts
from bot.answering.compose.sections import Composed, Shown
from bot.answering.message.grant_wishes import deeper, granted, reasons, unread
from bot.answering.message.wishes import Wish
from bot.values import Answer, Composer, Piece, Status
from index.search.library import Found, Library
from knowledge.reading.card import Card

# A piece with this share of its sentences in the answer is said.
MOST = 0.5


class Rest(StrEnum):
    """What can be asked for beyond an answer."""

    MORE = "more"
    EXAMPLE = "example"
    WHY = "why"


@dataclass(frozen=True)
class Offer:
    """One thing to ask for, and how often it was asked for before."""

    rest: Rest
    times: int = 0


@dataclass(frozen=True)
class WhatElse:
    """What was asked for, the titles of its cards, and what can be asked for next."""

    text: str
    titles: tuple[str, ...]
    offers: tuple[Offer, ...]


def has_rest(answer: Answer) -> bool:
    """Return whether an answer is out of cards, so that there may be more of them."""
    return answer.status is Status.ANSWERED and answer.composer is not Composer.MENTOR and bool(answer.cited)


def what_else(answer: Answer, wanted: Offer, library: Library) -> WhatElse | None:
    """Return more of the cards that an answer is from; None if none of them is there any more."""
    base = library.base
    cards = [base.cards[slug] for slug in answer.cited if slug in base.cards]
    if not cards:
        return None
    found = library.search(answer.question)
    shown = frozenset(piece.key for card in cards for piece in all_pieces(card, found) if is_said(piece, answer.answer))
    rounds = list(further(cards, found, shown))
    examples = [card for card in cards if card.example and parts.example(card, found).key not in shown]
    why = next((reason for card in cards if (reason := reasons(card, found, shown)) is not None), None)
    composed = None
    match wanted.rest:
        case Rest.MORE:
            composed = rounds[wanted.times] if wanted.times < len(rounds) else None
        case Rest.EXAMPLE:
            card = (examples or cards)[min(wanted.times, len(examples or cards) - 1)]
            composed = granted(Wish.EXAMPLE, "", card, base=base, found=found, shown=shown, before=None)
        case Rest.WHY:
            composed = why
    if composed is None:
        # All of it was shown: say so, and what is close to it.
        every = frozenset(piece.key for card in cards for piece in all_pieces(card, found))
        composed = deeper("", cards[0], base, found, every)
    left = [
        Offer(Rest.MORE, wanted.times + 1 if wanted.rest is Rest.MORE else 0),
        Offer(Rest.EXAMPLE, wanted.times + 1 if wanted.rest is Rest.EXAMPLE else 0),
        Offer(Rest.WHY),
    ]
    count = {Rest.MORE: len(rounds), Rest.EXAMPLE: len(examples), Rest.WHY: int(why is not None and wanted.rest is not Rest.WHY)}
    offers = tuple(offer for offer in left if offer.times < count[offer.rest])
    return WhatElse(composed.text, tuple(base.cards[slug].title for slug in composed.cited), offers)


def further(cards: list[Card], found: Found, shown: Shown) -> Iterator[Composed]:
    """Yield what is left of the explanations of some cards, an answer's length at a time."""
    for card in cards:
        while chosen := unread("", card, found, shown):
            yield Composed("\n\n".join(piece.text for piece in chosen), tuple(chosen))
            shown |= {piece.key for piece in chosen}


def all_pieces(card: Card, found: Found) -> list[Piece]:
    """Return the pieces of a card that can be shown."""
    example = [parts.example(card, found)] if card.example else []
    return [*parts.paragraphs(card, found), *parts.corrections(card, found), *example]


def is_said(piece: Piece, text: str) -> bool:
    """Return whether a text has a piece, or says most of it."""
    return piece.text.strip() in text or parts.says_again(piece, [Piece(piece.slug, "answer", text, 1.0)], MOST)
