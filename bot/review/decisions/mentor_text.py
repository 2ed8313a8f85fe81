"""What mentors write: an answer's text and a reason, as the ledger and the platforms can take them."""

from __future__ import annotations

from bot.values import Answer, Composer, Status
from index.search.query import clean
from knowledge.errors import UsageError

MAX_TEXT_CHARS = 20_000
MAX_REASON_CHARS = 2_000


def written(text: str) -> Answer:
    """Return the answer that a mentor wrote.

    Raises:
        UsageError: there is nothing in it, or too much.
    """
    return Answer(question="", status=Status.ANSWERED, answer=checked_text(text), composer=Composer.MENTOR, confidence=1.0)


def checked_text(text: str) -> str:
    """Return an answer's text as it's kept: without characters that no database takes, its lines ended alike."""
    kept = "\n".join("".join(mark for mark in line if mark == "\t" or mark >= " ") for line in text.splitlines()).strip()
    kept = kept.encode("utf-8", "ignore").decode("utf-8")
    if not kept:
        raise UsageError("an answer needs a text, and this one is empty")
    if len(kept) > MAX_TEXT_CHARS:
        raise UsageError(f"an answer has at most {MAX_TEXT_CHARS:,} characters, and this one has {len(kept):,}")
    return kept


def checked_reason(reason: str) -> str:
    """Return a mentor's reason as it's kept."""
    kept = clean(reason)
    if len(kept) > MAX_REASON_CHARS:
        raise UsageError(f"a reason has at most {MAX_REASON_CHARS:,} characters, and this one has {len(kept):,}")
    return kept
