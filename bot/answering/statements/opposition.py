"""Signs that two sentences in nearly the same words differ: a dropped "not", another number, or a word of an opposed pair."""

from __future__ import annotations

import re
from itertools import chain

from knowledge.reading.course import Course, Sides, sides
from knowledge.words import WORD, content_stems, words

NEGATION = re.compile(
    r"\b(?:not|no|nobody|none|never|nothing|neither|nor|without|cannot|hardly|instead of|rather than|unlike|except|false|wrong|incorrect"
    r"|mistaken|myth|misunderstanding|misconception)\b|n['’]t\b",
    re.IGNORECASE,
)
CLAUSE_ENDS = re.compile(
    r"[,;:()]|\b(?:whereas|while|because|but|so|since|although|though|unlike|and (?=not\b|no\b|does\b|leaves\b))\b", re.IGNORECASE
)
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


def rows_of(course: Course) -> chain[Sides]:
    """Return the rows of opposed words of English and of a course."""
    return chain(OPPOSED, course.opposed_sides)


def opposed_stems(said: frozenset[str], told: frozenset[str], course: Course) -> set[str]:
    """Return the stems said in whose place another of their row is told."""
    found: set[str] = set()
    for row in rows_of(course):
        for kind in row:
            if said & kind and not told & kind:
                others = [other for other in row if other is not kind]
                if any(told & other and not said & other for other in others):
                    found |= said & kind
    return found


def mixes_sides(said: frozenset[str], told: frozenset[str], course: Course) -> bool:
    """Return whether a sentence tells of two sides of a row of which one is said: of which of the two it tells the rest is unclear."""
    return any(sum(bool(kind & told) for kind in row) > 1 and any(kind & said for kind in row) for row in rows_of(course))
