"""The exam of a course: claims in pairs, one that a card says and one a word or two apart that it doesn't."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from knowledge.reading.card import Card, SlugText, Text, Value
from knowledge.reading.card_file import Problem, read_yaml_list

# The files of an exam, below the knowledge folder.
EXAM = "exam/*.yaml"


class ExamPair(Value):
    """Two claims that answer one question: `holds` follows from the sentences in `decided_by`, and `fails` does not.

    The sentences stand word for word in the card.
    """

    card: SlugText
    question: Text
    holds: Text
    fails: Text
    decided_by: Annotated[tuple[Text, ...], Field(min_length=1)]


def read_exam(directory: Path) -> tuple[list[ExamPair], list[Problem]]:
    """Read the exam of a knowledge folder; what can't be read comes back as problems."""
    pairs: list[ExamPair] = []
    problems: list[Problem] = []
    for path in sorted(directory.glob(EXAM)):
        found, wrong = read_yaml_list(path, directory, ExamPair)
        pairs += found
        problems += wrong
    return pairs, problems


def unsaid(pair: ExamPair, card: Card) -> list[str]:
    """Return the deciding sentences of a pair that its card doesn't have, such as after an edit."""
    texts = [card.body(), *card.key_facts, *(each.correction for each in card.misconceptions)]
    said = one_line("\n".join(texts))
    return [sentence for sentence in pair.decided_by if one_line(sentence) not in said]


def one_line(text: str) -> str:
    """Return a text with single spaces in place of all white space."""
    return " ".join(text.split())
