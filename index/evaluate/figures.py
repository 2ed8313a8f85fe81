"""Figures over labelled questions: shares with their intervals, confusions and misses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from index.evaluate.labelled_questions import Labelled
from knowledge.reading.card import Slug

RESAMPLES = 2_000
BINS = 10


@dataclass(frozen=True)
class LabelledOutcome:
    """The answer to one labelled question: cards best first, its text, its confidence (0 to 1)."""

    labelled: Labelled
    answered: bool
    cards: tuple[Slug, ...]
    text: str
    confidence: float
    latency_ms: float

    @property
    def first(self) -> bool:
        """Return whether an acceptable card comes first."""
        return bool(self.cards) and self.cards[0] in self.labelled.slugs

    @property
    def among_three(self) -> bool:
        """Return whether an acceptable card is among the first three."""
        return any(slug in self.labelled.slugs for slug in self.cards[:3])

    @property
    def missing(self) -> list[str]:
        """Return the patterns that the answer should contain and does not."""
        return [pattern for pattern in self.labelled.must if not re.search(pattern, self.text.lower(), re.DOTALL)]

    @property
    def false_claims(self) -> list[str]:
        """Return the patterns of false claims that the answer contains."""
        return [pattern for pattern in self.labelled.must_not if re.search(pattern, self.text.lower(), re.DOTALL)]

    @property
    def right(self) -> bool:
        """Return whether it was answered, from a right card, with the key facts and nothing false."""
        return self.answered and self.first and not self.missing and not self.false_claims


@dataclass(frozen=True)
class Figure:
    """A share with its 95 % bootstrap interval and the number of questions behind it."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Evaluation:
    """All that a report shows."""

    groups: dict[str, dict[str, Figure]]
    outcomes: list[LabelledOutcome]
    confusions: list[tuple[Slug, Slug, int]]
    coverage: list[tuple[float, float, float]]
    reliability: list[tuple[float, float, int]]
    calibration_error: float
    latency_ms: dict[str, float] = field(default_factory=dict)


def evaluate(outcomes: Sequence[LabelledOutcome]) -> Evaluation:
    """Compute every figure."""
    groups: dict[str, dict[str, Figure]] = {}
    for name, members in grouped(outcomes).items():
        inside = [outcome for outcome in members if outcome.labelled.slugs]
        outside = [outcome for outcome in members if not outcome.labelled.slugs]
        figures: dict[str, Figure] = {}
        if inside:
            figures["right card first"] = share([outcome.first for outcome in inside])
            figures["right card among three"] = share([outcome.among_three for outcome in inside])
            figures["answered"] = share([outcome.answered for outcome in inside])
            figures["right"] = share([outcome.right for outcome in inside])
            figures["false claim"] = share([bool(outcome.false_claims) and outcome.answered for outcome in inside])
        if outside:
            figures["declined"] = share([not outcome.answered for outcome in outside])
        groups[name] = figures
    inside = [outcome for outcome in outcomes if outcome.labelled.slugs]
    bins, error = reliability(outcomes)
    latencies = np.array([outcome.latency_ms for outcome in outcomes])
    return Evaluation(
        groups,
        list(outcomes),
        confusions(inside),
        risk_coverage(outcomes),
        bins,
        error,
        {"median": float(np.median(latencies)), "p95": float(np.quantile(latencies, 0.95)), "max": float(latencies.max())},
    )


def grouped(outcomes: Sequence[LabelledOutcome]) -> dict[str, list[LabelledOutcome]]:
    """Group outcomes by the kind of question."""
    groups: dict[str, list[LabelledOutcome]] = {}
    for outcome in outcomes:
        labelled = outcome.labelled
        if labelled.turns:
            name = "follow-ups" if labelled.slugs else "follow-ups out of scope"
        elif labelled.style:
            name = "noisy"
        elif labelled.slugs:
            name = "in scope"
        else:
            name = "out of scope"
            groups.setdefault(f"out of scope: {labelled.kind or 'unnamed'}", []).append(outcome)
        groups.setdefault(name, []).append(outcome)
    return dict(sorted(groups.items()))


def share(values: Sequence[bool]) -> Figure:
    """Return a share with its interval by the percentile bootstrap (2,000 resamples, a fixed seed)."""
    numbers = np.array(values, dtype=float)
    generator = np.random.default_rng(7)
    means = generator.choice(numbers, size=(RESAMPLES, len(numbers))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Figure(float(numbers.mean()), float(low), float(high), len(numbers))


def confusions(inside: Sequence[LabelledOutcome]) -> list[tuple[Slug, Slug, int]]:
    """Return which card was found instead of which, most often first."""
    pairs = Counter((outcome.labelled.slugs[0], outcome.cards[0]) for outcome in inside if outcome.cards and not outcome.first)
    return [(wanted, found, count) for (wanted, found), count in pairs.most_common()]


def risk_coverage(outcomes: Sequence[LabelledOutcome]) -> list[tuple[float, float, float]]:
    """Return, for falling confidence, the share of all questions answered so far and the share of those with a wrong card first.

    Shapes: one (threshold, coverage, risk) per question, the most confident first.
    """
    ordered = sorted(outcomes, key=lambda outcome: -outcome.confidence)
    curve = []
    wrong = 0
    for number, outcome in enumerate(ordered, start=1):
        wrong += not outcome.first
        curve.append((outcome.confidence, number / len(ordered), wrong / number))
    return curve


def reliability(outcomes: Sequence[LabelledOutcome]) -> tuple[list[tuple[float, float, int]], float]:
    """Return per bin the mean confidence, the share with the right card first and the count; and the expected calibration error.

    Source: Guo et al. (2017), On Calibration of Modern Neural Networks, section 2.
    """
    sure: npt.NDArray[Any] = np.array([outcome.confidence for outcome in outcomes])
    right: npt.NDArray[Any] = np.array([outcome.first for outcome in outcomes], dtype=float)
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    bins = []
    error = 0.0
    for place in range(BINS):
        mask = places == place
        if mask.any():
            bins.append((float(sure[mask].mean()), float(right[mask].mean()), int(mask.sum())))
            error += abs(bins[-1][0] - bins[-1][1]) * bins[-1][2] / len(outcomes)
    return bins, error


def run(questions: Sequence[Labelled], answer: Callable[[Labelled], LabelledOutcome]) -> list[LabelledOutcome]:
    """Answer every labelled question in order."""
    return [answer(question) for question in questions]
