"""The answers and reasons that mentors write, in the form that the ledger and the platforms accept."""

from __future__ import annotations

from bot.values import Answer, Composer, Status
from index.search.query import clean
from knowledge.errors import UsageError

MAX_TEXT_CHARS = 20_000
MAX_REASON_CHARS = 2_000


def mentor_answer(text: str) -> Answer:
    """Return the answer with a mentor's text.

    Raises:
        UsageError: the text is empty or too long.
    """
    return Answer(question="", status=Status.ANSWERED, answer=checked_text(text), composer=Composer.MENTOR, confidence=1.0)


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
