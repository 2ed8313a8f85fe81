"""Whether cards settle one statement: told as so, told as not so, or left open because nothing settles it clearly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.evidence import Near, Told, best_slugs, compare, same_stems, sequence, told_near
from bot.answering.opposition import absolutes, content_and_order, negations, numbers, opposed_stems
from index.search import Library

# Cards whose sentences are read, and sentences that are weighed, nearest first.
READ = 4
WEIGHED = 12
# How alike a sentence has to be (a cosine) before it settles anything: as so, as not so, or as the belief that a card names.
# Chosen on index/questions/claims/fit.jsonl, so that no more than one verdict in ten is wrong there, where all are one word apart.
ALIKE_SO = 0.7
ALIKE_NOT_SO = 0.63
ALIKE_BELIEF = 0.62
# Shares of a statement's content words that a sentence may lack, and the share of them that has to stand in its order.
MISSING_SO = 0.17
MISSING_NOT_SO = 0.2
MISSING_BELIEF = 0.5
IN_ORDER = 0.85
FEWEST = 3
# A statement that says its few words over and over says nothing.
VARIED = 0.6
CLAUSE_ENDS = re.compile(
    r"[,;:()]|\b(?:whereas|while|because|but|so|since|although|though|unlike|and (?=not\b|no\b|does\b|leaves\b))\b", re.IGNORECASE
)
# What stands on the two sides of these may change places.
REASON = re.compile(r"\b(?:because|since|so that|as)\b", re.IGNORECASE)
SET_AGAINST = re.compile(r"\b(?:whereas|while|but|although|though|unlike|instead|rather|not|never)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Verdict:
    """Whether a statement is so, and the sentence of a card that settles it."""

    so: bool
    by: Told

    @property
    def why(self) -> str:
        """Return what the card says about it: of a belief, what sets it right."""
        return self.by.correction or self.by.text


def judge(statement: str, library: Library) -> Verdict | None:
    """Return the verdict of the cards on a statement; None where none of them clearly settles it."""
    found = library.search(statement)
    sayings = told_near(best_slugs([found], READ), library.base, statement)
    return settled(statement, compare([statement], sayings, library)[0])


def settled(statement: str, near: Sequence[Near]) -> Verdict | None:
    """Return the verdict of the nearest sentence that settles a statement."""
    said = sequence(statement)
    if len(set(said)) < FEWEST or len(set(said)) < VARIED * len(said):
        return None
    believed = max((each.cosine for each in near if each.told.belief and says(statement, each.told, MISSING_BELIEF)), default=0.0)
    supported = max((each.cosine for each in near if not each.told.belief), default=0.0)
    for each in near[:WEIGHED]:
        if each.told.belief:
            whole = len(each.told.stems - same_stems(statement)) <= MISSING_BELIEF * len(each.told.stems)
            if whole and each.cosine >= max(ALIKE_BELIEF, supported) and says(statement, each.told, MISSING_BELIEF):
                return Verdict(False, each.told)
        elif each.cosine >= ALIKE_SO and each.cosine > believed and says_so(statement, each.told):
            return Verdict(True, each.told)
        elif each.cosine >= ALIKE_NOT_SO and says_not_so(statement, each.told):
            return Verdict(False, each.told)
    return None


def clause_of(statement: str, sentence: str) -> str:
    """Return the clauses of a sentence that have the statement's words: the fewest that have all that the sentence has of them."""
    left = same_stems(statement) & same_stems(sentence)
    chosen = []
    for clause in sorted(CLAUSE_ENDS.split(sentence), key=lambda clause: -len(same_stems(clause) & left)):
        if same_stems(clause) & left:
            chosen.append(clause)
            left -= same_stems(clause)
    return " , ".join(chosen) or sentence


def turned(statement: str, clause: str) -> bool:
    """Say whether one of the two is negated and the other is not."""
    return negations(statement) % 2 != negations(clause) % 2


def says(statement: str, each: Told, missing: float) -> bool:
    """Say whether a sentence says what a statement says, but for a share of its words."""
    wanted = same_stems(statement)
    return (
        len(wanted - each.stems) <= missing * len(wanted)
        and not opposed_stems(content_and_order(statement), each.ordered)
        and not turned(statement, clause_of(statement, each.text))
        and not turned(CLAUSE_ENDS.split(statement)[0], CLAUSE_ENDS.split(each.text)[0])
        and not numbers(statement) - numbers(each.text)
    )


def says_so(statement: str, each: Told) -> bool:
    """Say whether a sentence says the same as a statement, word for word and in its order, and the statement nothing beyond."""
    clause = clause_of(statement, each.text)
    return (
        says(statement, each, MISSING_SO)
        # Two clauses that are set against each other do not say together what their words put together would.
        and (" , " not in clause or not SET_AGAINST.search(each.text) or bool(SET_AGAINST.search(statement)))
        and not opposed_stems(content_and_order(statement), content_and_order(clause))
        and not absolutes(statement) - absolutes(each.text)
        and not absolutes(clause) - absolutes(statement) - {"only"}
        and all(in_order(sequence(part), sequence(clause)) >= IN_ORDER for part in REASON.split(statement))
    )


def says_not_so(statement: str, each: Told) -> bool:
    """Say whether a sentence says the same but for one thing in which it says the opposite."""
    clause = clause_of(statement, each.text)
    against = opposed_stems(content_and_order(statement), each.ordered) & opposed_stems(
        content_and_order(statement), content_and_order(clause)
    )
    wanted = same_stems(statement) - same_stems(" ".join(absolutes(statement)))
    rest = {stem for stem in wanted if stem not in against}
    number = bool(numbers(statement) - numbers(each.text))
    if len(rest) < FEWEST - 1 or len(rest - each.stems) > MISSING_NOT_SO * len(wanted):
        return False
    if number and not len(numbers(statement)) == len(numbers(each.text)) == 1:
        return False
    differs = opposed_stems(content_and_order(statement), each.ordered)
    return bool(against) + turned(statement, clause) + number == 1 and bool(differs) == bool(against)


def in_order(said: list[str], sentence: list[str]) -> float:
    """Return the share of a statement's words in a sentence that stand there in the statement's order (longest common subsequence).

    >>> in_order(["student", "copi", "teacher"], ["student", "often", "copi", "teacher"])
    1.0
    >>> round(in_order(["student", "copi", "teacher"], ["teacher", "copi", "student"]), 2)
    0.33
    """
    known = [word for word in said if word in sentence]
    lengths = [0] * (len(sentence) + 1)
    for word in known:
        before = 0
        for place, other in enumerate(sentence, start=1):
            above = lengths[place]
            lengths[place] = before + 1 if word == other else max(above, lengths[place - 1])
            before = above
    return lengths[-1] / max(1, len(known))
