"""What goes into the answering core and what comes out: the answer object that every surface shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from knowledge.reading.card import Slug

# A question is read with so many turns of its conversation, itself the last.
TURNS_READ = 6


@dataclass(frozen=True)
class Piece:
    """A part of a card that stands by itself: its name in the card, its text, its fit to the question (a cosine)."""

    slug: Slug
    name: str
    text: str
    fit: float

    @property
    def key(self) -> tuple[Slug, str]:
        """Return what tells this piece from all others."""
        return self.slug, self.name

    @property
    def length(self) -> int:
        """Return the number of words, code blocks counted as shown."""
        return len(self.text.split())


class Status(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    ASKED_BACK = "asked_back"
    HANDED_OVER = "handed_over"


class State(StrEnum):
    """How far mentors stand behind an answer."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class Composer(StrEnum):
    """Who put the answer's text together."""

    CURATED = "curated"
    MODEL = "model"
    MENTOR = "mentor"


@dataclass(frozen=True)
class Kept:
    """How a question reaches mentors whose answer can't come back to where it was asked: they find it by this number.

    It has none yet while the ledger is away.
    """

    number: int | None = None


@dataclass(frozen=True)
class Question:
    """What a learner asked: the last of `turns`, read in the conversation of those before it.

    `hands_over` says whether a declined question really reaches mentors, and whether their answer comes back to the learner by itself,
    so that the answer promises nothing untrue; `hints_first` whether what looks like graded work gets a hint before its answer.
    """

    turns: tuple[str, ...]
    hands_over: bool | Kept = True
    hints_first: bool = False


class FoundCard(BaseModel):
    """One retrieved card as the answer object shows it; `score` is 0 to 1, the best card's near its chance of being right."""

    model_config = ConfigDict(frozen=True)

    slug: Slug
    title: str
    score: float


class Answer(BaseModel):
    """The answer object: the contract of `askwell ask --json` and of every adapter.

    What it was found by goes into the ledger and is not shown: `vector`, by which the question is compared with others (float32,
    little-endian), and `evidence`, for each of the best cards what of it was near; of a model's answer `prompt`, the version of what it
    was asked with, and `examples`, the few-shot examples in that. `turns` are the conversation as it was read, and `pieces` what of
    the cards a curated answer is made of: none where a model is not to word it anew.
    """

    model_config = ConfigDict(frozen=True)

    question: str
    question_id: int | None = None
    status: Status
    answer: str
    state: State = State.DRAFT
    composer: Composer = Composer.CURATED
    model: str | None = None
    confidence: float
    cards: tuple[FoundCard, ...] = ()
    cited: tuple[Slug, ...] = ()
    checks: tuple[dict[str, Any], ...] = ()
    timings_ms: dict[str, float] = Field(default_factory=dict)
    vector: bytes | None = Field(None, exclude=True, repr=False)
    evidence: tuple[dict[str, Any], ...] = Field((), exclude=True, repr=False)
    prompt: str | None = Field(None, exclude=True, repr=False)
    examples: tuple[str, ...] = Field((), exclude=True, repr=False)
    turns: tuple[str, ...] = Field((), exclude=True, repr=False)
    pieces: tuple[Piece, ...] = Field((), exclude=True, repr=False)
