"""The verdict of the cards on one statement: it is so, it is not so, or nothing settles it clearly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.answering.statements.evidence import Near, Told, best_slugs, compare, same_stems, sequence, told_near
from bot.answering.statements.opposition import (
    CLAUSE_ENDS,
    absolutes,
    content_and_order,
    denies,
    negated_stems,
    negations,
    numbers,
    opposed_stems,
)
from index.search.library import Library
from knowledge.reading.course import Course

# Cards whose sentences are read, and sentences that are weighed, nearest first.
READ = 4
WEIGHED = 12
# How alike a sentence has to be (a cosine) before it settles anything: as so, as not so, or as the belief that a card names.
# Chosen on index/labels/claims/fit/, so that no more than one verdict in ten is wrong there, where all are one word apart.
ALIKE_SO = 0.7
ALIKE_NOT_SO = 0.63
ALIKE_BELIEF = 0.62
# Shares of a statement's content words that a sentence may lack, and the share of them that has to stand in its order.
MISSING_SO = 0.17
MISSING_NOT_SO = 0.2
MISSING_BELIEF = 0.4
# The share of a belief's clause that a statement may lack: what a short statement leaves out of it may be the very thing that is not so.
UNSAID_BELIEF = 0.25
IN_ORDER = 0.85
FEWEST = 3
# A statement that says its few words over and over says nothing.
VARIED = 0.6
# The two sides of these may change places.
REASON = re.compile(r"\b(?:because|since|so that|as)\b", re.IGNORECASE)
SET_AGAINST = re.compile(r"\b(?:whereas|while|but|although|though|unlike|instead|rather)\b", re.IGNORECASE)
# A sentence of several things that says what each of them does: its clauses put together may give one thing the other's part.
SEVERAL = re.compile(r"\b(?:or|respectively|the former|the latter)\b", re.IGNORECASE)
DENIED = re.compile(r"\b(?:not|never)\b", re.IGNORECASE)
# A statement about some, or about a possibility, is not refuted by one about most.
HEDGED = re.compile(r"\b(?:some|many|most|can|could|may|might|often|sometimes|usually|partly|such as)\b", re.IGNORECASE)
# A negation of the next words; "incorrect" negates no clause.
NEGATED = re.compile(
    r"(?:\b(?:not|no|none|never|neither|nor|without|cannot|hardly|instead of|rather than|unlike|except)\b|n['’]t\b)"
    r"(?:\s+(?:guarantees?|means?|impl(?:y|ies)|always|necessarily|really|actually)\b)?",
    re.IGNORECASE,
)
QUOTED_WORDS = re.compile(r"[\"“][^\"“”]{1,60}[\"”]")
GENITIVE = re.compile(r"\b([\w-]+)['’]s?\s+([\w-]+)")
COMPARED_TO = re.compile(r"\bthan\b", re.IGNORECASE)
NOTHING = re.compile(r"\b(?:nothing|nobody)\b", re.IGNORECASE)
# Words that say little beside others: of verbs beside their objects, of "model" beside what it does.
LIGHT = same_stems(
    "model human keep keeps need needs serve serves start starts started stay stays make makes give gives say says mean means"
)


@dataclass(frozen=True)
class StatementVerdict:
    """The verdict on a statement, and the sentence of a card that settles it."""

    so: bool
    by: Told

    @property
    def why(self) -> str:
        """Return what the card says about it; of a belief, the correction."""
        return self.by.correction or self.by.text


def judge(statement: str, library: Library) -> StatementVerdict | None:
    """Return the verdict of the cards on a statement; None if none of them clearly settles it."""
    found = library.search(statement)
    sayings = told_near(best_slugs([found], READ), library.base, statement)
    return settled(statement, compare([statement], sayings, library)[0], library.base.course)


def settled(statement: str, near: Sequence[Near], course: Course) -> StatementVerdict | None:
    """Return the verdict of the nearest sentence that settles a statement."""
    said = sequence(statement)
    if len(set(said)) < FEWEST or len(set(said)) < VARIED * len(said):
        return None
    believed = max((each.cosine for each in near if each.told.belief and says(statement, each.told, MISSING_BELIEF, course)), default=0.0)
    supported = max((each.cosine for each in near if not each.told.belief), default=0.0)
    for each in near[:WEIGHED]:
        if each.told.belief:
            alike = each.cosine >= max(ALIKE_BELIEF, supported)
            other = hedged(statement, each.told.text) or one_is_negated(
                CLAUSE_ENDS.split(statement)[0], CLAUSE_ENDS.split(each.told.text)[0]
            )
            if alike and not other and has_all_of(statement, each.told) and says(statement, each.told, MISSING_BELIEF, course):
                return StatementVerdict(False, each.told)
        elif each.cosine >= ALIKE_SO and each.cosine > believed and says_so(statement, each.told, course):
            return StatementVerdict(True, each.told)
        elif each.cosine >= ALIKE_NOT_SO and says_not_so(statement, each.told, course):
            return StatementVerdict(False, each.told)
    return None


def has_all_of(statement: str, belief: Told) -> bool:
    """Return whether a statement has most words of every clause of a belief: one clause alone may be true, and only the rest false."""
    said = same_stems(statement)
    parts = [belief.stems, *(same_stems(clause) for clause in CLAUSE_ENDS.split(belief.text))]
    return all(len(part - said) <= UNSAID_BELIEF * len(part) for part in parts)


def clause_of(statement: str, sentence: str) -> str:
    """Return the clauses of a sentence that have the statement's words, in order: the fewest that have all that it has of them."""
    left = same_stems(statement) & same_stems(sentence)
    clauses = CLAUSE_ENDS.split(sentence)
    chosen = []
    for place in sorted(range(len(clauses)), key=lambda place: -len(same_stems(clauses[place]) & left)):
        if same_stems(clauses[place]) & left:
            chosen.append(place)
            left -= same_stems(clauses[place])
    return " , ".join(clauses[place] for place in sorted(chosen)) or sentence


def joined_against(statement: str, clause: str, sentence: str) -> bool:
    """Return whether clauses were joined that the sentence contrasts or shares out: their words together say nothing."""
    if " , " not in clause:
        return False
    return any(bool(marks.search(sentence)) and not marks.search(statement) for marks in (SET_AGAINST, SEVERAL))


def one_is_negated(statement: str, clause: str) -> bool:
    """Return whether one of the two is negated and the other is not; "no gradient and no weights" is negated once."""
    return bool(negations(statement)) != bool(negations(clause))


def hedged(statement: str, other: str) -> bool:
    """Return whether a statement says of some, or as a possibility, what another says of all."""
    return bool(HEDGED.search(statement)) and not HEDGED.search(other)


def turns_round(text: str, other: frozenset[str]) -> bool:
    """Return whether a text negates something that the other one speaks of."""
    after = [sequence(text[found.end() :])[:1] for found in NEGATED.finditer(text)]
    return bool(NOTHING.search(text)) or any(set(stems) & other for stems in after)


def says(statement: str, each: Told, missing: float, course: Course) -> bool:
    """Return whether a sentence says what a statement says, except for a share of its words."""
    wanted = weighty(statement)
    return (
        len(wanted - each.stems) <= missing * len(wanted)
        and not opposed_stems(content_and_order(statement), each.ordered, course)
        and not one_is_negated(statement, clause_of(statement, each.text))
        and not numbers(statement) - numbers(each.text)
    )


def weighty(statement: str) -> frozenset[str]:
    """Return the words of a statement that a sentence has to have: not those of light verbs and of exceptions."""
    return same_stems(statement) - LIGHT - same_stems(" ".join(absolutes(statement)))


def says_so(statement: str, each: Told, course: Course) -> bool:
    """Return whether a sentence says the same as a statement, in the same words and order, and the statement says nothing more."""
    clause = clause_of(statement, each.text)
    # Words in quotation marks are spoken of, not said; and "no human labels" is less than "no labels".
    plain = clause if QUOTED_WORDS.search(statement) else QUOTED_WORDS.sub(" ", clause)
    # Of two things set against each other, one may have the other's name.
    order = 1.0 if SET_AGAINST.search(statement) else IN_ORDER
    return (
        says(statement, each, MISSING_SO, course)
        and not denies(statement, plain)
        and negated_stems(statement, 1) <= negated_stems(plain, 1)
        and not joined_against(statement, clause, each.text)
        and not (" , " in clause and DENIED.search(each.text) and not DENIED.search(statement))
        and not opposed_stems(content_and_order(statement), content_and_order(clause), course)
        and not absolutes(statement) - absolutes(each.text)
        and not absolutes(clause) - absolutes(statement) - {"only"}
        and all(in_order(sequence(part), sequence(clause)) >= order for part in REASON.split(statement))
        and not belongs_elsewhere(clause, statement)
        and counted(statement) <= counted(each.text)
    )


def belongs_elsewhere(sentence: str, statement: str) -> bool:
    """Return whether a sentence is about a part of something ("the model's activations") and the statement about the whole."""
    own = {owner for owner, _ in owners(statement)}
    said = same_stems(statement)
    return any(owner in said and owner not in own and thing and not thing & said for owner, thing in owners(sentence))


def owners(text: str) -> set[tuple[str, frozenset[str]]]:
    """Return what things are said to belong to what, as stems."""
    return {(stem, same_stems(thing)) for owner, thing in GENITIVE.findall(text) for stem in same_stems(owner)}


def counted(text: str) -> set[tuple[str, str]]:
    """Return each number of a text with the word that says what there is so much of, as stems."""
    said = sequence(text)
    return {(each, after) for each, after in pairwise(said) if each[0].isdigit() and not after[0].isdigit()}


def says_not_so(statement: str, each: Told, course: Course) -> bool:
    """Return whether a sentence says the same except for one thing, and there the opposite."""
    clause = clause_of(statement, each.text)
    against = opposed_stems(content_and_order(statement), each.ordered, course) & opposed_stems(
        content_and_order(statement), content_and_order(clause), course
    )
    wanted = weighty(statement)
    number = bool(numbers(statement) - numbers(each.text))
    rest = {stem for stem in wanted if stem not in against and not (number and stem[0].isdigit())}
    if len(rest) < FEWEST - 1 or len(rest - each.stems) >= MISSING_NOT_SO * len(wanted):
        return False
    there = same_stems(clause)
    if hedged(statement, clause):
        return False
    if one_is_negated(statement, clause) and not denies(statement, clause):
        return False
    # Of two things compared, or of a verb and its object, the other way round is another statement and no denial of this one.
    if (COMPARED_TO.search(statement) or NOTHING.search(clause)) and in_order(sequence(statement), sequence(clause)) < IN_ORDER:
        return False
    if one_is_negated(statement, clause) and not (turns_round(statement, there) or turns_round(clause, same_stems(statement))):
        return False
    if against and set(sequence(statement)[:1]) & against:
        return False
    if number and not len(numbers(statement)) == len(numbers(each.text)) == 1:
        return False
    if joined_against(statement, clause, each.text):
        return False
    differs = opposed_stems(content_and_order(statement), each.ordered, course)
    return bool(against) + one_is_negated(statement, clause) + number == 1 and bool(differs) == bool(against)


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
