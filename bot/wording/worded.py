"""The result of asking a model to answer in a curated answer's place."""

from __future__ import annotations

from dataclasses import dataclass

from bot.values import Answer


@dataclass(frozen=True)
class Worded:
    """The answer to show (the curated one if the model's failed), whether the model's passed, and what the model wrote."""

    answer: Answer
    passed: bool
    draft: str = ""
