"""Sentences that call a concept supervised or self-supervised, the one property that this course is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.wording.check.card_statements import BELIEF, card_premises
from index.search.library import Library
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug
from knowledge.words import words

# "X is (not) self-supervised (learning)", with nothing after it in the clause that would limit the sense.
CALLED = re.compile(
    r"^(?:and |but |so |yes |no |while |whereas |thus |hence |both )?(?P<who>.+?) (?P<verb>is|are|isn't|aren't|counts? as|remains?)"
    r"(?P<denied> not| never)?(?: (?:a|an|still|also|clearly|actually|simply|really|just|considered|called|regarded as|purely|fully))*"
    r"(?: (?:form|kind|type|example|case) of)? (?P<paradigm>self ?supervised|selfsupervised|supervised|unsupervised|semisupervised)"
    r"(?: (?:learning|training|method|methods|technique|techniques|objective|objectives|task|tasks|approach|machine learning))*$"
)
# A sentence does not claim what it reports of others.
REPORTED = re.compile(
    r"\b(?:say|says|said|think|thinks|thought|believe|believes|believed|claim|claims|claimed|assume|assumes|assumed|argue|argues)\b", re.I
)
# Words around a name that change nothing.
ARTICLE = re.compile(
    r"^(?:the|a|an|all|this|that|plain|ordinary|standard|usual|of course)\s+|\s+(?:itself|of a language model|of language models)$"
)
CLAUSE = re.compile(r"[,;:()–—]|\bbecause\b|\bsince\b|\bwhile\b|\bwhereas\b|\bbut\b|\band not\b|\bso\b")


@dataclass(frozen=True)
class Called:
    """A concept that is, or is not, of a paradigm."""

    slug: Slug
    paradigm: str
    so: bool


def called_in(text: str, names: dict[str, Slug]) -> list[Called]:
    """Return the paradigms of the concepts that a sentence names.

    >>> called_in("CLM is supervised, while MLM is not supervised.", {"clm": Slug("c"), "mlm": Slug("m")})
    [Called(slug='c', paradigm='supervised', so=True), Called(slug='m', paradigm='supervised', so=False)]
    """
    found: list[Called] = []
    if REPORTED.search(text):
        return found
    for clause in CLAUSE.split(text):
        match = CALLED.match(" ".join(words(clause)))
        slug = names.get(bare(match["who"])) if match else None
        if match and slug is not None:
            denied = bool(match["denied"]) or match["verb"].endswith("n't")
            found.append(Called(slug, match["paradigm"].replace(" ", ""), not denied))
    return found


def bare(name: str) -> str:
    """Return a name without the words around it that change nothing.

    >>> bare("the pretraining of a language model")
    'pretraining'
    """
    before = ""
    while name != before:
        before, name = name, ARTICLE.sub("", name)
    return name


@lru_cache(maxsize=2)
def told_in(library: Library) -> tuple[dict[str, Slug], frozenset[Called]]:
    """Return the names of all concepts, and the paradigms that the cards give them; beliefs that cards call false are left out."""
    names = names_of(library.base)
    told: set[Called] = set()
    for card in library.base.cards.values():
        for premise in card_premises(card):
            if premise.kind != BELIEF:
                told.update(called_in(premise.text, names))
    for difference in library.base.contrasts.values():
        told.update(called_in(difference, names))
    return names, frozenset(told)


def names_of(base: KnowledgeBase) -> dict[str, Slug]:
    """Return the card of each title or term that only one card has."""
    found: dict[str, set[Slug]] = {}
    for slug, card in base.cards.items():
        for name in (card.title, slug.replace("-", " "), *base.terms.get(slug, ())):
            found.setdefault(bare(" ".join(words(name))), set()).add(slug)
    return {name: next(iter(slugs)) for name, slugs in found.items() if len(slugs) == 1}


def against(text: str, topic: Slug, library: Library, *, before: str = "") -> str:
    """Return the paradigm in a sentence that contradicts the cards, in words; empty if none does.

    "It" is the topic, unless this sentence or the one before it names another concept. If the cards give one concept two paradigms, each
    in its sense, neither contradicts them.
    """
    names, told = told_in(library)
    around = f" {' '.join(words(f'{before} {text}'))} "
    # "It is supervised" names no concept that the "it" could go back to.
    others = any(slug != topic and "supervised" not in name and f" {name} " in around for name, slug in names.items())
    for said in called_in(text, names if others else names | {"it": topic, "this": topic}):
        paradigms = {each.paradigm for each in told if each.slug == said.slug and each.so}
        if paradigms and (said.paradigm not in paradigms if said.so else said.paradigm in paradigms):
            return f"{said.slug} is {'' if said.so else 'not '}{said.paradigm}, and the cards call it {' and '.join(sorted(paradigms))}"
    return ""


def speaks_of(text: str, slug: Slug, library: Library) -> bool:
    """Return whether a sentence names a card's concept."""
    card = library.base.cards[slug]
    said = f" {' '.join(words(text))} "
    return any(f" {' '.join(words(name))} " in said for name in (card.title, *library.base.terms.get(slug, ())))
