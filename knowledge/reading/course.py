"""The course's own names and words, read from `course.yaml`: all that another course says otherwise."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError

from knowledge.reading.card import SlugText, Text, Value
from knowledge.reading.card_file import Problem, read_yaml, validation_problems
from knowledge.words import content_stems, learn, stem, words

COURSE_FILE = "course.yaml"

Word = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[^\W_]+(?:['’-][^\W_]+)*$")]
Compound = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[^\W_]+-[^\W_]+$")]
# A word or phrase in lower case; `*` is the rest of a word.
Pattern = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[^\W_*]")]
# Two words: one for a person, and one that makes a thing of it.
Term = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[^\W_]+ [^\W_*]+\*?$")]

# The sides of an opposition, each as the stems that mean it.
Sides = tuple[frozenset[str], ...]


class Idea(Value):
    """A concept that is offered to a learner who doesn't say what the message is about, and its card."""

    name: Text
    card: SlugText


class Course(Value):
    """One course's names and words; without its file, one that names nothing.

    `about` goes on after a colon: what the course explains. A side of `opposites` has all the words that mean it, with blanks between.
    `knowledge/course.yaml` says of each key what it is for.
    """

    name: Text | None = None
    about: Text | None = None
    example_question: Text | None = None
    ideas: Annotated[tuple[Idea, ...], Field(min_length=2, max_length=4)] = ()
    groups: tuple[Text, ...] = ()
    compounds: dict[Compound, Word] = Field(default_factory=dict)
    spellings: dict[Word, Word] = Field(default_factory=dict)
    synonyms: tuple[Annotated[tuple[Word, ...], Field(min_length=2)], ...] = ()
    opposites: tuple[Annotated[tuple[Text, ...], Field(min_length=2)], ...] = ()
    called: tuple[Word, ...] = ()
    generic_words: tuple[Word, ...] = ()
    units: tuple[Pattern, ...] = ()
    work_words: tuple[Pattern, ...] = ()
    text_words: tuple[Pattern, ...] = ()
    people: tuple[Pattern, ...] = ()
    people_do: tuple[Pattern, ...] = ()
    people_terms: tuple[Term, ...] = ()
    not_homework: tuple[Pattern, ...] = ()

    def learn_words(self) -> None:
        """Let the course's words count as it says in this process."""
        learn(compounds=self.compounds, spellings=self.spellings, synonyms=self.synonyms)

    @cached_property
    def opposed_sides(self) -> tuple[Sides, ...]:
        """Return the opposites as stems."""
        return tuple(map(sides, self.opposites))

    @cached_property
    def generic_stems(self) -> frozenset[str]:
        """Return the stems of words in titles that name nothing by themselves."""
        return frozenset(content_stems(" ".join(self.generic_words)))


def sides(row: tuple[str, ...]) -> Sides:
    """Return the sides of one opposition as stems.

    >>> sides(("cold", "warm hot"))[0]
    frozenset({'cold'})
    """
    return tuple(frozenset(stem(word) for word in words(side)) for side in row)


def read_course(directory: Path) -> tuple[Course, list[Problem]]:
    """Read the course of a knowledge folder; one that can't be read is the course that names nothing."""
    path = directory / COURSE_FILE
    if not path.exists():
        return Course(), []
    content, text, problems = read_yaml(path, COURSE_FILE)
    if problems or content is None:
        return Course(), problems
    if not isinstance(content, dict):
        return Course(), [Problem(COURSE_FILE, 1, "must map keys to values ('key: value' lines)")]
    try:
        return Course.model_validate(content), []
    except ValidationError as error:
        return Course(), validation_problems(error, text, COURSE_FILE, front_matter=False)
