"""Few-shot examples, read from their files and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from knowledge.reading.card import Card, Example, ExampleFront, Slug
from knowledge.reading.card_file import Problem, read_front_matter, validation_problems

ANSWER_WORDS = range(50, 181)
SECTIONS = re.compile(r"\A## Notes\n(?P<notes>.+?)^## Answer\n(?P<answer>.+)\Z", re.DOTALL | re.MULTILINE)


def read_examples(directory: Path) -> tuple[list[Example], list[Problem]]:
    """Read every example of a knowledge folder; broken ones come back as problems."""
    examples: list[Example] = []
    problems: list[Problem] = []
    for path in sorted(directory.glob("examples/*.md")):
        example, found = read_example(path, directory)
        problems += found
        if example is not None:
            examples.append(example)
    return examples, problems


def read_example(path: Path, root: Path) -> tuple[Example | None, list[Problem]]:
    """Read one example's file."""
    name = path.relative_to(root).as_posix()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, [Problem(name, 1, f"can't be read: {error}")]
    metadata, content, problems = read_front_matter(text, name)
    if problems:
        return None, problems
    sections = SECTIONS.match(content.strip())
    if sections is None:
        return None, [Problem(name, 1, "an example has a front matter, then '## Notes', then '## Answer'")]
    try:
        front = ExampleFront.model_validate(metadata)
    except ValidationError as error:
        return None, validation_problems(error, text, name)
    return Example(**dict(front), notes=sections["notes"].strip(), answer=sections["answer"].strip()), []


def example_problems(examples: list[Example], cards: dict[Slug, Card]) -> Iterator[Problem]:
    """Yield what makes an example unfit: unknown cards, citations beyond its notes, an answer too short or too long."""
    for example in examples:
        path = f"examples/{example.name}.md"
        for slug in example.cards:
            if slug not in cards:
                yield Problem(path, 1, f"'cards' names '{slug}', and there is no such card")
        given = set(re.findall(r"^\[(\d+)\]", example.notes, re.MULTILINE))
        if len(given) != len(example.cards):
            yield Problem(path, 1, f"{len(example.cards)} cards and {len(given)} notes: each card has one note, [1] for the first")
        for number in sorted(set(re.findall(r"\[(\d+)\]", example.answer)) - given):
            yield Problem(path, 1, f"the answer cites [{number}], and there is no such note")
        words = len(example.answer.split())
        if words not in ANSWER_WORDS:
            yield Problem(path, 1, f"the answer has {words} words: {ANSWER_WORDS.start} to {ANSWER_WORDS.stop - 1} are wanted")
