"""Rules that the statements about cards have to keep, so that a quiz gets the verdict of the cards as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from knowledge.checking.exam_rules import texts_of
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card_file import Problem, line_of
from knowledge.reading.exam import unsaid
from knowledge.reading.stated import STATEMENTS


def statement_warnings(base: KnowledgeBase, directory: Path) -> Iterator[Problem]:
    """Yield what makes a statement useless; answers leave out those whose card no longer says the deciding sentence."""
    texts = texts_of(directory, STATEMENTS)
    groups = [(slug, group) for slug, groups in base.statements.items() for group in groups]
    times = Counter(plain(text) for _, group in groups for text in (*group.holds, *group.fails))

    def problem(needle: str, message: str) -> Problem:
        name = next((name for name, text in texts.items() if needle in text), next(iter(texts)))
        return Problem(name, line_of(texts[name], needle), message)

    for slug, group in groups:
        if unsaid([group.decided_by], base.cards[slug]):
            message = f"the card {slug} no longer says “{group.decided_by}”: write its statements again or take them out"
            yield problem(group.decided_by, message)
        for text in (*group.holds, *group.fails):
            if times[plain(text)] > 1:
                yield problem(text, f"the statement “{text}” stands there {times[plain(text)]} times")


def plain(statement: str) -> str:
    """Return a statement as it counts when two are compared."""
    return statement.lower().rstrip(".")
