"""The answers and reasons that mentors write, in the form that the ledger and the platforms accept."""

from __future__ import annotations

import re

from bot.values import Answer, Composer, Status
from index.search.query import clean
from knowledge.checking.rules import markdown_problems
from knowledge.errors import UsageError

LINK = re.compile(r"<https?://[^>\s]+>")
MAX_TEXT_CHARS = 20_000
MAX_REASON_CHARS = 2_000


def mentor_answer(text: str) -> Answer:
    """Return the answer with a mentor's text.

    Raises:
        UsageError: the text is empty or too long, or the platforms would show a part of it otherwise than meant.
    """
    kept = checked_text(text)
    # As a card's body, whose front matter ends before it; a link in angle brackets is no HTML.
    problems = [*markdown_problems("", f"---\n---\n{LINK.sub('', kept)}")]
    if problems:
        raise UsageError("; ".join(f"line {each.line - 2} of the answer: {each.message}" for each in problems))
    return Answer(question="", status=Status.ANSWERED, answer=kept, composer=Composer.MENTOR, confidence=1.0)


def checked_text(text: str) -> str:
    """Return an answer's text without the characters that no database accepts, and with one kind of line end."""
    kept = "\n".join("".join(mark for mark in line if mark == "\t" or mark >= " ") for line in text.splitlines()).strip()
    kept = kept.encode("utf-8", "ignore").decode("utf-8")
    if not kept:
        raise UsageError("an answer needs a text, and this one is empty")
    if len(kept) > MAX_TEXT_CHARS:
        raise UsageError(f"an answer has at most {MAX_TEXT_CHARS:,} characters, and this one has {len(kept):,}")
    return kept


def checked_reason(reason: str) -> str:
    """Return a mentor's reason, cleaned."""
    kept = clean(reason)
    if len(kept) > MAX_REASON_CHARS:
        raise UsageError(f"a reason has at most {MAX_REASON_CHARS:,} characters, and this one has {len(kept):,}")
    return kept
