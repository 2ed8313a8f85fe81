"""The verdict of the cards on one statement: it is so, it is not so, or nothing settles it clearly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.answering.statements.evidence import Near, Told, best_slugs, compare, same, same_stems, sequence, told_near
from bot.answering.statements.opposition import (
    CLAUSE_ENDS,
    NEGATION,
    absolutes,
    content_and_order,
    mixes_sides,
    numbers,
    opposed_stems,
)
from index.search.library import Library
from knowledge.reading.course import Course
from knowledge.words import WORD, content_stems, stem, words

# Cards whose sentences are read.
READ = 4
# The share of its strength that a sentence loses for words of its own that the statement has not.
NOTHING_MORE = 0.3
# The least strength of what settles a statement, and its lead over what says the opposite: as so, and as not so. Chosen on a sample of
# index/labels/claims/fit/ and on tests/answering/quiz/own_words_items.jsonl, where they leave half of the statements open.
SO, SO_AHEAD = 0.62, 0.1
NOT_SO, NOT_SO_AHEAD = 0.4, 0.18
IN_ORDER, IN_ORDER_AGAINST = 0.75, 0.6
# What is less alike (a cosine) is about something else; a part of a sentence is a little weaker than a whole one.
ALIKE, OF_A_PART = 0.45, 0.96
# The share of an option's strength that is left where a sentence has none of its question's words.
ALONE = 0.3
# A statement says a belief if it has this share of its words: a part of it may be true.
BELIEF_SAID = 0.8
FEWEST = 2
# The same words that are as alike as this (a cosine) are the same sentence.
VERBATIM = 0.97
# A statement that says its few words over and over says nothing.
VARIED = 0.6
# So many content words after a negation are negated by it.
NEGATED_WORDS = 2
# Words that say little beside others weigh less.
LIGHT = same_stems("learning model method kind form start stay make give get say mean way way thing use used become contain have")
LIGHT_WEIGHT = 0.4
# What stays as it was is not changed.
KEPT = re.compile(
    r"\b(?:stay|remain|kept|keep|leave|left|leaving)(?:s|ed|ing)?\b([^,;.]{0,40}?)"
    r"\b(?:as (?:they|it) (?:are|were|is|was)|fixed|frozen|unchanged|untouched|constant|alone|the same)\b"
    r"|\b(?:is|are|be) (?:fixed|frozen|unchanged|the same)\b|\bunchanged\b|\bfreez(?:e|es|ing)\b|\bfrozen\b",
    re.IGNORECASE,
)
# A sentence that sets two things against each other says of neither what it says of the other.
SET_AGAINST = re.compile(r"\b(?:whereas|while|but|although|though|unlike)\b|;", re.IGNORECASE)
PARTS = re.compile(
    r"[;:]|,?\s+\b(?:whereas|while|but|although|though|unlike|because|since)\b|,\s+(?:so|which|and|where|as|or)\b", re.IGNORECASE
)
# A sentence that lists what several things do, as in "the one does this, the other that, and the third ...".
LISTED = re.compile(r",\s+(?:and\s+)?(?=(?:the|an?)\b)")
FEWEST_LISTED = 3
HEDGED = re.compile(r"\b(?:some|many|most|can|could|may|might|often|sometimes|usually|partly|such as)\b", re.IGNORECASE)
GENITIVE = re.compile(r"\b([\w-]+)['’]s?\s+([\w-]+)")
PLACED = re.compile(r"(.+?),?\s((?:in|during|for|with|by|from)\s.+)", re.IGNORECASE | re.DOTALL)
COMPARED_TO = re.compile(r"\bthan\b", re.IGNORECASE)
NOBODY = re.compile(r"\b(?:nobody|no one|no person)\b", re.IGNORECASE)
PEOPLE = same_stems("person people somebody someone anybody hand expert")


@dataclass(frozen=True)
class Clause:
    """A statement, or a part of a card's sentence: its content words in order, those that are negated, and what else may differ."""

    text: str
    order: list[str]
    negated: frozenset[str]
    sides: frozenset[str]
    numbers: set[str]
    counted: set[tuple[str, str]]

    @property
    def words(self) -> frozenset[str]:
        """Return the content words."""
        return frozenset(self.order)


@dataclass(frozen=True)
class Weighed:
    """How strongly cards say a statement, and how strongly they deny it, each with the sentence that does.

    `asked` is the share of a question's words in the sentence that says an option.
    """

    so: float = 0.0
    not_so: float = 0.0
    says: Told | None = None
    denies: Told | None = None
    asked: float = 0.0


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
    """Return the verdict of the sentences near a statement: one says it or denies it, and none the opposite nearly as clearly."""
    said = sequence(statement)
    if len(set(said)) < FEWEST or len(set(said)) < VARIED * len(said):
        return None
    verbatim = next(
        (each.told for each in near if each.cosine >= VERBATIM and not each.told.belief and sequence(each.told.text) == said), None
    )
    if verbatim is not None:
        return StatementVerdict(True, verbatim)
    weighed = weigh(statement, near, course)
    if weighed.says is not None and weighed.so >= SO and weighed.so - weighed.not_so >= SO_AHEAD:
        return StatementVerdict(True, weighed.says)
    if weighed.denies is not None and weighed.not_so >= NOT_SO and weighed.not_so - weighed.so >= NOT_SO_AHEAD:
        return StatementVerdict(False, weighed.denies)
    return None


def weigh(statement: str, near: Iterable[Near], course: Course) -> Weighed:
    """Weigh the sentences near a statement: which say it, and which deny it or are beliefs that say it."""
    said = clause(statement)
    # "In B there is A" may be told as "A is in B".
    orders = [said.order, *(sequence(f"{found[2]} {found[1]}") for found in [PLACED.fullmatch(statement)] if found)]
    best = Weighed()
    for each, told, turned, opposed in heard(statement, said, near, course):
        shared = said.words & told.words | opposed
        ordered = max(in_order(order, told.order) for order in orders)
        # Of two things compared, the other way round is another statement.
        least = 1.0 if COMPARED_TO.search(statement) else IN_ORDER if not turned or each.told.belief else IN_ORDER_AGAINST
        if each.cosine < ALIKE or ordered < least:
            continue
        more = share(shared, told.words | opposed)
        strength = each.cosine**0.5 * share(shared, said.words) ** 1.5 * (1 - NOTHING_MORE * (1 - more))
        if told.text != each.told.text:
            strength *= OF_A_PART
        if not turned and not each.told.belief and strength > best.so and says_no_less(said, told, each.told, course):
            best = replace(best, so=strength, says=each.told)
        whole = more >= BELIEF_SAID if each.told.belief else said.order[0] not in opposed and not hedged(said, told)
        if turned != each.told.belief and strength > best.not_so and whole:
            best = replace(best, not_so=strength, denies=each.told)
    return best


def weigh_option(statement: str, own: frozenset[str], near: Iterable[Near], course: Course) -> Weighed:
    """Weigh the sentences near a question with an option put in, which are compared with those for the other options.

    `own` are the words that only this option has: a sentence says as much of it as it has of them, in the question's surroundings.
    """
    said = clause(statement)
    best = Weighed()
    both = mixes_sides(own, own, course)
    for each, told, turned, opposed in heard(statement, said, near, course):
        has = share(own & (told.words | opposed), own)
        around = share((said.words - own) & told.words, said.words - own)
        order = in_order(said.order, told.order)
        strength = max(each.cosine, 0.0) * has * (ALONE + (1 - ALONE) * around) * (0.5 + 0.5 * order)
        exact = not absolutes(statement) - absolutes(told.text) and (order >= IN_ORDER or not both)
        if not turned and not each.told.belief and not opposed and exact and strength > best.so:
            best = replace(best, so=strength, says=each.told, asked=around)
        whole = share(said.words, told.words) >= BELIEF_SAID if each.told.belief else not own & opposed
        if turned != each.told.belief and strength > best.not_so and whole:
            best = replace(best, not_so=strength, denies=each.told)
    return best


def heard(statement: str, said: Clause, near: Iterable[Near], course: Course) -> Iterator[tuple[Near, Clause, bool, frozenset[str]]]:
    """Yield each part of a sentence that speaks of the same, whether it says the opposite, and the words that it has opposed ones for."""
    for each in near:
        parts = [each.told.text] if each.told.belief else said_of_each(each.told.text)
        for part in parts:
            told = clause(part)
            against = said_otherwise(said, told, course)
            whole = part == each.told.text and len(parts) > 1 and not SET_AGAINST.search(statement)
            mixed = whole and mixes_sides(said.sides, told.sides - told.negated, course)
            if against is not None and not mixed:
                yield each, told, *against


def says_no_less(said: Clause, told: Clause, whole: Told, course: Course) -> bool:
    """Return whether a sentence claims as much as a statement, in its order, and has an exception only where the statement has one."""
    return (
        not said.numbers - told.numbers
        and said.counted <= told.counted
        and (not absolutes(said.text) - absolutes(whole.text) or bool(HEDGED.search(said.text)))
        and not absolutes(told.text) - absolutes(said.text) - {"only", "all"}
        and said.order[0] in told.words
        and (not said.negated or bool(said.negated & told.words))
        and not belongs_elsewhere(told.text, said.text)
        # Of what a teacher and a student do, every word says which of the two does it.
        and (said.words <= told.words or not mixes_sides(said.sides, said.sides, course))
    )


def said_otherwise(said: Clause, told: Clause, course: Course) -> tuple[bool, frozenset[str]] | None:
    """Return whether a clause says the opposite of a statement, and the statement's words that have an opposed one in their place.

    None if it speaks of another number or another person, which is neither the same nor the opposite.
    """
    # "From pretrained weights, not from random ones" says only the one side.
    opposed = frozenset(same(each) for each in opposed_stems(said.sides, told.sides - told.negated, course))
    shared = said.words & told.words - opposed
    number = one_other_number(said, told)
    if said.numbers - told.numbers and not number:
        return None
    if NOBODY.search(told.text) and not PEOPLE & said.words and not said.negated:
        return None
    turned = bool(said.negated & (shared | opposed)) != bool(told.negated & shared)
    return (turned + bool(opposed) + number) % 2 == 1, opposed


def one_other_number(said: Clause, told: Clause) -> bool:
    """Return whether a clause has a statement's only number as another number beside the same word."""
    others = any(word == other and number != value for number, word in said.counted for value, other in told.counted)
    return len(said.numbers) == 1 and not said.numbers & told.numbers and others


def hedged(said: Clause, told: Clause) -> bool:
    """Return whether a statement says of some, or as a possibility, what a clause says of all, or whether only one of them compares."""
    if bool(COMPARED_TO.search(said.text)) != bool(COMPARED_TO.search(told.text)):
        return True
    return bool(HEDGED.search(said.text)) and not HEDGED.search(told.text)


def belongs_elsewhere(sentence: str, statement: str) -> bool:
    """Return whether a sentence is about a part of something ("the model's activations") and the statement about the whole."""
    own = {owner for owner, _ in owners(statement)}
    said = same_stems(statement)
    return any(owner in said and owner not in own and thing and not thing & said for owner, thing in owners(sentence))


def owners(text: str) -> set[tuple[str, frozenset[str]]]:
    """Return what things are said to belong to what, as stems."""
    return {(stem, same_stems(thing)) for owner, thing in GENITIVE.findall(text) for stem in same_stems(owner)}


def share(some: frozenset[str], every: frozenset[str]) -> float:
    """Return which share of some words others are, those that say little counting less."""
    weight = {word: LIGHT_WEIGHT if word in LIGHT else 1.0 for word in every}
    return sum(weight[word] for word in some & every) / (sum(weight.values()) or 1.0)


def parts_of(sentence: str) -> list[str]:
    """Return a sentence and its parts; one that sets things against each other only as its parts."""
    parts = [part.strip() for part in PARTS.split(sentence) if len(content_stems(part)) >= FEWEST]
    return list(dict.fromkeys(parts if SET_AGAINST.search(sentence) else [sentence, *parts])) or [sentence]


def said_of_each(sentence: str) -> list[str]:
    """Return a sentence and its parts; one that lists what several things do only as what it says of each."""
    listed = [part for part in LISTED.split(sentence) if len(content_stems(part)) >= FEWEST]
    return [part for each in listed for part in parts_of(each)] if len(listed) >= FEWEST_LISTED else parts_of(sentence)


def clause(text: str) -> Clause:
    """Read a statement or a part of a sentence."""
    plain = KEPT.sub(r" not changed \1 ", text.replace("’", "'").replace("–", "-"))
    order: list[str] = []
    asserted: set[str] = set()
    negated: set[str] = set()
    for part in CLAUSE_ENDS.split(plain):
        left = 0
        marks = [(found.start(), "") for found in NEGATION.finditer(part)]
        marks += [(found.start(), word) for found in WORD.finditer(part) for word in words(found.group(0)) if says_content(word)]
        for _, word in sorted(marks):
            if not word:
                left = NEGATED_WORDS
                continue
            order.append(same(stem(word)))
            (negated if left else asserted).add(order[-1])
            left = max(0, left - 1)
    counted = {(each, after) for each, after in pairwise(order) if each[0].isdigit() and not after[0].isdigit()}
    return Clause(text, order, frozenset(negated - asserted), content_and_order(plain), numbers(text), counted)


def says_content(word: str) -> bool:
    """Return whether a word is one of content and no negation."""
    return bool(content_stems(word)) and not NEGATION.fullmatch(word)


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
