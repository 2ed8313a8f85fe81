"""A card's text as the desk, Discord and Discourse will show it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.review.promotion import edit_card
from knowledge.reading.card import Card
from knowledge.reading.card_file import parse_card, read_front_matter


@dataclass(frozen=True)
class CardPreview:
    """A card as far as it can be read: the card, or else the text below its front matter."""

    card: Card | None
    body: str


def preview_of(text: str) -> CardPreview:
    """Read a text as far as it goes."""
    plain = edit_card.plain(text)
    card, _ = parse_card(plain, path="")
    return CardPreview(card, "" if card is not None else read_front_matter(plain, "")[1] or plain)
