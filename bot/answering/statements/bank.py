"""The bank of short statements that cards decide: key facts, beliefs, and the mentors' own statements, true and false."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np

from bot.answering.statements.evidence import Told, same_stems
from bot.answering.statements.verdict import Clause, Weighed, clause, in_order, said_otherwise
from index.encoder.embedding import Vectors
from index.search.library import Library
from index.store.passages import HOLDS, Passage, PassageKind
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug
from knowledge.reading.course import Course

# So many of the bank's statements, the nearest, are compared with one statement.
COMPARED = 20
# The share of its nearness (a cosine) that a statement loses if it has none of the same words, and if they are in another order.
OTHER_WORDS, OTHER_ORDER = 0.5, 0.3
# What is left of the nearness of a statement that says the opposite: "not" is easily misread.
TURNED = 0.85


@dataclass(frozen=True)
class Banked:
    """One statement of the bank, whether it's so, and the sentence of a card that decides it."""

    text: str
    so: bool
    told: Told


@dataclass(frozen=True)
class Bank:
    """All statements of a library. Shapes: vectors (statements, dimension). `rarity` is the weight of each content word."""

    statements: tuple[Banked, ...]
    vectors: Vectors
    rarity: dict[str, float]
    unknown: float

    def weight(self, words: Iterable[str]) -> float:
        """Return how much some words say together."""
        return sum(self.rarity.get(word, self.unknown) for word in words)


_banks: WeakKeyDictionary[Library, Bank] = WeakKeyDictionary()
_read = lru_cache(maxsize=16_384)(clause)


def bank_of(library: Library) -> Bank:
    """Return the bank of a library, made when it is first asked for."""
    if library not in _banks:
        found = [(row, banked) for row, passage in enumerate(library.passages) if (banked := of_passage(passage, library.base))]
        counted = Counter(word for _, banked in found for word in same_stems(banked.text))
        rarity = {word: math.log(1 + len(found) / (1 + count)) for word, count in counted.items()}
        rows = np.array([row for row, _ in found], dtype=np.int64)
        _banks[library] = Bank(tuple(banked for _, banked in found), library.vectors[rows], rarity, math.log(1 + len(found)))
    return _banks[library]


def of_passage(passage: Passage, base: KnowledgeBase) -> Banked | None:
    """Return the statement that a passage is; None if it is none."""
    slug = Slug(passage.slug)
    if passage.kind is PassageKind.FACT:
        return Banked(passage.text, True, Told(slug, passage.text))
    if passage.kind is PassageKind.MISCONCEPTION:
        return Banked(passage.text, False, Told(slug, passage.text, base.cards[slug].misconceptions[int(passage.place)].correction))
    if passage.kind is PassageKind.STATEMENT:
        group, verdict, _ = passage.place.split(":")
        return Banked(passage.text, verdict == HOLDS, Told(slug, base.statements[slug][int(group)].decided_by))
    return None


def weigh_all(statements: Sequence[str], library: Library) -> list[Weighed]:
    """Weigh what the bank says and what it denies of each of some statements."""
    bank = bank_of(library)
    if not bank.statements:
        return [Weighed() for _ in statements]
    cosines = library.encode(statements) @ bank.vectors.T
    return [weigh(clause(text), row, bank, library.base.course) for text, row in zip(statements, cosines, strict=True)]


def weigh(said: Clause, cosines: Vectors, bank: Bank, course: Course) -> Weighed:
    """Weigh one statement by the nearest statement that says it and the nearest that denies it. Shapes: cosines (statements,)."""
    most = min(COMPARED, len(cosines))
    best: dict[bool, tuple[float, Told | None]] = {True: (0.0, None), False: (0.0, None)}
    for place in np.argpartition(-cosines, most - 1)[:most].tolist():
        banked = bank.statements[place]
        told = _read(banked.text)
        against = said_otherwise(said, told, course)
        # A sentence with more numbers than the statement may say another of them.
        if against is None or (said.numbers and told.numbers - said.numbers and not against[0]):
            continue
        turned, opposed = against
        shared = bank.weight(said.words & told.words | opposed)
        alike = shared / (math.sqrt(bank.weight(said.words) * bank.weight(told.words | opposed)) or 1.0)
        strength = float(cosines[place]) * (1 - OTHER_WORDS * (1 - alike)) * (1 - OTHER_ORDER * (1 - in_order(said.order, told.order)))
        strength *= TURNED if turned else 1.0
        if strength > best[banked.so != turned][0]:
            best[banked.so != turned] = (strength, banked.told)
    (so, says), (not_so, denies) = best[True], best[False]
    return Weighed(so, not_so, says, denies)
