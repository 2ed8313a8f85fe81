"""What mentors type: numbers of questions, and texts in files; what can't be read is said in one line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.review.decisions.mentor_text import MAX_TEXT_CHARS
from knowledge.errors import UsageError

# Four bytes a character at most, and a byte order mark; what is longer is no answer, and may never end.
MAX_BYTES = 4 * MAX_TEXT_CHARS + 3


def number(typed: str) -> int:
    """Read the number of a question or of a decision."""
    if not typed.isascii() or not typed.isdigit() or len(typed) > 18 or int(typed) < 1:
        raise argparse.ArgumentTypeError(f"{typed[:40]!r} is no number from 1 on")
    return int(typed)


def numbers(typed: str) -> tuple[int, ...]:
    """Read the numbers of several questions."""
    return tuple(number(part.strip()) for part in typed.split(","))


def read_text(name: str) -> str:
    """Read what a mentor wrote, from a file or from standard input.

    Raises:
        UsageError: it can't be read, or is no text of a length that an answer can have.
    """
    shown_name = "standard input" if name == "-" else name
    try:
        if name == "-":
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"can't read {shown_name}: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise UsageError(f"{shown_name} is too long: an answer has at most {MAX_TEXT_CHARS:,} characters")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"can't read {shown_name}: it's not text in UTF-8") from None
    if not text.strip():
        raise UsageError(f"{shown_name} is empty: an answer needs a text")
    return text
