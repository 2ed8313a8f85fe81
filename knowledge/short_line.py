"""A text of any length as one short line, for lists that mentors read."""

from __future__ import annotations


def short_line(text: str, max_chars: int) -> str:
    """Return the beginning of a text on one line.

    >>> short_line("what is \\n a label?", 9)
    'what is …'
    """
    line = " ".join(text.split())
    return line if len(line) <= max_chars else f"{line[: max_chars - 1]}…"
