"""The search for a turn that leans on its conversation: alone, together with what came before, and near its topic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from index.search.library import Found, Hit
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug

# Added to the score of the card that the conversation is about, and of its neighbours, for a turn that means nothing by itself.
TOPIC_BONUS = 3.0
# How much of a fully leaning turn's score comes from reading it together with the turn before.
JOINT_WEIGHT = 0.8
NEIGHBOUR_BONUS = 2.0


def blend(alone: Found, joint: Found, topic: Slug, lean: float, base: KnowledgeBase) -> Found:
    """Merge what a turn finds alone and together with the turn before it; `lean` (0 to 1) says how much the latter counts."""
    card = base.cards.get(topic)
    neighbours = {*card.confused_with, *card.related} if card else set()
    by_slug = {found: {hit.slug: hit for hit in each.hits} for found, each in (("alone", alone), ("joint", joint))}
    floors = {name: min((hit.score for hit in hits.values()), default=0.0) for name, hits in by_slug.items()}
    hits = []
    for slug in dict.fromkeys([*by_slug["alone"], *by_slug["joint"]]):
        first, second = by_slug["alone"].get(slug), by_slug["joint"].get(slug)
        apart = first.score if first else floors["alone"]
        together = second.score if second else floors["joint"]
        score = (1 - JOINT_WEIGHT * lean) * apart + JOINT_WEIGHT * lean * together
        score += lean * (TOPIC_BONUS if slug == topic else NEIGHBOUR_BONUS if slug in neighbours else 0.0)
        both = [hit for hit in (first, second) if hit is not None]
        evidence = np.max([hit.evidence for hit in both], axis=0)
        learned = [hit.learned for hit in both if hit.learned is not None]
        hits.append(Hit(slug, score, evidence, max(learned, default=None)))
    hits.sort(key=lambda hit: -hit.score)
    cosines = np.maximum(alone.cosines, lean * joint.cosines)
    known = max(alone.known_share, lean * joint.known_share)
    return replace(alone, hits=hits, known_share=known, none=min(alone.none, joint.none), cosines=cosines)
