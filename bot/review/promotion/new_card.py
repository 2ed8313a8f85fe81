"""The text of a new card: complete, and made only of a mentor's answer and the questions that it answers."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.review.promotion import answer_text, phrasings
from knowledge.checking.rules import SHORT_ANSWER_MAX_WORDS, SHORT_ANSWER_SENTENCES
from knowledge.errors import UsageError
from knowledge.reading.card import SLUG_PATTERN, split_paragraphs
from knowledge.reading.template import a_year_after
from knowledge.sentences import sentence_ends, sentences

FACTS_MIN, FACTS_MAX = 3, 6
TITLE_MAX_CHARS = 80
ANSWER_MAX_CHARS = 20_000
# Fewer than the check lets pass, so that a mentor may add one.
SENTENCES_MAX = SHORT_ANSWER_SENTENCES.stop - 2
# A link in an answer, which becomes a source of the card.
LINK = re.compile(r"https?://[^\s<>()\"'|]+[^\s<>()\"'|.,;:!?]")


@dataclass(frozen=True)
class Draft:
    """The parts of a new card: the mentor's answer, its question, similar questions, and the card's place."""

    slug: str
    group: str
    question: str
    answer: str
    mentor: str
    number: int
    today: dt.date
    like: Sequence[str] = ()
    related: Sequence[str] = ()
    title: str = ""


@dataclass(frozen=True)
class Parts:
    """A mentor's answer cut for a card: the short answer, the rest, the first block of code, and the key facts."""

    short: str
    rest: str
    code: str
    facts: tuple[str, ...]


def new_card(draft: Draft, taken: Sequence[str]) -> str:
    """Write the text of a new card; `taken` are the phrasings of the other cards.

    Raises:
        UsageError: the slug has a wrong form, or the answer can't be made into a card.
    """
    if not SLUG_PATTERN.fullmatch(draft.slug):
        raise UsageError(f"{draft.slug!r} can't be a slug: lower-case letters, figures and single hyphens, such as 'my-new-card'")
    parts = cut_answer(draft.answer)
    question = phrasings.asking(draft.question)
    about = phrasings.subject(draft.slug, draft.question, draft.answer)
    learners = [phrasings.asking(each) for each in (draft.question, *draft.like)]
    asked_as = phrasings.distinct([*learners, *phrasings.variations(draft.question, about, parts.facts)], taken)
    if len(asked_as) < phrasings.PHRASINGS_MIN:
        raise UsageError(
            f"only {len(asked_as)} phrasings of {question[:60]!r} differ from those of other cards: "
            "promote it as phrasing: or amend: of the nearest"
        )
    title = answer_text.one_line(draft.title) or about[:1].upper() + about[1:]
    front = [
        f"# Made of a mentor's answer to question {draft.number}. Phrasings after the learners' own are made by rules; Example and",
        "# Check yourself are the question and its answer. Put better ones there when you read the card again.",
        f"slug: {draft.slug}",
        f"title: {scalar(title[:TITLE_MAX_CHARS])}",
        "asked_as:",
        *(f"  - {scalar(each)}" for each in asked_as),
        "misconceptions: []",
        "key_facts:",
        *(f"  - {scalar(each)}" for each in parts.facts),
        "confused_with: []",
        f"related: [{', '.join(draft.related)}]",
        "sources:",
        *(f"  - {each}" for each in sources(draft)),
        f"review_by: {a_year_after(draft.today)}",
    ]
    return "\n".join(["---", *front, "---", *body(parts, question)]) + "\n"


def cut_answer(answer: str) -> Parts:
    """Cut a mentor's answer into a card's parts.

    Raises:
        UsageError: it's too long, or doesn't begin with two sentences that can be a short answer.
    """
    text = answer_text.without_verdict(answer_text.tidy(answer))
    if len(text) > ANSWER_MAX_CHARS:
        raise UsageError(
            f"the answer has {len(text)} characters, and a card takes {ANSWER_MAX_CHARS}: shorten it, or write the card by hand"
        )
    paragraphs = list(split_paragraphs(text))
    prose = [part for paragraph in paragraphs for part in sentences(answer_text.one_line(without_code(paragraph)))]
    short, left = first_sentences(paragraphs)
    code = next((match.group() for match in re.finditer(r"```.*?\n.*?```", text, re.DOTALL)), "")
    return Parts(short, left, code, tuple(answer_text.statements(prose, least=FACTS_MIN, most=FACTS_MAX)))


def first_sentences(paragraphs: Sequence[str]) -> tuple[str, str]:
    """Return the first sentences as a short answer, and the rest in the mentor's own layout.

    Raises:
        UsageError: there are no two sentences within the length of a short answer.
    """
    said: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        parts = sentences(re.sub(r"\s*\n\s*", " ", without_code(paragraph)))
        for place, part in enumerate(parts):
            together = " ".join([*said, part])
            if len(together.split()) > SHORT_ANSWER_MAX_WORDS or len(sentence_ends(together)) > SENTENCES_MAX:
                rest = "\n\n".join([" ".join(parts[place:]), *code_of(paragraph), *paragraphs[number + 1 :]])
                return as_short_answer(said), rest
            said.append(part if sentence_ends(part) else f"{part.rstrip(':;,')}.")
        if code_of(paragraph) or (
            len(said) >= SHORT_ANSWER_SENTENCES.start and number + 1 < len(paragraphs) and len(said) >= SENTENCES_MAX - 1
        ):
            rest = "\n\n".join([*code_of(paragraph), *paragraphs[number + 1 :]])
            if len(said) >= SHORT_ANSWER_SENTENCES.start:
                return as_short_answer(said), rest
    return as_short_answer(said), ""


def as_short_answer(said: Sequence[str]) -> str:
    """Return sentences as a short answer.

    Raises:
        UsageError: they are too few.
    """
    text = " ".join(said)
    if len(sentence_ends(text)) < SHORT_ANSWER_SENTENCES.start:
        raise UsageError(
            f"a card begins with a short answer of 2 to 4 sentences and {SHORT_ANSWER_MAX_WORDS} words at most, and this answer begins "
            f"with {text[:60]!r}: write its first two sentences so that they stand alone"
        )
    return text


def code_of(paragraph: str) -> list[str]:
    """Return the code blocks of a paragraph."""
    return re.findall(r"```.*?```", paragraph, re.DOTALL)


def without_code(paragraph: str) -> str:
    """Return a paragraph's prose."""
    return re.sub(r"```.*?```", "", paragraph, flags=re.DOTALL).strip()


def body(parts: Parts, question: str) -> list[str]:
    """Return the lines of the four sections."""
    quoted = question.replace("||", "| |")
    explanation = parts.rest or f"**Where this answer comes from.** A mentor of the course wrote it for a learner who asked: “{quoted}”"
    example = (
        [parts.code, "", "This is the mentor's own example."] if parts.code and parts.code not in parts.rest else dialogue(parts, quoted)
    )
    answer = re.sub(r"\s+", " ", parts.short).replace("||", "| |")
    return [
        "## Short answer", "", parts.short, "",
        "## Explanation", "", explanation, "",
        "## Example", "", *example, "",
        "## Check yourself", "", quoted, "", f"||{answer}||",
    ]  # fmt: skip


def dialogue(parts: Parts, question: str) -> list[str]:
    """Return the question and the first key fact as the card's example."""
    return [
        "```text",
        f"asked:     {question}",
        f"answered:  {parts.facts[0]}",
        "```",
        "",
        "A question as a learner asked it, and what a mentor said first.",
    ]


def sources(draft: Draft) -> list[str]:
    """Return the sources in YAML: the pages that the mentor linked to, and the answer itself, whose address leads nowhere on purpose."""
    year = draft.today.year
    linked = [source("Linked in a mentor's answer", "see the page", year, link) for link in dict.fromkeys(LINK.findall(draft.answer))]
    own = source(
        "A mentor's answer in this course", answer_text.one_line(draft.mentor), year, f"https://mentors.invalid/questions/{draft.number}"
    )
    return [*linked[:3], own]


def source(title: str, authors: str, year: int, url: str) -> str:
    """Return one source as a line of YAML."""
    return f"{{title: {scalar(title)}, authors: {scalar(authors)}, year: {year}, url: {scalar(url)}}}"


def scalar(text: str) -> str:
    """Return a one-line text in double quotes, as JSON and YAML both read it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")
