"""Habits of writing that make a card harder to read: each is a warning, and no card is refused for one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from knowledge.checking.exam_rules import exam_warnings
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card
from knowledge.reading.card_file import Problem, line_of

SHORT_ANSWER_WORDS = range(20, 51)
PARAGRAPH_MAX_WORDS = 80
# As much as a telephone shows of a line of code.
CODE_LINE_MAX_CHARS = 40
BOLD_NAME = re.compile(r"\*\*[^*\n]+\*\*")
FENCED = re.compile(r"```.*?```", re.DOTALL)
# A short answer is shown by itself, to a question that may have been asked the other way round.
POINTS_BACK = re.compile(r"\W*(It|This|They|Yes)\b")
ADMITS = re.compile(r"\W*you(?: are|'re|’re) right\b", re.IGNORECASE)
HOLD_ON = re.compile(r"\bhold on to\b", re.IGNORECASE)


def warnings(base: KnowledgeBase, directory: Path) -> list[Problem]:
    """Return what should be written otherwise in the cards of a knowledge folder, in file order."""
    found = [
        problem for card in base.cards.values() for problem in card_warnings(card, (directory / card.path).read_text(encoding="utf-8"))
    ]
    return sorted({*found, *exam_warnings(base, directory)})


def card_warnings(card: Card, text: str) -> Iterator[Problem]:
    """Yield what should be written otherwise in one card."""
    answer_line = line_of(text, "## Short answer")
    words = len(card.short_answer.split())
    if words not in SHORT_ANSWER_WORDS:
        wanted = f"{SHORT_ANSWER_WORDS.start} to {SHORT_ANSWER_WORDS.stop - 1}"
        yield Problem(card.path, answer_line, f"the short answer has {words} words: {wanted} are wanted")
    if opening := POINTS_BACK.match(card.short_answer):
        yield Problem(card.path, answer_line, f"the short answer opens with {opening[1]!r}: name its subject first")
    for paragraph in card.paragraphs():
        line = line_of(text, paragraph.partition("\n")[0])
        words = len(FENCED.sub(" ", paragraph).split())
        if words > PARAGRAPH_MAX_WORDS:
            yield Problem(card.path, line, f"the paragraph has {words} words: {PARAGRAPH_MAX_WORDS} at most are wanted")
        if not BOLD_NAME.match(paragraph):
            yield Problem(card.path, line, "the paragraph opens with no **bold name**")
    for misconception in card.misconceptions:
        if ADMITS.match(misconception.correction):
            yield Problem(
                card.path, line_of(text, misconception.correction[:20]), "the correction opens with 'You are right': say what holds"
            )
    fenced = False
    for number, row in enumerate(text.splitlines(), start=1):
        if row.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced and len(row) > CODE_LINE_MAX_CHARS:
            yield Problem(card.path, number, f"the code line has {len(row)} characters: {CODE_LINE_MAX_CHARS} at most are wanted")
        if HOLD_ON.search(row):
            yield Problem(card.path, number, "'hold on to': say what is true")
