"""The kind of answer that a message wants, read from its wording alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from knowledge.reading.course import Course
from knowledge.sentences import sentences
from knowledge.words import any_of, any_word


class Form(StrEnum):
    """The form of a question; the composer chooses a card's sections by it."""

    BLANK = "blank"
    QUIZ = "quiz"
    EXAMPLE = "example"
    CONTRAST = "contrast"
    PUSHBACK = "pushback"
    YES_NO = "yes_no"
    WHY = "why"
    OPEN = "open"


BLANKS = re.compile(r"(?<!\w)_{2,}(?!\w)|\[blank\]|\(blank\)|(?<=\s)\.{4,}(?=\s+\w)", re.IGNORECASE)
OPTION = re.compile(r"^\s*(?:[-*•]\s*|\(?[A-Ha-h1-8][.):]\s*|[A-H](?=[A-Z][a-z]))(?P<text>\S.*)$")
INLINE_OPTION = re.compile(r"(?:(?<=\s)|^)\(?(?P<letter>[a-hA-H])[).](?=\s*\S)")
TRUE_FALSE = re.compile(r"\btrue\s*(?:or|/)\s*false\b|^\s*t\s*/\s*f\b|^[^\w\n]*T?True[^\w\n]*$", re.IGNORECASE | re.MULTILINE)
# A list of these asks several things and offers no options.
ASKS = re.compile(r"\?\W*$|^\W*(?:what|why|how|who|which|when|where|is|are|do|does|did|can|could|should|will|would)\b", re.IGNORECASE)

EXAMPLE_WANTED = any_of(
    r"\bexamples? (?:of|for|from|please|data|pls)\b",
    r"\b(?:give|show|see|want|need|have|got|any|an?|some|concrete|real|simple)\b[^.?!]{0,30}\bexamples?\b(?! in | to )",
    r"\bfor instance\?",
    r"\blooks? like\b",
    r"\bshow me\b|\bname (?:a few|some|one|two)\b|\b(?:an?|one) (?:example|sample) (?:row|line|record)\b",
    r"\b(?:paste|post|print|share)\b[^.?!]{0,40}\b(?:rows?|samples?|lines?|records?|json|examples?)\b",
    r"\bsample (?:row|record|line|of)",
    r"\bexamples?\s*\?*$",
    r"\bejemplo|\bexemple|\bbeispiel|\bпример|例子",
)
CONTRAST_WANTED = any_of(
    r"\bdiff(?:er|erent|erence|erences|ers|rence|ernt|ernce)?\b",
    r"\bvs\.?\b|\bversus\b|\bcompared? (?:to|with)\b",
    r"\bdistinguish|\bdistinction\b|\bsame (?:thing )?as\b|\brather than\b|\bwhich (?:one|of)\b",
    r"区别|\bunterschied|\bdiferencia",
)
PUSHBACK = (
    r"\b(?:i|we) (?:still|honestly|really)? ?(?:think|thought|believe|believed|disagree|doubt)\b",
    r"\bstill (?:think|don'?t)\b",
    r"^\W*(?:but|honestly|hm+|well|no[, ]|so (?:it|that|they|basically|in the end)|then)\b",
    r"\b(?:is|are|does|should|would) ?n[o']?t (?:it|that|this|they|both|the)\b",
    r"\b(?:should|would) ?n[o']?t\b",
    r"\bbasically\b|\b(?:right|correct|no)\s*\?\s*$|\bmakes? no sense\b|\bmarketing\b",
    r"\b(?:i|we)'?d (?:say|call)\b|\bwould ?n't call\b",
    r"\bso (?:both|isn'?t|aren'?t|doesn'?t)\b|\bjust (?:a|another)\b",
)
YES_NO = any_of(
    r"^\W*(?:(?:so|and|but|ok(?:ay)?|hi|hey|hello|well|wait|hm+|please|sorry)\b[ ,]*)*"
    r"(?:is|are|was|were|do|does|did|dose|can|could|should|would|will|has|have|had|may|must|am)\b"
)
WHY = any_of(
    r"\bwhy\b|\bhow come\b|\bwhat for\b",
    r"\bwhat(?:'s| is) the (?:point|use|purpose|reason)\b",
    r"为什么|\bpor ?qu[eé]\b|\bwarum\b|\bпочему\b|\bзачем\b",
)


@lru_cache(maxsize=8)
def pushback(called: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of a message that does not believe what it was told: "still supervised", where the course calls things so."""
    return any_of(*PUSHBACK, rf"\b(?:still|just) {any_word(called)}\b")


def read_form(text: str, course: Course) -> Form:
    """Return the kind of answer that a message wants.

    >>> read_form("Is sourdough vegan?", Course()).value
    'yes_no'
    >>> read_form("rye vs wheat", Course()).value
    'contrast'
    """
    if BLANKS.search(text):
        return Form.BLANK
    if choice_item(text) is not None or TRUE_FALSE.search(text):
        return Form.QUIZ
    asking = [part for part in sentences(text) if part.endswith(("?", "？"))]
    core = " ".join(asking) or text
    if EXAMPLE_WANTED.search(core):
        return Form.EXAMPLE
    if CONTRAST_WANTED.search(core):
        return Form.CONTRAST
    if pushback(course.called).search(text):
        return Form.PUSHBACK
    if any(YES_NO.search(part) for part in asking or [text]):
        return Form.YES_NO
    if WHY.search(core):
        return Form.WHY
    return Form.OPEN


@dataclass(frozen=True)
class Item:
    """A multiple-choice item: its question, and its options as shown (with their letters) and without letters."""

    stem: str
    shown: tuple[str, ...]
    options: tuple[str, ...]


def choice_item(text: str) -> Item | None:
    """Read a message as a multiple-choice item, its options on separate lines or in one; None if it is none.

    >>> choice_item("Rye is a) a grain b) a yeast").shown
    ('a) a grain', 'b) a yeast')
    >>> choice_item("Two questions: a) is rye a grain? b) what is a yeast?") is None
    True
    """
    item = listed_item(text)
    return None if item is None or all(ASKS.search(option) for option in item.options) else item


def listed_item(text: str) -> Item | None:
    """Read a message as a stem with a list behind it, on separate lines or in one; None if it has none."""
    lines = text.splitlines()
    found = [(number, line, match.group("text").strip()) for number, line in enumerate(lines) if number and (match := OPTION.match(line))]
    if len(found) >= 2:
        # A learner's own words below the options ("I took A, why is that wrong?") are not part of the item.
        stem = " ".join(line.strip() for line in lines[: found[0][0]])
        return Item(stem.strip(), tuple(line.strip(" \t-*•") for _, line, _ in found), tuple(each for _, _, each in found))
    marks = list(INLINE_OPTION.finditer(text))
    letters = "".join(mark.group("letter").lower() for mark in marks)
    if len(marks) < 2 or not "abcdefgh".startswith(letters):
        return None
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    shown = tuple(text[mark.start() : end].strip(" ,;\n") for mark, end in zip(marks, ends, strict=True))
    plain = tuple(text[mark.end() : end].strip(" ,;.\n") for mark, end in zip(marks, ends, strict=True))
    return Item(text[: marks[0].start()].strip(), shown, plain) if all(plain) else None
