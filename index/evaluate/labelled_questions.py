"""The labelled questions: how a file of them is read, and what is wrong with its lines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from knowledge.errors import UsageError
from knowledge.reading.card import Slug

QUESTIONS = Path(__file__).parents[1] / "labels"


class Labelled(BaseModel):
    """One labelled question or conversation; keys that only its author needs are let through."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    family: str = ""
    kind: str = ""
    style: str = ""
    question: str | None = None
    turns: Annotated[tuple[str, ...], Field(default=())]
    slugs: tuple[Slug, ...] = ()
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()

    @field_validator("must", "must_not")
    @classmethod
    def compiles(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a pattern that is no regular expression."""
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return patterns

    @model_validator(mode="after")
    def asks(self) -> Labelled:
        """Refuse a line that asks nothing."""
        if not (self.question or self.turns):
            raise ValueError("needs 'question' or 'turns'")
        return self

    @property
    def conversation(self) -> tuple[str, ...]:
        """Return its turns; a single question is one."""
        return self.turns or (str(self.question),)

    @property
    def group(self) -> str:
        """Return what cross-validation must not split."""
        return self.family or self.id


def read_labelled(path: Path) -> list[Labelled]:
    """Read a JSONL file of labelled questions.

    Raises:
        UsageError: it can't be read, or lines of it are broken; all such lines are named.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"can't read {path}: {getattr(error, 'strerror', None) or error}") from error
    rows: list[Labelled] = []
    wrong: list[str] = []
    seen: set[str] = set()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = Labelled.model_validate(json.loads(line))
        except ValidationError as error:
            detail = error.errors()[0]
            where = ".".join(str(part) for part in detail["loc"])
            wrong.append(f"line {number}: {where + ': ' if where else ''}{detail['msg']}")
            continue
        except ValueError:
            wrong.append(f"line {number}: not JSON")
            continue
        if row.id in seen:
            wrong.append(f"line {number}: the id '{row.id}' stands twice")
        seen.add(row.id)
        rows.append(row)
    if wrong:
        shown = "; ".join(wrong[:20]) + (f"; and {len(wrong) - 20} more" if len(wrong) > 20 else "")
        raise UsageError(f"{path}: {shown}")
    if not rows:
        raise UsageError(f"{path}: no labelled question in it")
    return rows


def questions_to_fit() -> list[Labelled]:
    """Return the single questions that everything is fitted on."""
    return [row for path in sorted((QUESTIONS / "fit").glob("*.jsonl")) for row in read_labelled(path) if row.question]
