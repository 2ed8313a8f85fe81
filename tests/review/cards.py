"""A small library over a small folder of cards, and promotions of a mentor's answer into it, for the tests of promotion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.review.promotion.make_plan import make_plan
from bot.review.promotion.plan import Plan, PromotedQuestion
from index.search.library import Library
from index.store.build import build
from index.store.generations import load
from tests.index.fakes import MODEL, CountingEncoder

TODAY = dt.date(2026, 2, 3)
NOW = dt.datetime(2026, 2, 3, 12, tzinfo=dt.UTC)
ANSWER = (
    "A tokenizer cuts a text into pieces that the model knows. Rare words become several pieces, and common words stay whole. "
    "The pieces are numbered, and the model sees only the numbers."
)
QUESTION = "how does a tokenizer cut rare words into pieces?"

Planned = Callable[..., Plan]


def library_of(knowledge: Path, home: Path) -> Library:
    """Index a folder with the stand-in for the embedding model."""
    encoder = CountingEncoder()
    build(home / "index", knowledge, lambda: encoder, MODEL)
    return Library(load(home / "index"), encoder.encode)


def planned(wanted: str, knowledge: Path, home: Path, *, answer: str = ANSWER, question: str = QUESTION, **more: Any) -> Plan:
    """Plan a promotion of question 7 by Ada."""
    asked = PromotedQuestion(7, question, None, answer, tuple(more.pop("like", ())))
    return make_plan(wanted, asked, library=library_of(knowledge, home), knowledge=knowledge, mentor="Ada Lovelace", today=TODAY, **more)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
