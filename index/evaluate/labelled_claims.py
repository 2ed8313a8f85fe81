"""The labelled claims by which the grounding check is fitted and measured: how a file of them is read."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.errors import UsageError
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
    """Say whether a file of JSON lines holds claims and not questions, by its first line that is an object."""
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
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"can't read {path}: {getattr(error, 'strerror', None) or error}") from error
    rows: list[Claim] = []
    wrong: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append(Claim.model_validate(json.loads(line)))
        except ValidationError as error:
            detail = error.errors()[0]
            wrong.append(f"line {number}: {'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}")
        except ValueError:
            wrong.append(f"line {number}: not JSON")
    if wrong:
        raise UsageError(f"{path}: {'; '.join(wrong[:20])}" + (f"; and {len(wrong) - 20} more" if len(wrong) > 20 else ""))
    return rows
