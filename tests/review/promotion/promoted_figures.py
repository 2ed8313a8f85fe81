"""The answers of `promoted.jsonl` and `promoted_2.jsonl`, and how a library that has them as cards answers their questions.

Both have fifteen mentors' answers on topics that the course doesn't cover, each with the question that it answered, rewordings of it, and
questions near it that the answer doesn't settle. No number was fitted with these cards there. The second file was written before any
question of it was tried, and nothing in it was changed for what was answered. Rows and neighbours of both that the course's own cards came
to settle were replaced by others, which were not tried before either.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bot.review.promotion.impact import DECLINED, outcome
from index.search.library import Library

FILES = tuple(Path(__file__).with_name(name) for name in ("promoted.jsonl", "promoted_2.jsonl"))
OWN, REWORDINGS, NEIGHBOURS = "own question", "rewordings", "neighbours not answered"


class PromotedRow(NamedTuple):
    """One mentor's answer, which becomes a card."""

    slug: str
    question: str
    answer: str
    rewordings: tuple[str, ...]
    neighbours: tuple[str, ...]


class AskedAgain(NamedTuple):
    """One question of a promoted card: its slug, the slug that it was answered from (`declined` if none), and whether that is right."""

    kind: str
    slug: str
    text: str
    found: str
    right: bool


def promoted_rows(path: Path) -> list[PromotedRow]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [PromotedRow(**row | {key: tuple(row[key]) for key in ("rewordings", "neighbours")}) for row in rows]


def asked_again(rows: Sequence[PromotedRow], library: Library) -> list[AskedAgain]:
    """Ask every question of some rows that a library has as cards."""
    library.encode([text for row in rows for text in (row.question, *row.rewordings, *row.neighbours)])
    slugs = {row.slug for row in rows}
    asked = []
    for row in rows:
        for kind, texts in ((OWN, (row.question,)), (REWORDINGS, row.rewordings)):
            found = [outcome((text,), library) for text in texts]
            asked += [AskedAgain(kind, row.slug, text, slug, slug == row.slug) for text, slug in zip(texts, found, strict=True)]
        for text in row.neighbours:
            slug = outcome((text,), library)
            # Some neighbours of one of these cards are the subject of another of them.
            asked.append(AskedAgain(NEIGHBOURS, row.slug, text, slug, slug == DECLINED or slug in slugs - {row.slug}))
    return asked


def right_share(asked: Sequence[AskedAgain], kind: str) -> float:
    """Return the share of the questions of one kind that are answered, or left unanswered, as they should be."""
    right = [each.right for each in asked if each.kind == kind]
    return sum(right) / len(right)
