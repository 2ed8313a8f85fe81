"""Few-shot examples, read from their files and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from knowledge.reading.card import Card, Example, ExampleFront, Slug
from knowledge.reading.card_file import Problem, line_of, read_front_matter, validation_problems
from knowledge.sentences import CODE, sentences

# Words outside code.
ANSWER_WORDS = range(20, 121)
# The sentence with what the notes leave open begins so; it comes last and cites nothing.
OPEN_POINT = "The notes don't say "
FENCED = re.compile(r"^```.*?^```[^\S\n]*$", re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"\[(\d+)\](?: |\Z)")
CITATION = re.compile(r"\[(\d+)\]")
CITED = re.compile(r"(?:\[\d+\])+\W*\Z")
# Chinese and Japanese have no blanks between words; about two letters are a word.
WITHOUT_BLANKS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2}")
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
    if front.name != path.stem:
        return None, [Problem(name, line_of(text, "name:"), f"'name' is '{front.name}', and the file's name is '{path.stem}'")]
    return Example(**dict(front), notes=sections["notes"].strip(), answer=sections["answer"].strip(), text=text), []


class Note(NamedTuple):
    """One sentence or block of code in an example's notes, with its number, the title above it and its line, 0 for the notes' first."""

    title: str
    number: int
    text: str
    line: int


def read_notes(notes: str) -> list[Note]:
    """Cut an example's notes at their numbers.

    >>> [(note.number, note.text) for note in read_notes("About masks\\n[1] Masks hide.\\n[2] ```text\\n[MASK]\\n```")]
    [(1, 'Masks hide.'), (2, '```text\\n[MASK]\\n```')]
    """
    found: list[Note] = []
    title = ""
    fenced = False
    for place, line in enumerate(notes.split("\n")):
        numbered = None if fenced else NUMBER.match(line)
        rest = line[numbered.end() :] if numbered else line
        if numbered:
            found.append(Note(title, int(numbered[1]), rest, place))
        elif found and fenced:
            found[-1] = found[-1]._replace(text=f"{found[-1].text}\n{line}")
        elif line.strip():
            title = line.strip()
        fenced ^= rest.startswith("```")
    return found


def example_problems(examples: list[Example], cards: dict[Slug, Card]) -> Iterator[Problem]:
    """Yield what makes an example unfit: unknown cards, notes or answers off their form, an answer too short or too long."""
    for example in examples:
        path = f"examples/{example.name}.md"
        for slug in example.cards:
            if slug not in cards:
                yield Problem(path, line_of(example.text, "cards:"), f"'cards' names '{slug}', and there is no such card")
        for line, message in (*note_faults(example), *answer_faults(example)):
            yield Problem(path, line, message)


def note_faults(example: Example) -> Iterator[tuple[int, str]]:
    """Yield, each with its line, the notes that are out of order or more than a sentence."""
    notes = read_notes(example.notes)
    if not notes:
        yield line_of(example.text, "## Notes"), "there are no notes: below a card's title each sentence has a line, [1] the first"
    elif not notes[0].title:
        yield note_line(example, notes[0]), "[1] has no title above it: notes are grouped under the titles of their cards"
    for wanted, note in enumerate(notes, start=1):
        line = note_line(example, note)
        if note.number != wanted:
            yield line, f"[{note.number}] comes where [{wanted}] should: number the notes in their order"
            return
        count = len(sentences(note.text))
        if count != 1 and not FENCED.fullmatch(note.text):
            yield line, f"[{note.number}] has {count} sentences: give each its own number"


def answer_faults(example: Example) -> Iterator[tuple[int, str]]:
    """Yield, each with its line, the sentences of an answer that cite nothing or what there is not, and an answer of a wrong length."""
    first = line_of(example.text, example.answer)

    def line(needle: str) -> int:
        return first + line_of(example.answer, needle) - 1

    prose = FENCED.sub("", example.answer)
    said = sentences(prose)
    for sentence in said:
        if sentence.startswith(OPEN_POINT):
            if sentence != said[-1]:
                yield line(sentence), "what the notes don't say comes last, in one sentence"
        elif not CITED.search(sentence):
            yield line(sentence), f"'{sentence[:40]}' does not end with a citation, such as [1] or [1][2]"
    given = {str(note.number) for note in read_notes(example.notes)}
    for number in sorted(set(CITATION.findall(CODE.sub("", prose))) - given, key=int):
        yield line(f"[{number}]"), f"the answer cites [{number}], and there is no such note"
    words = len(prose.split()) + len(WITHOUT_BLANKS.findall(prose))
    if words not in ANSWER_WORDS:
        yield first, f"the answer has {words} words: {ANSWER_WORDS.start} to {ANSWER_WORDS.stop - 1} are wanted"


def note_line(example: Example, note: Note) -> int:
    """Return the line of a note in its example's file."""
    return line_of(example.text, example.notes) + note.line
