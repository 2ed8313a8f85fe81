"""Sentences that call a concept by one of the course's `called` words, and whether the cards call it so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.wording.check.card_statements import BELIEF, card_premises
from index.search.library import Library
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug
from knowledge.reading.course import Course
from knowledge.words import any_word, words

# A sentence does not claim what it reports of others.
REPORTED = re.compile(
    r"\b(?:say|says|said|think|thinks|thought|believe|believes|believed|claim|claims|claimed|assume|assumes|assumed|argue|argues)\b", re.I
)
CLAUSE = re.compile(r"[,;:()–—]|\bbecause\b|\bsince\b|\bwhile\b|\bwhereas\b|\bbut\b|\band not\b|\bso\b")


@dataclass(frozen=True)
class Called:
    """A concept that is, or is not, what a word calls it."""

    slug: Slug
    name: str
    so: bool


@dataclass(frozen=True)
class Patterns:
    """The patterns of one course: a clause that calls something by a word, and words around a concept's name that change nothing."""

    calls: re.Pattern[str]
    around: re.Pattern[str]


def called_in(text: str, names: dict[str, Slug], course: Course) -> list[Called]:
    """Return the words by which a sentence calls the concepts that it names.

    >>> called_in("Rye is sour, while wheat is not sour.", {"rye": Slug("r"), "wheat": Slug("w")}, Course(called=("sour",)))
    [Called(slug='r', name='sour', so=True), Called(slug='w', name='sour', so=False)]
    """
    found: list[Called] = []
    if not course.called or REPORTED.search(text):
        return found
    patterns = patterns_of(course.called, course.generic_words)
    for clause in CLAUSE.split(text):
        match = patterns.calls.match(" ".join(words(clause)))
        slug = names.get(bare(match["who"], patterns)) if match else None
        if match and slug is not None:
            denied = bool(match["denied"]) or match["verb"].endswith("n't")
            found.append(Called(slug, match["name"], not denied))
    return found


@lru_cache(maxsize=8)
def patterns_of(called: tuple[str, ...], generic_words: tuple[str, ...]) -> Patterns:
    """Return the patterns of a course; they match words with single blanks between."""
    generic = any_word(generic_words)
    return Patterns(
        # "X is (not) self-supervised (learning)", with nothing after it in the clause that would limit the sense.
        re.compile(
            r"^(?:and |but |so |yes |no |while |whereas |thus |hence |both )?(?P<who>.+?) (?P<verb>is|are|isn't|aren't|counts? as|remains?)"
            r"(?P<denied> not| never)?"
            r"(?: (?:a|an|still|also|clearly|actually|simply|really|just|considered|called|regarded as|purely|fully))*"
            rf"(?: (?:form|kind|type|example|case) of)? (?P<name>{any_word(word for each in called for word in words(each))})"
            rf"(?: (?:methods?|techniques?|objectives?|tasks?|approach|{generic}))*$"
        ),
        re.compile(
            r"^(?:the|a|an|all|this|that|plain|ordinary|standard|usual|of course)\s+"
            rf"|\s+(?:itself|of(?: an?| the)?(?: {generic})+)$"
        ),
    )


def bare(name: str, patterns: Patterns) -> str:
    """Return a name without the words around it that change nothing.

    >>> bare("the baking of a bread", patterns_of((), ("bread",)))
    'baking'
    """
    before = ""
    while name != before:
        before, name = name, patterns.around.sub("", name)
    return name


@lru_cache(maxsize=2)
def told_in(library: Library) -> tuple[dict[str, Slug], frozenset[Called]]:
    """Return the names of all concepts, and what the cards call them; beliefs that cards call false are left out."""
    course = library.base.course
    names = names_of(library.base)
    told: set[Called] = set()
    for card in library.base.cards.values():
        for premise in card_premises(card):
            if premise.kind != BELIEF:
                told.update(called_in(premise.text, names, course))
    for difference in library.base.contrasts.values():
        told.update(called_in(difference, names, course))
    return names, frozenset(told)


def names_of(base: KnowledgeBase) -> dict[str, Slug]:
    """Return the card of each title or term that only one card has."""
    patterns = patterns_of(base.course.called, base.course.generic_words)
    found: dict[str, set[Slug]] = {}
    for slug, card in base.cards.items():
        for name in (card.title, slug.replace("-", " "), *base.terms.get(slug, ())):
            found.setdefault(bare(" ".join(words(name)), patterns), set()).add(slug)
    return {name: next(iter(slugs)) for name, slugs in found.items() if len(slugs) == 1}


def against(text: str, topic: Slug, library: Library, *, before: str = "") -> str:
    """Return what a sentence calls a concept against the cards, in words; empty if nothing.

    "It" is the topic, unless this sentence or the one before it names another concept. If the cards call one concept two things, each in
    its sense, neither contradicts them.
    """
    course = library.base.course
    names, told = told_in(library)
    around = f" {' '.join(words(f'{before} {text}'))} "
    # "It is supervised" names no concept that the "it" could go back to.
    properties = {word for each in course.called for word in words(each)}
    others = any(slug != topic and not properties & set(name.split()) and f" {name} " in around for name, slug in names.items())
    for said in called_in(text, names if others else names | {"it": topic, "this": topic}, course):
        by_cards = {each.name for each in told if each.slug == said.slug and each.so}
        if by_cards and (said.name not in by_cards if said.so else said.name in by_cards):
            return f"{said.slug} is {'' if said.so else 'not '}{said.name}, and the cards call it {' and '.join(sorted(by_cards))}"
    return ""


def speaks_of(text: str, slug: Slug, library: Library) -> bool:
    """Return whether a sentence names a card's concept."""
    card = library.base.cards[slug]
    said = f" {' '.join(words(text))} "
    return any(f" {' '.join(words(name))} " in said for name in (card.title, *library.base.terms.get(slug, ())))
