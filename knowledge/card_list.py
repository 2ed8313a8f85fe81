"""The list of all cards in the knowledge folder's README."""

from __future__ import annotations

from itertools import groupby

from knowledge.errors import KnowledgeError
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card

BEGIN, END = "<!-- cards: written by `askwell knowledge readme`, don't edit by hand -->", "<!-- end of cards -->"


def in_order(base: KnowledgeBase) -> list[Card]:
    """Return cards by group and slug; groups in the course's order, those that it doesn't name last."""
    places = {group: place for place, group in enumerate(base.course.groups)}
    return sorted(base.cards.values(), key=lambda card: (places.get(card.group, len(places)), card.group, card.slug))


def render_readme(base: KnowledgeBase, text: str) -> str:
    """Return a README with the list of all cards, by group, between its two marks.

    Raises:
        KnowledgeError: the marks aren't there, once each and in their order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after or END in before:
        raise KnowledgeError(f"knowledge/README.md: the list of cards goes between the lines '{BEGIN}' and '{END}', once each")
    parts = []
    for group, members in groupby(in_order(base), key=lambda card: card.group):
        rows = [f"- [{card.slug}]({card.path}): {card.title}" for card in members]
        parts.append("\n".join([f"**{group}** ({len(rows)})", "", *rows]))
    return f"{before}{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}{after}"
