"""Pieces of the lines that mentors read, without control characters, and values as JSON."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel

from knowledge.short_line import short_line

QUOTED_CHARS = 100


def counted(what: str, numbers: Sequence[int]) -> str:
    """Return numbers in words for a sentence.

    >>> counted("question", [7, 9, 12])
    'questions 7, 9 and 12'
    """
    words = list(map(str, numbers))
    return f"{what} {words[0]}" if len(words) == 1 else f"{what}s {', '.join(words[:-1])} and {words[-1]}"


def quoted(text: str) -> str:
    """Return the beginning of a text, on one line and in quotation marks."""
    return f'"{short_line(plain(text), QUOTED_CHARS)}"'


def colon(reason: str) -> str:
    """Return a reason as the end of a line."""
    return f": {' '.join(plain(reason).split())}" if reason else ""


def commit(name: str | None) -> str:
    """Return the end of a line that names a commit."""
    return f", commit {name[:10]}" if name else ""


def claimant(mentor: str | None, until: dt.datetime | None) -> str:
    """Return who has claimed a question, and until when."""
    return f"{plain(mentor or '')} until {moment(until)}" if until else plain(mentor or "")


def moment(at: dt.datetime) -> str:
    """Return a moment in UTC."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def plain(text: str) -> str:
    """Return a text without control characters, which could steer the terminal."""
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cs"})


def as_json(value: Any) -> Any:
    """Return dataclasses, named tuples, models and moments as JSON's values."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: as_json(each) for name, each in value._asdict().items()}
    if isinstance(value, dict):
        return {name: as_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    return value.isoformat() if isinstance(value, dt.datetime) else value
