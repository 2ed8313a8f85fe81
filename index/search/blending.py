"""The search for a turn that leans on its conversation: alone, together with what came before, and near its topic."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from index.search.library import Found, Hit, best_by_card
from index.search.reader import ReadPassage
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug

# Added to the log odds of a passage of the card that the conversation is about, or of one of its neighbours, for a turn that means
# nothing by itself.
TOPIC_BONUS = 1.5
NEIGHBOUR_BONUS = 0.5
# How much of a fully leaning turn comes from reading it together with the turn before.
JOINT_WEIGHT = 0.8


def blend(alone: Found, joint: Found, topic: Slug, lean: float, base: KnowledgeBase) -> Found:
    """Merge what a turn finds alone and together with the turn before it; `lean` (0 to 1) says how much the latter counts."""
    card = base.cards.get(topic)
    neighbours = {*card.confused_with, *card.related} if card else set()
    merged = mixed(alone, joint, JOINT_WEIGHT * lean)
    read = []
    for each in merged.read:
        bonus = lean * (TOPIC_BONUS if each.slug == topic else NEIGHBOUR_BONUS if each.slug in neighbours else 0.0)
        read.append(ReadPassage(each.slug, each.name, raised(each.chance, bonus)))
    settled = merged.settled
    read.sort(key=lambda each: -each.chance)
    if read and read[0].slug == topic:
        settled = max(settled, raised(settled, lean * TOPIC_BONUS))
    return replace(
        merged,
        hits=rescored(merged.hits, read),
        read=tuple(read),
        settled=settled,
        known_share=max(alone.known_share, lean * joint.known_share),
        cosines=np.maximum(alone.cosines, lean * joint.cosines),
    )


def mixed(alone: Found, joint: Found, share: float) -> Found:
    """Return what is found alone with its chances mixed with those of a joint search, which have this share."""
    apart, together = ({(each.slug, each.name): each.chance for each in found.read} for found in (alone, joint))
    read = [
        ReadPassage(slug, name, (1 - share) * apart.get((slug, name), 0.0) + share * together.get((slug, name), 0.0))
        for slug, name in dict.fromkeys([*apart, *together])
    ]
    read.sort(key=lambda each: -each.chance)
    by_slug = {hit.slug: hit for hit in (*joint.hits, *alone.hits)}
    settled = (1 - share) * alone.settled + share * joint.settled
    return replace(alone, hits=rescored(by_slug.values(), read), read=tuple(read), settled=settled)


def rescored(hits: Iterable[Hit], read: Sequence[ReadPassage]) -> list[Hit]:
    """Return cards with the chance of their best passage, best first."""
    chances = best_by_card(read)
    return sorted((hit._replace(score=chances.get(hit.slug, 0.0)) for hit in hits), key=lambda hit: -hit.score)


def raised(chance: float, log_odds: float) -> float:
    """Return a chance with something added to its log odds."""
    kept = min(max(chance, 1e-6), 1 - 1e-6)
    return 1 / (1 + (1 - kept) / kept * math.exp(-log_odds))
