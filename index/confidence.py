"""The chance that the best card settles the question: what it is made of, and how it is computed."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.passages import Kind
from index.search import FEATURES, Features, Found
from knowledge.errors import IndexUnusable
from knowledge.words import stems

FITTED = Path(__file__).parent / "fitted" / "confidence.json"

SIGNALS = (
    "bias",
    "phrasing",
    "phrasing_3",
    "section",
    "fact",
    "margin",
    "share",
    "beyond_lead",
    "known_share",
    "asked",
    "said",
    "length",
    "leaning",
)


@dataclass(frozen=True)
class Fitted:
    """What was learned from the labelled questions; `askwell index fit` makes it, and says from what."""

    ranker: Features
    temperature: float
    signals: Features
    threshold: float
    made_from: dict[str, str]

    @classmethod
    def read(cls, path: Path = FITTED) -> Fitted:
        """Read the fitted numbers.

        Raises:
            IndexUnusable: the file is missing or not of this version.
        """
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            ranker = np.array([row["ranker"][name] for name in FEATURES], dtype=np.float32)
            signals = np.array([row["signals"][name] for name in SIGNALS], dtype=np.float32)
            return cls(ranker, float(row["temperature"]), signals, float(row["threshold"]), dict(row["made_from"]))
        except (OSError, ValueError, KeyError) as error:
            raise IndexUnusable(f"the fitted confidence {path} can't be read ({error}): run 'askwell index fit'") from error


def shares(found: Found, temperature: float) -> list[float]:
    """Return each hit's share of belief among the hits (a softmax of their scores). Shapes: one per hit, in their order."""
    if not found.hits:
        return []
    top = found.hits[0].score
    weights = [math.exp((hit.score - top) / temperature) for hit in found.hits]
    return [weight / sum(weights) for weight in weights]


def signals(found: Found, temperature: float, lean: float = 0.0) -> Features:
    """Return what confidence looks at. Shapes: (len(SIGNALS),)."""
    if not found.hits:
        return np.zeros(len(SIGNALS), dtype=np.float32)
    best = found.hits[0]
    features = dict(zip(FEATURES, best.evidence.features.tolist(), strict=True))
    share = shares(found, temperature)
    nearest = max(best.evidence.cosines.get(kind, 0.0) for kind in (Kind.PHRASING, Kind.FACT, Kind.SECTION))
    beyond = found.beyond[1] if found.beyond else 0.0
    values = {
        "bias": 1.0,
        "phrasing": features["phrasing"],
        "phrasing_3": features["phrasing_3"],
        "section": features["section"],
        "fact": features["fact"],
        "margin": share[0] - (share[1] if len(share) > 1 else 0.0),
        "share": share[0],
        "beyond_lead": beyond - nearest,
        "known_share": found.known_share,
        "asked": math.log1p(features["asked"]),
        "said": math.log1p(features["said"]),
        "length": math.log1p(len(stems(found.query))),
        "leaning": lean,
    }
    return np.array([values[name] for name in SIGNALS], dtype=np.float32)


def confidence(found: Found, fitted: Fitted, lean: float = 0.0) -> float:
    """Return the probability, 0 to 1, that the best card settles the question."""
    if not found.hits:
        return 0.0
    return 1.0 / (1.0 + math.exp(-float(signals(found, fitted.temperature, lean) @ fitted.signals)))
