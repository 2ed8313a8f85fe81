"""The values that go into the answering core and come out of it: questions, pieces of cards, and the answer that every surface shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NewType

from pydantic import BaseModel, ConfigDict, Field

from knowledge.reading.card import Slug

# A question is read with this many turns of its conversation, itself the last.
TURNS_READ = 6

# A message that was cleaned and masked; only bot.door.clean_text makes one of typed text.
CleanText = NewType("CleanText", str)


@dataclass(frozen=True)
class Piece:
    """A part of a card that is clear by itself: its name in the card, its text, its fit to the question (a cosine)."""

    slug: Slug
    name: str
    text: str
    fit: float

    @property
    def key(self) -> tuple[Slug, str]:
        """Return what identifies this piece."""
        return self.slug, self.name

    @property
    def length(self) -> int:
        """Return the number of words, those of code blocks included."""
        return len(self.text.split())


class Status(StrEnum):
    """The outcome of a question."""

    ANSWERED = "answered"
    NEAR = "near"
    ASKED_BACK = "asked_back"
    HANDED_OVER = "handed_over"


# Statuses of a question that a mentor has been asked about.
WAITING = (Status.HANDED_OVER.value, Status.NEAR.value)


class State(StrEnum):
    """The last decision of a mentor about an answer; a draft has none."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class Composer(StrEnum):
    """Who wrote the answer's text."""

    CURATED = "curated"
    MODEL = "model"
    MENTOR = "mentor"


@dataclass(frozen=True)
class Kept:
    """A question kept for mentors whose answer can't come back by itself: they find it by this number.

    It has no number while the ledger is away.
    """

    number: int | None = None

    @property
    def in_brackets(self) -> str:
        """Return the number as a sentence has it, empty without one."""
        return "" if self.number is None else f" (number {self.number})"


@dataclass(frozen=True)
class Question:
    """A learner's question: the last of `turns`, read with those before it.

    `hands_over` says whether a declined question really reaches mentors and whether their answer comes back by itself, so that the answer
    promises nothing untrue. With `hints_first`, what looks like graded work gets a hint before its answer. `help_lines` are named
    to who may be in danger. `meant` is what a model read in a message whose words leave that open; empty if none was asked.
    """

    turns: tuple[CleanText, ...]
    hands_over: bool | Kept = True
    hints_first: bool = False
    help_lines: tuple[str, ...] = ()
    meant: str = ""


class FoundCard(BaseModel):
    """A retrieved card in the answer object; `score` is 0 to 1, and that of the best card is near its chance of being right."""

    model_config = ConfigDict(frozen=True)

    slug: Slug
    title: str
    score: float


class Answer(BaseModel):
    """The answer object: the contract of `askwell ask --json` and of every adapter.

    Some fields go into the ledger only: `vector`, by which the question is compared with others (float32, little-endian); `evidence`, the
    nearest passages of each of the best cards; and for a model's answer `prompt`, the version of the prompt, and `examples`, its few-shot
    examples. `turns` are the conversation as it was read. `pieces` are the parts of cards in a curated answer, and empty where no model
    should reword it.
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
    turns: tuple[CleanText, ...] = Field((), exclude=True, repr=False)
    pieces: tuple[Piece, ...] = Field((), exclude=True, repr=False)
