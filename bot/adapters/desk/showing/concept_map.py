"""The cards and their links as a drawing: cards that are linked lie near each other, in the page's own colours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bot.adapters.desk.showing.charts import cut
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card, Slug

# Units: those of the drawing's view box.
WIDE, HIGH, EDGE = 1500.0, 1000.0, 90.0
# A few cards are drawn larger.
FEW, FEW_WIDE, FEW_HIGH = 36, 1000.0, 600.0
ROUNDS = 220
# A map of more cards is no longer read: it's drawn around one card.
MOST_CARDS = 260
NAME_CHARS, LONG_NAME_CHARS = 26, 42
# Names are wider than high, so cards keep more room beside than above each other.
WIDER = 1.7
COLOURS = 8

Places = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MapCard:
    """One card on the map, with its place, the number of its group's colour, and whether it's the one in the middle of attention."""

    slug: str
    name: str
    title: str
    x: float
    y: float
    colour: int
    is_chosen: bool


@dataclass(frozen=True)
class MapLink:
    """One line of the map; `kind` is `related`, or `confused` where learners mix the two up."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str


@dataclass(frozen=True)
class ListedCard:
    """One card as the list beside the map has it: with the cards that it is mixed up with, those that it names, and those that name it."""

    card: Card
    confused: tuple[Card, ...]
    related: tuple[Card, ...]
    named_by: tuple[Card, ...]

    @property
    def is_alone(self) -> bool:
        """Return whether no link leads to or from the card."""
        return not (self.confused or self.related or self.named_by)


@dataclass(frozen=True)
class ConceptMap:
    """The drawing, its groups with their colours, and the same as a list; no drawing where there are too many cards for one."""

    cards: tuple[MapCard, ...]
    links: tuple[MapLink, ...]
    groups: tuple[tuple[str, int], ...]
    listed: tuple[ListedCard, ...]
    width: float = WIDE
    height: float = HIGH


def concept_map(base: KnowledgeBase, chosen: str = "") -> ConceptMap:
    """Draw all cards, or a chosen one with those that are two links away at most."""
    links = links_of(base)
    kept = around(chosen, links) if Slug(chosen) in base.cards else list(base.cards)
    naming: dict[Slug, list[Card]] = defaultdict(list)
    for card in base.cards.values():
        for slug in card.related:
            naming[slug].append(card)
    listed = tuple(
        listed_card(base.cards[slug], base, naming[slug]) for slug in sorted(kept, key=lambda slug: base.cards[slug].title.lower())
    )
    names = sorted({card.group for card in base.cards.values()})
    groups = tuple((name, place % COLOURS) for place, name in enumerate(names))
    if len(kept) > MOST_CARDS:
        return ConceptMap((), (), groups, listed)
    order = sorted(kept)
    number = {slug: place for place, slug in enumerate(order)}
    drawn = sorted((number[one], number[other]) for one, other in links if one in number and other in number)
    start = tuple(names.index(base.cards[slug].group) for slug in order)
    width, height = (FEW_WIDE, FEW_HIGH) if len(order) <= FEW else (WIDE, HIGH)
    places = laid_out(start, tuple(drawn), width, height)
    chars = LONG_NAME_CHARS if len(order) <= FEW else NAME_CHARS
    colours = dict(groups)
    cards = tuple(
        MapCard(
            slug,
            cut(base.cards[slug].title, chars),
            base.cards[slug].title,
            *places[place],
            colours[base.cards[slug].group],
            slug == chosen,
        )
        for place, slug in enumerate(order)
    )
    lines = tuple(MapLink(*places[one], *places[other], links[(order[one], order[other])]) for one, other in drawn)
    return ConceptMap(cards, lines, groups, listed, width, height)


def links_of(base: KnowledgeBase) -> dict[tuple[Slug, Slug], str]:
    """Return each pair of linked cards once, in the order of their slugs, with the kind of the link."""
    found: dict[tuple[Slug, Slug], str] = {}
    for card in base.cards.values():
        for kind, others in (("related", card.related), ("confused", card.confused_with)):
            for other in others:
                if other in base.cards and other != card.slug:
                    found[min(card.slug, other), max(card.slug, other)] = kind
    return found


def around(chosen: str, links: Collection[tuple[Slug, Slug]]) -> list[Slug]:
    """Return a card, its neighbours, and theirs, as long as they are few enough to be read."""
    beside: dict[Slug, set[Slug]] = defaultdict(set)
    for one, other in links:
        beside[one].add(other)
        beside[other].add(one)
    near = {Slug(chosen)} | beside[Slug(chosen)]
    further = near | {other for each in near for other in beside[each]}
    return sorted(further if len(further) <= MOST_CARDS // 8 else near)


def listed_card(card: Card, base: KnowledgeBase, naming: Sequence[Card]) -> ListedCard:
    """Return a card with its links, by title; `naming` are the cards that name it as related."""
    named_by = [each for each in naming if each.slug not in card.related]
    return ListedCard(
        card, by_title(card.confused_with, base.cards), by_title(card.related, base.cards), tuple(sorted(named_by, key=title))
    )


def by_title(slugs: Collection[Slug], cards: Mapping[Slug, Card]) -> tuple[Card, ...]:
    """Return the cards of some slugs that there are, by title."""
    return tuple(sorted((cards[slug] for slug in slugs if slug in cards), key=title))


def title(card: Card) -> str:
    """Return what cards are sorted by."""
    return card.title.lower()


@lru_cache(maxsize=32)
def laid_out(groups: tuple[int, ...], links: tuple[tuple[int, int], ...], width: float, height: float) -> tuple[tuple[float, float], ...]:
    """Return a place for each card: links pull, cards push, and groups begin apart. The same cards always get the same places.

    Source: T. Fruchterman and E. Reingold, Graph drawing by force-directed placement, 1991.
    """
    count = len(groups)
    if count < 2:
        return ((width / 2, height / 2),) * count
    rank = np.arange(count)
    turn = 2 * np.pi * (np.asarray(groups) / (max(groups) + 1)) + 0.9 * np.sin(rank * 2.399963)
    far = 0.55 + 0.4 * ((rank * 0.618034) % 1)
    at = np.stack([np.cos(turn) * far, np.sin(turn) * far], axis=1)
    pairs = np.asarray(links, dtype=np.int64).reshape(-1, 2)
    room = 1.6 / np.sqrt(count)
    for turn_number in range(ROUNDS):
        apart = at[:, None, :] - at[None, :, :]
        squared = np.maximum((apart**2).sum(axis=2), 1e-6)
        move = (apart * (room**2 / squared)[:, :, None]).sum(axis=1)
        pulled = at[pairs[:, 0]] - at[pairs[:, 1]]
        pull = pulled * np.sqrt((pulled**2).sum(axis=1, keepdims=True)) / room
        np.add.at(move, pairs[:, 0], -pull)
        np.add.at(move, pairs[:, 1], pull)
        move -= at * 0.6
        length = np.maximum(np.sqrt((move**2).sum(axis=1, keepdims=True)), 1e-9)
        at = at + move / length * np.minimum(length, 0.12 * (1 - turn_number / ROUNDS))
    low, high = at.min(axis=0), at.max(axis=0)
    share = (at - low) / np.maximum(high - low, 1e-9)
    spread = np.stack([EDGE + share[:, 0] * (width - 2 * EDGE), EDGE / 2 + share[:, 1] * (height - EDGE)], axis=1)
    spread = kept_apart(spread, height)
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in spread)


def kept_apart(at: Places, height: float, high: float = 26.0) -> Places:
    """Return places at which no name covers another, as far as there is room."""
    wide = high * WIDER * 3
    for _ in range(80):
        apart = at[:, None, :] - at[None, :, :]
        over = (np.abs(apart[:, :, 0]) < wide) & (np.abs(apart[:, :, 1]) < high)
        np.fill_diagonal(over, val=False)
        if not over.any():
            break
        # Of two that lie on one line the later one goes down.
        down = np.where(apart[:, :, 1] == 0, np.sign(np.arange(len(at))[:, None] - np.arange(len(at))[None, :]), np.sign(apart[:, :, 1]))
        at = at.copy()
        at[:, 1] += (over * down * (high - np.abs(apart[:, :, 1])) * 0.3).sum(axis=1)
        at[:, 1] = np.clip(at[:, 1], EDGE / 4, height - EDGE / 4)
    return at
