"""The chance that the best card settles the question."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from index.learned.fitted import EVIDENCE, RIGHT_SIGNALS, SCOPE_SIGNALS, Fitted, Numbers, vector
from index.search.library import NEW_CARD_NEAR, Found
from knowledge.words import stems

# Log probabilities below this are all alike.
FLOOR = -10.0
# How steeply the chance grows with nearness for a new card, and by how much a topic beyond the course may be nearer: see NEW_CARD_NEAR.
NEW_CARD_SLOPE = 20.0
BEYOND_LEAD_ALLOWED = 0.10


@dataclass(frozen=True)
class Confidence:
    """Two probabilities: that some card settles the question, and that the best card does if one does."""

    in_scope: float
    best_is_right: float

    @property
    def value(self) -> float:
        """Return the probability that the best card settles the question."""
        return self.in_scope * self.best_is_right


def shares(found: Found, temperature: float) -> list[float]:
    """Return each hit's share of belief among the hits (a softmax of their scores). Shapes: one per hit, in their order."""
    if not found.hits:
        return []
    top = found.hits[0].score
    weights = [math.exp((hit.score - top) / temperature) for hit in found.hits]
    return [weight / sum(weights) for weight in weights]


def scope_signals(found: Found) -> Numbers:
    """Return what tells whether any card settles the question. Shapes: (len(SCOPE_SIGNALS),)."""
    strongest = dict(zip(EVIDENCE, np.max([hit.evidence for hit in found.hits], axis=0).tolist(), strict=True))
    beyond = found.beyond[1] if found.beyond else 0.0
    nearest = max(strongest["phrasing"], strongest["fact"], strongest["section"])
    values = {
        **{name: strongest[name] for name in ("phrasing", "phrasing_3", "misconception", "fact", "section")},
        **{name: math.log1p(max(strongest[name], 0.0)) for name in ("asked", "said", "named")},
        "bias": 1.0,
        "beyond": beyond,
        "beyond_lead": beyond - nearest,
        "known_share": found.known_share,
        "length": math.log1p(len(stems(found.query))),
        "none": max(found.none, FLOOR),
        "learned": max(max((hit.learned for hit in found.hits if hit.learned is not None), default=FLOOR), FLOOR),
    }
    return vector(values, SCOPE_SIGNALS)


def right_signals(found: Found, temperature: float) -> Numbers:
    """Return what tells whether the best card is the right one. Shapes: (len(RIGHT_SIGNALS),)."""
    share = shares(found, temperature)
    best = found.hits[0]
    most_learned = max((hit.learned for hit in found.hits if hit.learned is not None), default=FLOOR)
    learned = best.learned if best.learned is not None else found.none if most_learned > FLOOR else FLOOR
    values = {
        "bias": 1.0,
        "share": share[0],
        "margin": share[0] - (share[1] if len(share) > 1 else 0.0),
        "phrasing": best.named()["phrasing"],
        "learned": max(learned, FLOOR),
        "agreement": float(learned >= most_learned),
        "length": math.log1p(len(stems(found.query))),
    }
    return vector(values, RIGHT_SIGNALS)


def confidence(found: Found, fitted: Fitted) -> Confidence:
    """Return how sure one may be that the best card settles the question."""
    if not found.hits:
        return Confidence(0.0, 0.0)
    is_new = found.hits[0].learned is None and fitted.classes is not None
    scope = new_card_scope(found, fitted.threshold) if is_new else logistic(float(scope_signals(found) @ fitted.scope))
    return Confidence(scope, logistic(float(right_signals(found, fitted.temperature) @ fitted.right)))


def new_card_scope(found: Found, threshold: float) -> float:
    """Return the chance that a question is in scope whose best card is new; it is the threshold where that card is just near enough."""
    best = found.hits[0]
    beyond = found.beyond[1] if found.beyond else 0.0
    lead = max(beyond - best.named()["phrasing"] - BEYOND_LEAD_ALLOWED, 0.0)
    odds = math.log(threshold / (1.0 - threshold))
    return logistic(odds + NEW_CARD_SLOPE * (best.nearness - lead - NEW_CARD_NEAR))


def logistic(value: float) -> float:
    """Return 1 / (1 + exp(-value)) without overflow."""
    return 1.0 / (1.0 + math.exp(-value)) if value >= 0 else math.exp(value) / (1.0 + math.exp(value))
