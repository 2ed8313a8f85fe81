"""A judge says of each sentence of a draft which notes support it, which contradict it, or that none says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Ruling(StrEnum):
    """What the notes say of a sentence."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class Judgement:
    """The judgement on one sentence; `notes` are the numbers, from 1, of the notes that support or contradict it."""

    ruling: Ruling
    notes: tuple[int, ...] = ()
    why: str = ""


class Judge(Protocol):
    """A model that judges a whole draft at once."""

    @property
    def name(self) -> str:
        """Return the name under which its grade is kept."""

    def judge(self, asked: Sequence[str], notes: Sequence[str], sentences: Sequence[str]) -> list[Judgement]:
        """Judge every sentence of a draft that answers the questions `asked`.

        Shapes: notes are single sentences, note 1 first; returns one judgement per sentence, in their order.

        Raises:
            AskwellError: no judgement came, or none that covers every sentence.
        """
