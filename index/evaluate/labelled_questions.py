"""Files of labelled questions and conversations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from knowledge.errors import UsageError
from knowledge.json_lines import read_json_lines
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
    # The passages that settle it, best first: `slug#name`, or two halves joined by `+`. None where nobody has looked yet.
    settles: tuple[str, ...] | None = None
    near: tuple[str, ...] = ()
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
    seen: set[str] = set()

    def parse(row: Any) -> Labelled:
        labelled = Labelled.model_validate(row)
        if labelled.id in seen:
            raise ValueError(f"the id '{labelled.id}' is given twice")
        seen.add(labelled.id)
        return labelled

    rows = read_json_lines(path, parse)
    if not rows:
        raise UsageError(f"{path}: no labelled question in it")
    return rows


def labelled_to_fit(labels: Path = QUESTIONS) -> list[Labelled]:
    """Return the labelled questions and conversations that are learned from and measured on, by cross-validation."""
    return [row for path in sorted((labels / "fit").glob("*.jsonl")) for row in read_labelled(path)]


def questions_by_passage(labels: Path = QUESTIONS) -> list[Labelled]:
    """Return the questions that were written for each passage: passages are found by them, and nothing is measured on them."""
    return [row for path in sorted((labels / "by_passage").glob("*.jsonl")) for row in read_labelled(path)]


def labelled_to_learn(labels: Path = QUESTIONS) -> list[Labelled]:
    """Return all that the encoder and the reader learn from, and that passages are found by."""
    return [*labelled_to_fit(labels), *questions_by_passage(labels)]


def questions_to_fit(labels: Path = QUESTIONS) -> list[Labelled]:
    """Return the single questions that everything is fitted on."""
    return [row for path in sorted((labels / "fit").glob("*.jsonl")) for row in read_labelled(path) if row.question]
