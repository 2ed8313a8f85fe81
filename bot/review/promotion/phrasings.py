"""Phrasings of a question for a card: the part of a message that asks, and whether two are nearly the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

from bot.review.promotion.answer_text import one_line
from knowledge.checking.rules import NEAR_DUPLICATE
from knowledge.sentences import sentences
from knowledge.words import STOP_WORDS, WORD

# A message longer than this is a story; the sentences in it that ask are the phrasing.
PHRASING_MAX_CHARS = 240
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


def distinct(phrasings: Iterable[str], taken: Sequence[str]) -> list[str]:
    """Return the phrasings that `knowledge check` doesn't take for an earlier one or one that is taken."""
    kept: list[str] = []
    for phrasing in phrasings:
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
