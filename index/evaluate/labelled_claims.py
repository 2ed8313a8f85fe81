"""Files of labelled claims, by which the grounding check is fitted and measured."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from knowledge.errors import UsageError
from knowledge.json_lines import read_json_lines
from knowledge.reading.card import Slug


class Claim(BaseModel):
    """One sentence of a draft: the question it answers, the cards that were given, whether they support it, what kind it is of.

    Claims of one `pair` are a word or two apart.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    question: str
    claim: Annotated[str, Field(min_length=1)]
    cards: Annotated[tuple[Slug, ...], Field(min_length=1)]
    supported: bool
    kind: str = ""
    pair: str = ""

    def among(self, slugs: Collection[Slug]) -> tuple[Slug, ...]:
        """Return those of its cards that there are.

        Raises:
            UsageError: there is none of them.
        """
        found = tuple(slug for slug in self.cards if slug in slugs)
        if not found:
            raise UsageError(f"the claim {self.id} is about {', '.join(self.cards)}, and there is no such card")
        return found


def are_claims(text: str) -> bool:
    """Return whether a file of JSON lines holds claims and not questions, by its first line that is an object."""
    for line in text.split("\n"):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            return "claim" in row
    return False


def read_claims(path: Path) -> list[Claim]:
    """Read a JSONL file of labelled claims.

    Raises:
        UsageError: it can't be read, or lines of it are broken; all such lines are named.
    """
    return read_json_lines(path, Claim.model_validate)
