"""Rules that a sentence breaks for certain: a citation, number, link, name or code of its own, or a belief that a card calls false."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.statements.opposition import negations, numbers, opposed
from bot.wording.check.draft_sentences import Sentence, plain
from bot.wording.prompt.notes import Note
from index.encoder.embedding import Vectors
from index.search.library import Library
from knowledge.reading.card import Misconception

# A sentence this near to a belief says it, unless it negates it.
SAYS_BELIEF = 0.8
# Mixed letters, capitals or figures make a name in any language; a capital alone does in English, but not at a sentence's beginning.
STRONG_NAME = re.compile(r"\b(?:[A-Z][a-z]+[A-Z]\w*|[A-Z]{2,}[A-Za-z\d]*|[A-Z][A-Za-z]*\d\w*)\b")
ENGLISH_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-Z][A-Za-z]{2,}\d*\b")
LETTERS = re.compile(r"[^\W_]+")
FENCES = ("```", "~~~")
LINK = re.compile(r"(?:https?://|www\.)[^\s)\]]+|\b[\w.]+@[\w.]+\.\w+", re.IGNORECASE)


@dataclass(frozen=True)
class Ground:
    """The ground on which a draft may stand: its notes, what the learner wrote, and the beliefs that the notes' cards call false.

    `words` is all text of notes and learner, lower-cased. Shapes: vectors (notes, dimension); belief_vectors (beliefs, dimension).
    """

    notes: tuple[Note, ...]
    words: str
    english: bool
    beliefs: tuple[Misconception, ...]
    vectors: Vectors
    belief_vectors: Vectors
    library: Library


def ground_of(notes: Sequence[Note], learner: Sequence[str], library: Library, *, english: bool) -> Ground:
    """Return the ground for a draft that was written from these notes for these messages."""
    slugs = dict.fromkeys(note.slug for note in notes)
    cards = [library.base.cards[slug] for slug in slugs if slug in library.base.cards]
    beliefs = tuple(each for card in cards for each in card.misconceptions)
    texts = [plain(note.text) for note in notes]
    vectors = library.encode([*texts, *(plain(each.belief) for each in beliefs)])
    said = [*(note.text for note in notes), *(note.title for note in notes), *learner]
    return Ground(tuple(notes), "\n".join(said).lower(), english, beliefs, vectors[: len(texts)], vectors[len(texts) :], library)


def broken_rule(sentence: Sentence, ground: Ground) -> str:
    """Return the rule that a sentence breaks, in words; empty if none."""
    invented = [number for number in sentence.cites if not 1 <= number <= len(ground.notes)]
    if invented:
        return f"cites [{invented[0]}], which is none of the notes"
    if sentence.code:
        if noted_code(sentence.text, ground.notes) is not None:
            return ""
        known = {line for note in ground.notes for line in code_lines(note.text)}
        strange = [line for line in code_lines(sentence.text) if line not in known]
        return f"the code {strange[0]!r} is in no note" if strange else "the lines of the code don't follow each other in any note"
    text = plain(sentence.text)
    strange_numbers = numbers(text) - numbers(ground.words)
    if strange_numbers:
        return f"the number {sorted(strange_numbers)[0]} is in no note"
    links = [link for found in LINK.findall(text) if (link := found.rstrip(".,;:!?")).lower() not in ground.words]
    if links:
        return f"the link or address {links[0]} is in no note"
    names = new_names(text, ground)
    if names:
        return f"the name {names[0]} is in no note"
    return "has words that are struck through" if "~~" in sentence.text else ""


def noted_code(text: str, notes: Sequence[Note]) -> list[str] | None:
    """Return the lines of a block of code as the one note has them where they follow each other; None if no note does."""
    wanted = code_lines(text)
    for note in notes:
        if note.text.lstrip().startswith(FENCES):
            lines = [line for line in note.text.splitlines() if code_lines(line)]
            for start in range(len(lines) - len(wanted) + 1):
                run = lines[start : start + len(wanted)]
                if code_lines("\n".join(run)) == wanted:
                    return run
    return None


def code_lines(text: str) -> list[str]:
    """Return the lines of a block of code without fences, blanks and indents."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip() and not line.lstrip().startswith(FENCES)]


def new_names(text: str, ground: Ground) -> list[str]:
    """Return the names in a sentence that neither the notes nor the learner have as a word, in the plural or not."""
    known = set(LETTERS.findall(ground.words))
    found = [*STRONG_NAME.findall(text), *(ENGLISH_NAME.findall(text) if ground.english else ())]
    return [name for name in dict.fromkeys(found) if not {name.lower(), name.lower().removesuffix("s"), f"{name.lower()}s"} & known]


def nearest_note(text: str, ground: Ground) -> int:
    """Return the number, from 1, of the note that is most like a sentence."""
    return 1 + int((ground.vectors @ ground.library.encode([text])[0]).argmax())


def said_belief(sentence: Sentence, ground: Ground) -> str:
    """Return in words that a sentence repeats a belief that a card calls false; empty if it doesn't."""
    if not ground.beliefs or sentence.code:
        return ""
    text = plain(sentence.text)
    vector = ground.library.encode([text])[0]
    cosines = ground.belief_vectors @ vector
    belief = ground.beliefs[int(cosines.argmax())].belief
    same = negations(belief) % 2 == negations(text) % 2 and not opposed(text, belief, ground.library.base.course)
    if float(cosines.max()) >= max(SAYS_BELIEF, float((ground.vectors @ vector).max(initial=0.0))) and same:
        return f"says what a card names as a misconception: “{belief}”"
    return ""
