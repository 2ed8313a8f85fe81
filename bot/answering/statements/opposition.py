"""Signs that two sentences in nearly the same words differ: a dropped "not", another number, or a word of an opposed pair."""

from __future__ import annotations

import re
from itertools import chain

from knowledge.reading.course import Course, sides
from knowledge.words import WORD, content_stems, stem, words

NEGATION = re.compile(
    r"\b(?:not|no|nobody|none|never|nothing|neither|nor|without|cannot|hardly|instead of|rather than|unlike|except|false|wrong|incorrect"
    r"|mistaken|myth|misunderstanding|misconception)\b|n['’]t\b",
    re.IGNORECASE,
)
CLAUSE_ENDS = re.compile(
    r"[,;:()]|\b(?:whereas|while|because|but|so|since|although|though|unlike|and (?=not\b|no\b|does\b|leaves\b))\b", re.IGNORECASE
)
# So many content words after a negation are negated by it.
NEGATED_WORDS = 3
# What stays as it was is not changed.
KEPT = re.compile(
    r"\b(?:stay|remain|kept|keep|leave|left|leaving)(?:s|ed|ing)?\b[^,;.]{0,40}?"
    r"\b(?:as (?:they|it) (?:are|were|is|was)|fixed|frozen|unchanged|untouched|constant|alone|the same)\b"
    r"|\b(?:is|are|be) (?:fixed|frozen|unchanged|the same)\b|\bunchanged\b|\bfreez(?:e|es|ing)\b",
    re.IGNORECASE,
)
CHANGES = re.compile(r"\b(?:updat|chang|modif|adjust|alter|rewrit|overwrit)\w*\b|\bretrain\w*\b", re.IGNORECASE)
NUMBER = re.compile(r"(?<![\w.-])-?\d[\d,]*(?:\.\d+)?")
# Words that claim more than a sentence without them.
ABSOLUTE = frozenset(
    "always never all every any only must entirely completely exactly guarantee guarantees nothing everything impossible".split()
)
# A sentence that says one side of a row does not say another of it. The course's own rows are in its `opposites`.
OPPOSED = tuple(
    sides(tuple(row.split(" | ")))
    for row in (
        "better | worse",
        "higher | lower",
        "more larger bigger longer | fewer less smaller shorter",
        "earlier previous preceding past | later future following",
        "left | right",
        "before | after",
        "first | last",
        "same | different",
        "minimum | maximum",
        "separate | joint",
        "positive | negative negatives",
        "thousand | million | billion | trillion",
    )
)


def negations(text: str) -> int:
    """Return how many words of a text negate it.

    >>> negations("It doesn't update the weights without data.")
    2
    """
    return len(NEGATION.findall(text))


def negated_stems(text: str, most: int = NEGATED_WORDS) -> frozenset[str]:
    """Return the content stems that follow each negation in its clause, at most so many.

    >>> sorted(negated_stems("It has no labels, but targets."))
    ['label']
    """
    found: set[str] = set()
    for clause in CLAUSE_ENDS.split(text):
        for place in NEGATION.finditer(clause):
            after = [stem(word) for word in words(clause[place.end() :]) if content_stems(word)]
            found.update(after[:most])
    return frozenset(found)


def denies(statement: str, clause: str) -> bool:
    """Return whether one text negates a thing that the other says without negating it, or keeps what the other one changes.

    >>> denies("It updates the weights", "its weights stay as they were")
    True
    >>> denies("In-context learning", "In-context learning updates no weights")
    False
    """
    both = ((statement, clause), (clause, statement))
    # "Stays fixed" and "is not updated" are the same, though only one of them has a negation.
    if any(KEPT.search(one) and CHANGES.search(other) and NEGATION.search(other) for one, other in both):
        return False
    if any((negated_stems(one) & content_stems(other)) - negated_stems(other) for one, other in both):
        return True
    return any(keeps_what_changes(one, other) for one, other in both)


def keeps_what_changes(text: str, other: str) -> bool:
    """Return whether a clause of one text leaves a thing as it was that the other text says is changed."""
    if not CHANGES.search(other) or KEPT.search(other) or NEGATION.search(other):
        return False
    return any(KEPT.search(part) and content_stems(part) & content_stems(other) for part in CLAUSE_ENDS.split(text))


def numbers(text: str) -> set[str]:
    """Return the numbers of a text, as digits.

    >>> sorted(numbers("Loaf-2 has 15% of 1,000 grams"))
    ['1000', '15']
    """
    return {match.replace(",", "").rstrip(".") for match in NUMBER.findall(text)}


def absolutes(text: str) -> set[str]:
    """Return the words of a text that allow no exception."""
    return {word for word in WORD.findall(text.lower()) if word in ABSOLUTE}


def opposed(statement: str, sentence: str, course: Course) -> set[str]:
    """Return the words of a statement in whose place the sentence has an opposed one.

    >>> sorted(opposed("The crumb is dense", "The crumb is open", Course(opposites=(("dense", "open"),))))
    ['dens']
    """
    return opposed_stems(content_and_order(statement), content_and_order(sentence), course)


def content_and_order(text: str) -> frozenset[str]:
    """Return the content stems of a text, with the few words of order that count as stop words elsewhere."""
    return frozenset(content_stems(text) | {word for word in words(text) if word in {"before", "after", "same", "more"}})


def opposed_stems(said: frozenset[str], told: frozenset[str], course: Course) -> set[str]:
    """Return the stems said in whose place another of their row is told."""
    found: set[str] = set()
    for row in chain(OPPOSED, course.opposed_sides):
        for kind in row:
            if said & kind and not told & kind:
                others = [other for other in row if other is not kind]
                if any(told & other and not said & other for other in others):
                    found |= said & kind
    return found
