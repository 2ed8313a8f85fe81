"""Habits that make a card harder to read, and examples whose cards have changed: each is a warning, and nothing is refused for one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from knowledge.checking.exam_rules import exam_warnings
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card, Example
from knowledge.reading.card_file import Problem, line_of, listing
from knowledge.reading.examples import FENCED, note_line, read_examples, read_notes
from knowledge.sentences import sentences

SHORT_ANSWER_WORDS = range(20, 51)
PARAGRAPH_MAX_WORDS = 80
# A card is found in more ways, and checks more of a draft, with so many of these.
PHRASINGS_WANTED = 5
KEY_FACTS_WANTED = 3
# As much as a telephone shows of a line of code.
CODE_LINE_MAX_CHARS = 40
BOLD_NAME = re.compile(r"\*\*[^*\n]+\*\*")
# A short answer is shown by itself, to a question that may have been asked the other way round.
POINTS_BACK = re.compile(r"\W*(It|This|They|Yes)\b")
ADMITS = re.compile(r"\W*you(?: are|'re|’re) right\b", re.IGNORECASE)
HOLD_ON = re.compile(r"\bhold on to\b", re.IGNORECASE)


def warnings(base: KnowledgeBase, directory: Path) -> list[Problem]:
    """Return what should be written otherwise in the cards and examples of a knowledge folder, in file order."""
    found = [
        problem for card in base.cards.values() for problem in card_warnings(card, (directory / card.path).read_text(encoding="utf-8"))
    ]
    found += [problem for example in read_examples(directory)[0] for problem in example_warnings(example, base)]
    return sorted({*found, *exam_warnings(base, directory)})


def card_warnings(card: Card, text: str) -> Iterator[Problem]:
    """Yield what should be written otherwise in one card."""
    yield from lacks(card, text)
    if card.drafted_by:
        to_do = f"read it, then 'askwell knowledge confirm {card.slug} --as NAME'"
        yield Problem(
            card.path, line_of(text, "drafted_by:"), f"no mentor has confirmed the wording, which {card.drafted_by} drafted: {to_do}"
        )
    answer_line = line_of(text, "## Short answer")
    words = len(card.short_answer.split())
    if words not in SHORT_ANSWER_WORDS:
        wanted = f"{SHORT_ANSWER_WORDS.start} to {SHORT_ANSWER_WORDS.stop - 1}"
        yield Problem(card.path, answer_line, f"the short answer has {words} words: {wanted} are wanted")
    if opening := POINTS_BACK.match(card.short_answer):
        yield Problem(card.path, answer_line, f"the short answer opens with {opening[1]!r}: name its subject first")
    for paragraph in card.paragraphs():
        line = line_of(text, paragraph.partition("\n")[0])
        words = len(FENCED.sub(" ", paragraph).split())
        if words > PARAGRAPH_MAX_WORDS:
            yield Problem(card.path, line, f"the paragraph has {words} words: {PARAGRAPH_MAX_WORDS} at most are wanted")
        if not BOLD_NAME.match(paragraph):
            yield Problem(card.path, line, "the paragraph opens with no **bold name**")
    for misconception in card.misconceptions:
        if ADMITS.match(misconception.correction):
            yield Problem(
                card.path, line_of(text, misconception.correction[:20]), "the correction opens with 'You are right': say what holds"
            )
    fenced = False
    for number, row in enumerate(text.splitlines(), start=1):
        if row.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced and len(row) > CODE_LINE_MAX_CHARS:
            yield Problem(card.path, number, f"the code line has {len(row)} characters: {CODE_LINE_MAX_CHARS} at most are wanted")
        if HOLD_ON.search(row):
            yield Problem(card.path, number, "'hold on to': say what is true")


def lacks(card: Card, text: str) -> Iterator[Problem]:
    """Yield the wish for what a card can do without and is better with."""
    parts = [f"{PHRASINGS_WANTED} phrasings (it has {len(card.asked_as)})"] if len(card.asked_as) < PHRASINGS_WANTED else []
    parts += [f"{KEY_FACTS_WANTED} key facts (it has {len(card.key_facts)})"] if len(card.key_facts) < KEY_FACTS_WANTED else []
    sections = {"Explanation": card.explanation, "Example": card.example, "Check yourself": card.check_yourself}
    parts += [f"'## {title}'" for title, body in sections.items() if not body]
    if parts:
        yield Problem(card.path, line_of(text, "asked_as:"), f"the card answers already, and would be better with {listing(parts)}")


def example_warnings(example: Example, base: KnowledgeBase) -> Iterator[Problem]:
    """Yield the notes of an example that its cards don't have word for word, most often because a card has changed since."""
    path = f"examples/{example.name}.md"
    quoted = {base.cards[slug].title: card_sentences(base.cards[slug]) for slug in example.cards if slug in base.cards}
    for note in read_notes(example.notes):
        if note.title not in quoted:
            yield Problem(path, line_of(example.text, note.title), f"no card in 'cards' has the title '{note.title}'")
        elif note.text not in quoted[note.title]:
            yield Problem(path, note_line(example, note), f"[{note.number}] is not in the card word for word: copy the sentence again")


def card_sentences(card: Card) -> set[str]:
    """Return the sentences and code blocks of a card, as an example may quote them: without bold type, each in one line."""
    text = "\n\n".join((card.short_answer, card.explanation, card.example, *(each.correction for each in card.misconceptions)))
    paragraphs = FENCED.sub("\n\n", text).replace("**", "").split("\n\n")
    return {*FENCED.findall(text), *(each for paragraph in paragraphs for each in sentences(" ".join(paragraph.split())))}
