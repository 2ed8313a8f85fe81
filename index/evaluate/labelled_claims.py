"""Files of labelled claims: sentences of drafts, and whether their cards support them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

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


def read_claims(path: Path) -> list[Claim]:
    """Read a JSONL file of labelled claims.

    Raises:
        UsageError: it can't be read, or lines of it are broken; all such lines are named.
    """
    return read_json_lines(path, Claim.model_validate)
