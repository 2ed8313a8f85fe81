"""Phrasings of a question for a card: the part of a message that asks, its siblings, and whether two are nearly the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

from bot.review.promotion.answer_text import one_line
from knowledge.checking.rules import NEAR_DUPLICATE
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card
from knowledge.sentences import sentences
from knowledge.words import WORD

# A message longer than this is a story; the sentences in it that ask are the phrasing.
PHRASING_MAX_CHARS = 240
# So many questions beside a new card's are tried.
SIBLINGS_MOST = 24
NEIGHBOURS = 8
NAME_MAX_WORDS = 3
BRACKETED = re.compile(r"\s*\(([^)]*)\)")


def asking(question: str) -> str:
    """Return the part of a message that asks: all of it if it's short, else its questions."""
    whole = one_line(question)
    if len(whole) <= PHRASING_MAX_CHARS:
        return whole
    asked = [each for each in sentences(whole) if each.endswith("?")] or sentences(whole)[-1:]
    short = " ".join(asked[-2:])
    return short if len(short) <= PHRASING_MAX_CHARS else short[:PHRASING_MAX_CHARS].rsplit(" ", 1)[0]


def phrasings_typed(text: str) -> list[str]:
    """Return the phrasings that a mentor typed, one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


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


def siblings(asked_as: Sequence[str], near: Sequence[Card], base: KnowledgeBase) -> list[str]:
    """Return questions beside some phrasings: each with a concept in it exchanged for a neighbour's, which the answer need not settle."""
    names = {card.slug: short_names(card) for card in base.cards.values()}
    known = sorted({name for of_card in names.values() for name in of_card}, key=len, reverse=True)
    found: dict[str, None] = {}
    for phrasing in asked_as:
        said = next((name for name in known if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", phrasing, re.IGNORECASE)), None)
        if said is None:
            continue
        of_same = {name for of_card in names.values() if said in of_card for name in of_card}
        for other in [name for card in near[:NEIGHBOURS] for name in names[card.slug][:2] if name not in of_same]:
            parts = re.split(rf"(?<!\w){re.escape(said)}(?!\w)", phrasing, flags=re.IGNORECASE)
            found[other.join(parts)] = None
    return list(found)[:SIBLINGS_MOST]


def short_names(card: Card) -> list[str]:
    """Return what a card's concept is called in a question: its title without brackets, and what is in them, if they are short."""
    inner = [part.strip() for match in BRACKETED.findall(card.title) for part in match.split(",")]
    return [name for name in dict.fromkeys([*inner, BRACKETED.sub("", card.title)]) if len(name.split()) <= NAME_MAX_WORDS]


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
