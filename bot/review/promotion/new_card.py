"""The text of a new card: a mentor's own answer under the learners' own questions, or what a model drafted of them and a judge let pass."""

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

TITLE_MAX_CHARS = 80
ANSWER_MAX_CHARS = 20_000
# Fewer than the check lets pass, so that a mentor may add one.
SENTENCES_MAX = SHORT_ANSWER_SENTENCES.stop - 2
# The field that marks a card as a model's draft, and the beginning of the comment that says so.
DRAFTED_BY = "drafted_by"
DRAFTED = "Drafted out of"
# A link in an answer, which becomes a source of the card.
LINK = re.compile(r"https?://[^\s<>()\"'|]+[^\s<>()\"'|.,;:!?]")


@dataclass(frozen=True)
class Drafted:
    """What a model drafted of a mentor's answer, as far as the mentor's words support it; `explanation` has names and paragraphs.

    `misconceptions` are beliefs and their corrections.
    """

    model: str
    judge: str
    short_answer: str
    title: str = ""
    explanation: tuple[tuple[str, str], ...] = ()
    asked_as: tuple[str, ...] = ()
    key_facts: tuple[str, ...] = ()
    misconceptions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Draft:
    """The parts of a new card: the mentor's answer, its question, similar questions, and the card's place.

    `also` are other wordings of the question by the mentor; `drafted` is what a model made of the answer, if one did.
    """

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
    drafted: Drafted | None = None
    also: Sequence[str] = ()


@dataclass(frozen=True)
class Parts:
    """A mentor's answer cut for a card: the short answer, the rest, and the first block of code."""

    short: str
    rest: str
    code: str


def new_card(draft: Draft, taken: Sequence[str]) -> str:
    """Write the text of a new card; `taken` are the phrasings of the other cards.

    Raises:
        UsageError: the slug has a wrong form, or the answer can't be made into a card.
    """
    if not SLUG_PATTERN.fullmatch(draft.slug):
        raise UsageError(f"{draft.slug!r} can't be a slug: lower-case letters, figures and single hyphens, such as 'my-new-card'")
    drafted = draft.drafted
    parts = cut_answer(draft.answer) if drafted is None else drafted_parts(drafted, draft.answer)
    learners = [phrasings.asking(each) for each in (draft.question, *draft.like, *draft.also)]
    asked_as = phrasings.distinct(learners, taken)
    if not asked_as:
        raise UsageError(
            f"another card has nearly the phrasing {learners[0][:60]!r} already: promote it as phrasing: or amend: of the nearest"
        )
    about = phrasings.subject(draft.slug, draft.question, draft.answer)
    title = answer_text.one_line(draft.title) or ("" if drafted is None else drafted.title) or about[:1].upper() + about[1:]
    made = f"A mentor's answer to question {draft.number}, word for word; 'askwell knowledge check' says what would make it better."
    if drafted is not None:
        asked_as = phrasings.distinct([*asked_as, *drafted.asked_as], taken)
        made = (
            f"{DRAFTED} a mentor's answer to question {draft.number}; each sentence passed the judge {answer_text.one_line(drafted.judge)}."
        )
    front = [
        f"# {made}",
        f"slug: {draft.slug}",
        f"title: {scalar(title[:TITLE_MAX_CHARS])}",
        *([] if drafted is None else [f"{DRAFTED_BY}: {scalar(drafted.model)}"]),
        "asked_as:",
        *(f"  - {scalar(each)}" for each in asked_as),
        *([] if drafted is None else drafted_front(drafted)),
        *([f"related: [{', '.join(draft.related)}]"] if draft.related else []),
        "sources:",
        *(f"  - {each}" for each in sources(draft)),
        f"review_by: {a_year_after(draft.today)}",
    ]
    return "\n".join(["---", *front, "---", *body(parts)]) + "\n"


def drafted_parts(drafted: Drafted, answer: str) -> Parts:
    """Return a draft in a card's parts; the code stays the mentor's own."""
    rest = "\n\n".join(f"**{name.rstrip(' .:')}.** {text}" if name else text for name, text in drafted.explanation)
    return Parts(drafted.short_answer, rest, next(iter(code_of(answer_text.tidy(answer))), ""))


def drafted_front(drafted: Drafted) -> list[str]:
    """Return the lines of the fields that only a draft has."""
    believed = [
        line for belief, right in drafted.misconceptions for line in (f"  - belief: {scalar(belief)}", f"    correction: {scalar(right)}")
    ]
    facts = [f"  - {scalar(fact)}" for fact in drafted.key_facts]
    return [*(["misconceptions:", *believed] if believed else []), *(["key_facts:", *facts] if facts else [])]


def is_draft(text: str) -> bool:
    """Return whether a card's text is a model's draft that no mentor has confirmed."""
    return any(line.startswith(f"{DRAFTED_BY}:") for line in text.partition("\n---")[0].split("\n"))


def confirmed(text: str) -> str:
    """Return a card's text without the marks of a draft: a mentor has confirmed its wording."""
    front, fence, body = text.partition("\n---")
    kept = [line for line in front.split("\n") if not line.startswith((f"{DRAFTED_BY}:", f"# {DRAFTED}"))]
    return "\n".join(kept) + fence + body


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
    short, left = first_sentences(paragraphs)
    code = next((match.group() for match in re.finditer(r"```.*?\n.*?```", text, re.DOTALL)), "")
    return Parts(short, left, code)


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


def body(parts: Parts) -> list[str]:
    """Return the lines of the sections that the answer has something for."""
    sections = {
        "Short answer": parts.short,
        "Explanation": parts.rest,
        "Example": parts.code if parts.code not in parts.rest else "",
    }
    lines = [line for title, text in sections.items() if text for line in (f"## {title}", "", text, "")]
    return lines[:-1]


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
