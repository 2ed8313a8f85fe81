"""Rules that the exam of a course has to keep, so that its grade says something about the cards as they are."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card_file import Problem, line_of
from knowledge.reading.exam import EXAM, ExamPair, read_exam, unsaid
from knowledge.words import WORD

# The two claims of a pair differ in so many words at most, counted on the side that has more of its own.
MOST_APART = 4
# A sentence as YAML may fold it.
SHOWN_CHARS = 25


def exam_warnings(base: KnowledgeBase, directory: Path) -> Iterator[Problem]:
    """Yield what makes a pair of the exam useless; `askwell exam` leaves out those whose card changed."""
    pairs, _ = read_exam(directory)
    texts = exam_texts(directory)
    times = Counter(claim.lower() for pair in pairs for claim in (pair.holds, pair.fails))
    for pair in pairs:
        name = next((name for name, text in texts.items() if place(text, pair) > 1), next(iter(texts)))
        for message in wrongs(pair, base):
            yield Problem(name, place(texts[name], pair), message)
        if any(times[claim.lower()] > 1 for claim in (pair.holds, pair.fails)):
            yield Problem(name, place(texts[name], pair), "the claim stands in the exam twice")


def exam_texts(directory: Path) -> dict[str, str]:
    """Return the texts of the exam's files by name, without those that can't be read: `read_exam` says so."""
    texts = {}
    for path in sorted(directory.glob(EXAM)):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            texts[path.relative_to(directory).as_posix()] = path.read_text(encoding="utf-8")
    return texts


def wrongs(pair: ExamPair, base: KnowledgeBase) -> Iterator[str]:
    """Yield what is wrong with one pair."""
    if apart(pair) == 0:
        yield "both claims have the same words in the same order"
    if apart(pair) > MOST_APART:
        yield f"the claims differ in {apart(pair)} words: {MOST_APART} at most are wanted"
    if pair.card not in base.cards:
        yield f"the exam has a claim about '{pair.card}', and there is no such card"
        return
    for sentence in unsaid(pair, base.cards[pair.card]):
        yield f"the card {pair.card} no longer says “{sentence}”: write the claim again or take it out"


def apart(pair: ExamPair) -> int:
    """Return in how many words the claims of a pair differ; 1 if only their order does."""
    held, failed = (Counter(WORD.findall(claim.lower())) for claim in (pair.holds, pair.fails))
    if held == failed:
        return int(re.sub(r"\W+", " ", pair.holds.lower()) != re.sub(r"\W+", " ", pair.fails.lower()))
    return max((held - failed).total(), (failed - held).total())


def place(text: str, pair: ExamPair) -> int:
    """Return the line of a file at which a pair's true claim begins, or 1."""
    return line_of(text, pair.holds[:SHOWN_CHARS])
