"""The exam as a judge sits it: sheets of claims as a draft has sentences, beside the notes that decide them and others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug
from knowledge.reading.exam import ExamPair, one_line, unsaid

# A draft of 120 words has about so many sentences.
CLAIMS_A_SHEET = 6
# So many more key facts of each card are shown beside the sentences that decide.
MORE_FACTS = 4


@dataclass(frozen=True)
class ExamClaim:
    """One claim of a sheet, whether it holds, and the place in the cards that decides it."""

    text: str
    holds: bool
    pair: ExamPair


@dataclass(frozen=True)
class Sheet:
    """What a judge is shown at once, in the form in which it is shown a draft."""

    asked: tuple[str, ...]
    notes: tuple[str, ...]
    claims: tuple[ExamClaim, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return the claims' texts."""
        return tuple(claim.text for claim in self.claims)

    @property
    def key(self) -> str:
        """Return what tells this sheet from one with another word in it."""
        return digest(json.dumps([self.asked, self.notes, self.sentences]))


def sheets_of(pairs: Sequence[ExamPair], base: KnowledgeBase) -> list[Sheet]:
    """Return the sheets of an exam over the cards as they are; a pair whose card no longer says what decides it is left out.

    The claims of a pair are on different sheets, so that neither gives the other away.
    """
    groups: dict[str, list[ExamPair]] = {}
    for pair in pairs:
        card = base.cards.get(Slug(pair.card))
        if card is not None:
            groups.setdefault(card.group, []).append(pair)
    few = [group[start : start + CLAIMS_A_SHEET] for group in groups.values() for start in range(0, len(group), CLAIMS_A_SHEET)]
    return [sheet for each in few for sheet in two_sheets(each, base)]


def two_sheets(pairs: Sequence[ExamPair], base: KnowledgeBase) -> Iterator[Sheet]:
    """Yield two sheets on a few pairs: one with a claim of each, and one with the others, the true and the false mixed."""
    kept = [pair for pair in pairs if not unsaid(pair, base.cards[pair.card])]
    if not kept:
        return
    asked = tuple(dict.fromkeys(one_line(pair.question) for pair in kept))
    notes = notes_of(kept, base)
    for turned in (False, True):
        # Drawn by the text, so that a sheet is the same each time.
        drawn = [(int(digest(pair.holds), 16) % 2 == 1) != turned for pair in kept]
        claims = [ExamClaim(pair.holds if holds else pair.fails, holds, pair) for pair, holds in zip(kept, drawn, strict=True)]
        yield Sheet(asked, notes, tuple(claims))


def notes_of(pairs: Sequence[ExamPair], base: KnowledgeBase) -> tuple[str, ...]:
    """Return the sentences that decide, and some more of the same cards, in no order that tells which is which."""
    deciding = [one_line(sentence) for pair in pairs for sentence in pair.decided_by]
    others: list[str] = []
    for slug in dict.fromkeys(pair.card for pair in pairs):
        facts = [one_line(fact) for fact in base.cards[slug].key_facts]
        others += [fact for fact in facts if fact not in deciding][:MORE_FACTS]
    return tuple(sorted({*deciding, *others}, key=digest))


def digest(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
