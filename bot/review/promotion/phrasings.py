"""Phrasings of a question for a card: the question itself, variations of it made by rules, and whether two are nearly the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

from bot.review.promotion.answer_text import one_line
from knowledge.checking.rules import ASKED_AS_MAX, NEAR_DUPLICATE
from knowledge.sentences import sentences
from knowledge.words import STOP_WORDS, WORD

# A message longer than this is a story; the sentences in it that ask are the phrasing.
PHRASING_MAX_CHARS = 240
PHRASINGS_MIN = 5
# How many statements of the answer are turned into questions, and how long one may be.
STATEMENTS_MOST = 3
STATEMENT_MAX_CHARS = 160
# Words with which questions begin, none of which names anything.
OPENERS = frozenset(
    """what why how when where which who is are do does did can could should would will explain tell me about please pls question hi hello
    hey anyone know mean means meaning difference exactly actually really worth use need want""".split()
)


def asking(question: str) -> str:
    """Return the part of a message that asks: all of it if it's short, else its questions."""
    whole = one_line(question)
    if len(whole) <= PHRASING_MAX_CHARS:
        return whole
    asked = [each for each in sentences(whole) if each.endswith("?")] or sentences(whole)[-1:]
    short = " ".join(asked[-2:])
    return short if len(short) <= PHRASING_MAX_CHARS else short[:PHRASING_MAX_CHARS].rsplit(" ", 1)[0]


def keywords(text: str) -> str:
    """Return the content words of a text in their order."""
    kept = [word for word in WORD.findall(text) if word.lower() not in STOP_WORDS and word.lower() not in OPENERS]
    return " ".join(dict.fromkeys(kept))


def subject(slug: str, *texts: str) -> str:
    """Return a slug's words with the capitals that the texts give them.

    >>> subject("kv-cache-size", "how big is the KV cache?")
    'KV cache size'
    """
    written: dict[str, str] = {}
    for word in (word for text in texts for word in WORD.findall(text)):
        # Capitals past the first letter belong to a name; one at the front may belong to the sentence.
        if word[1:] != word[1:].lower():
            written.setdefault(word.lower(), word)
    return " ".join(written.get(part, part) for part in slug.split("-"))


def variations(question: str, subject_words: str, statements: Sequence[str]) -> list[str]:
    """Return other ways to ask a question, made by rules from its subject, its content words and the answer's statements."""
    asked = asking(question)
    words = keywords(asked)
    begins = subject_words.split(" ", 1)[0].lower()
    names = begins not in OPENERS and begins not in STOP_WORDS
    forms = [words, f"what is {subject_words}?" if names else f"{subject_words}?", f"{subject_words} explained"]
    parts = [each for each in sentences(asked) if len(WORD.findall(each)) >= 4]
    forms += parts if len(parts) > 1 else []
    own = set(subject_words.lower().split())
    rest = " ".join(word for word in words.split() if word.lower() not in own)
    forms += [f"I don't understand {subject_words}" if names else "", f"{subject_words}, {rest}" if rest else ""]
    forms += [f"is it right that {lowered(each.rstrip('.!'))}?" for each in statements if len(each) <= STATEMENT_MAX_CHARS][
        :STATEMENTS_MOST
    ]
    return [form for form in forms if len(WORD.findall(form)) >= 2]


def lowered(sentence: str) -> str:
    """Return a sentence in the form that follows other words; a name keeps its capitals."""
    first = re.match(r"[^\W\d_]+", sentence)
    ordinary = first and first.group()[1:].islower() and first.group().lower() in STOP_WORDS
    return sentence[:1].lower() + sentence[1:] if ordinary else sentence


def distinct(phrasings: Iterable[str], taken: Sequence[str], *, most: int = ASKED_AS_MAX) -> list[str]:
    """Return the phrasings that `knowledge check` doesn't take for an earlier one or one that is taken."""
    kept: list[str] = []
    for phrasing in phrasings:
        if len(kept) == most:
            break
        if phrasing and nearly_the_same(phrasing, taken) is None and nearly_the_same(phrasing, kept) is None:
            kept.append(phrasing)
    return kept


def nearly_the_same(phrasing: str, others: Sequence[str]) -> int | None:
    """Return the index of a phrasing that `knowledge check` takes for this one, None if there is none."""
    words = normal(phrasing)
    return next((place for place, other in enumerate(others) if fuzz.token_sort_ratio(words, normal(other)) >= NEAR_DUPLICATE), None)


def normal(phrasing: str) -> str:
    """Return a phrasing in the form in which it's compared."""
    return " ".join(re.findall(r"[\w-]+", phrasing.lower()))
