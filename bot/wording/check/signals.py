"""Signals that tell supported sentences from others: likeness to the cards and to the beliefs that they call false."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.answering.statements.opposition import absolutes, negations, numbers, opposed
from bot.wording.check.card_statements import Premise, Premises
from index.encoder.embedding import Vectors
from knowledge.reading.course import Course
from knowledge.words import content_stems, words

Numbers = npt.NDArray[np.float32]

SIGNALS = (
    "nearest", "nearest_3", "belief", "belief_lead", "shared", "shared_4", "shared_all", "novel", "novel_most", "numbers", "year", "names",
    "opposed", "opposed_near", "opposed_least", "turned", "turned_near", "overlap", "belief_turned", "belief_opposed", "belief_agreed",
    "absolute", "absolute_new", "agrees", "rejects", "repeats", "clause_least", "clause_belief",
)  # fmt: skip
# This many premises are compared word by word.
LOOKED_AT = 6
NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b(?:[A-Z][a-z]+[A-Z]\w*|[A-Z][A-Za-z]{2,}\d*)\b")
LETTERS = re.compile(r"[^\W_]+")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
AGREES = re.compile(
    r"^\W*(?:yes|right|exactly|correct|true|indeed|you'?re right|you are right|absolutely|of course|sure|good point)\b", re.I
)
REJECTS = re.compile(r"misunderst|misconception|mistake|myth|wrong|not true|in fact|confus|\bfalse\b", re.I)
CLAUSE = re.compile(r"[,;:()–—]|\b(?:but|whereas|while|and|because|so that|which|although|since)\b")


@dataclass(frozen=True)
class Encoded:
    """A claim's vector and those of its clauses. Shapes: whole (dimension,); clauses (clauses, dimension)."""

    whole: Vectors
    clauses: Vectors


def signals(claim: str, question: str, encoded: Encoded, premises: Premises, rarity: Mapping[str, float]) -> Numbers:
    """Compare a claim with the sentences of cards. Shapes: returns (len(SIGNALS),)."""
    stems = content_stems(claim)
    cosines = premises.vectors @ encoded.whole
    order = np.argsort(-cosines)[:8]
    near = [premises.said[row] for row in order]
    weight = sum(rare(stem, rarity) for stem in stems) or 1.0
    all_stems = frozenset().union(*(premise.stems for premise in premises.said))
    novel = [rare(stem, rarity) for stem in stems - all_stems]
    turned = negations(claim) % 2 == 1
    values = {
        "nearest": float(cosines[order[0]]),
        "nearest_3": float(cosines[order[:3]].mean()),
        "shared": max(share(stems & premise.stems, weight, rarity) for premise in near),
        "shared_4": share(stems & frozenset().union(*(premise.stems for premise in near[:4])), weight, rarity),
        "shared_all": share(stems & all_stems, weight, rarity),
        "novel": sum(novel),
        "novel_most": max(novel, default=0.0),
        "numbers": len(new_numbers(claim, question, premises)),
        "year": float(bool(YEAR.search(claim))),
        "names": len(new_names(claim, question, premises)),
        "absolute": len(absolutes(claim)),
        "absolute_new": len(absolutes(claim) - absolutes(" ".join(premise.text for premise in near[:3]))),
        "agrees": float(bool(AGREES.search(claim))),
        "rejects": float(bool(REJECTS.search(claim))),
        "repeats": len(words(claim)) / max(1, len(set(words(claim)))),
        "clause_least": float((encoded.clauses @ premises.vectors.T).max(axis=1).min()),
        **compared(claim, turned, near, cosines[order], premises.course),
        **believed(claim, turned, encoded, premises, float(cosines[order[0]])),
    }
    return np.array([values[name] for name in SIGNALS], dtype=np.float32)


def compared(claim: str, turned: bool, near: list[Premise], cosines: Vectors, course: Course) -> dict[str, float]:
    """Compare a claim with the nearest premises word by word: opposed words, a negation more or less."""
    stems = content_stems(claim)
    rows = np.array(
        [
            (overlap(stems, premise.stems), len(opposed(claim, premise.text, course)), float(premise.turned != turned))
            for premise in near[:LOOKED_AT]
        ]
    )
    weights = np.exp((cosines[:LOOKED_AT] - cosines[0]) / 0.1) * rows[:, 0]
    total = float(weights.sum()) or 1.0
    return {
        "overlap": float(rows[:, 0].max()),
        "opposed": float(rows[0, 0] * rows[0, 1]),
        "opposed_near": float(weights @ rows[:, 1]) / total,
        "opposed_least": float(rows[:4, 1].min()),
        "turned": float(rows[0, 0] * rows[0, 2]),
        "turned_near": float(weights @ rows[:, 2]) / total,
    }


def believed(claim: str, turned: bool, encoded: Encoded, premises: Premises, nearest: float) -> dict[str, float]:
    """Compare a claim with the beliefs that cards call false: does it agree, or negate them?"""
    if not premises.beliefs:
        return dict.fromkeys(("belief", "belief_turned", "belief_opposed", "belief_agreed", "clause_belief"), 0.0) | {
            "belief_lead": -nearest
        }
    cosines = premises.belief_vectors @ encoded.whole
    best = int(cosines.argmax())
    belief = premises.beliefs[best]
    like = float(cosines[best])
    otherwise = len(opposed(claim, belief.text, premises.course))
    return {
        "belief": like,
        "belief_lead": like - nearest,
        "belief_turned": like * (belief.turned != turned),
        "belief_opposed": like * min(otherwise, 1),
        "belief_agreed": like * (belief.turned == turned) * (otherwise == 0),
        "clause_belief": float((encoded.clauses @ premises.belief_vectors.T).max()),
    }


def clauses_of(claim: str) -> list[str]:
    """Cut a claim into its clauses; one that has none is one itself.

    >>> clauses_of("Rye soaks up much water, whereas wheat gives more gluten")
    ['Rye soaks up much water', 'wheat gives more gluten']
    """
    return [part.strip() for part in CLAUSE.split(claim) if len(part.split()) >= 3] or [claim]


def overlap(first: set[str], second: frozenset[str]) -> float:
    """Return the share of the shorter of two sentences that is in the other."""
    return len(first & second) / max(1, min(len(first), len(second)))


def share(found: set[str] | frozenset[str], weight: float, rarity: Mapping[str, float]) -> float:
    """Return the weight of words found as a share of a claim's."""
    return sum(rare(stem, rarity) for stem in found) / weight


def rare(stem: str, rarity: Mapping[str, float]) -> float:
    """Return how telling a word is; a word that no card has tells most."""
    return rarity.get(stem, rarity.get("", 1.0))


def rarity_of(cards: Mapping[str, frozenset[str]]) -> dict[str, float]:
    """Return how telling each word of the cards is: the logarithm of cards by cards that have it; '' is any other word."""
    counts: dict[str, int] = {}
    for stems in cards.values():
        for stem in stems:
            counts[stem] = counts.get(stem, 0) + 1
    total = len(cards) + 1
    return {"": math.log(total / 0.5), **{stem: math.log(total / (count + 0.5)) for stem, count in counts.items()}}


def new_numbers(claim: str, question: str, premises: Premises) -> set[str]:
    """Return the numbers of a claim that neither the cards nor the question have."""
    return numbers(claim) - numbers(premises.words) - numbers(question)


def new_names(claim: str, question: str, premises: Premises) -> list[str]:
    """Return the names in a claim that neither the cards nor the question have as a word, in the plural or not."""
    known = set(LETTERS.findall(f"{premises.words} {question.lower()}"))
    names = dict.fromkeys(NAME.findall(claim))
    return [name for name in names if not {name.lower(), name.lower().removesuffix("s"), f"{name.lower()}s"} & known]
