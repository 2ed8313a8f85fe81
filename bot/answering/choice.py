"""Which of several options the cards support: named only where one is clearly ahead of all the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.evidence import Near, Told, best_slugs, compare, same_stems, sequence, told_near
from bot.answering.opposition import content_and_order, negations, numbers, opposed_stems
from bot.answering.verdict import clause_of, in_order
from index.search import Found, Library
from knowledge.base import KnowledgeBase
from knowledge.words import content_stems

# Cards whose sentences are read for the question, and for each option put into it.
READ = 4
READ_OF_OPTION = 1
# A named option's support, and its lead over the next one, in parts of its own; chosen on tests/answering/quiz_items.jsonl.
SUPPORTED = 0.4
AHEAD = 0.2
# What is left of a sentence's support where it has another number, a negation the other way, or an opposed word.
OTHER_NUMBER = 0.2
TURNED = 0.4
# How far a sentence that has the option's words, and none of the question's, supports it.
ALONE = 0.4
# What a belief that has the option's words takes from its support.
BELIEVED = 0.7
# What an option gets for being the name of the very card that the question finds.
NAMED = 0.1


@dataclass(frozen=True)
class Support:
    """How far the cards support one option, by which sentence, and the belief that it is where a card names it as one."""

    value: float
    by: Told | None
    belief: Told | None


@dataclass(frozen=True)
class Chosen:
    """The supports of all options, in their order, and the number of the one that is clearly ahead; None where none is."""

    supports: tuple[Support, ...]
    best: int | None


def choose(question: str, options: Sequence[str], statements: Sequence[str], library: Library) -> Chosen:
    """Weigh the options of a question; `statements` are the question with each option put in."""
    found = library.search(question)
    slugs = [*best_slugs([found], READ), *best_slugs([library.search(each) for each in statements], READ_OF_OPTION)]
    sayings = told_near(slugs, library.base, " ".join([question, *options]))
    near = compare(statements, sayings, library)
    asked = same_stems(question)
    stems = [same_stems(option) for option in options]
    common = frozenset.intersection(*stems)
    supports = []
    for option, own, each in zip(options, stems, near, strict=True):
        supports.append(support(option, own - asked - common or own - common or own, asked, each))
    supports = favoured(supports, options, found, library.base)
    order = sorted(range(len(options)), key=lambda number: -supports[number].value)
    best, second = supports[order[0]].value, supports[order[1]].value if len(order) > 1 else 0.0
    clear = best >= SUPPORTED and best - max(second, 0.0) >= AHEAD * best
    return Chosen(tuple(supports), order[0] if clear else None)


def support(option: str, own: frozenset[str], asked: frozenset[str], near: Sequence[Near]) -> Support:
    """Return the best support for an option among told sentences; `own` are the words that only this option has."""
    told = [(weight(option, own, asked, each), each.told) for each in near if not each.told.belief]
    beliefs = [(weight(option, own, asked, each), each.told) for each in near if each.told.belief]
    value, by = max(told, key=lambda pair: pair[0], default=(0.0, None))
    against, belief = max(beliefs, key=lambda pair: pair[0], default=(0.0, None))
    if against > value:
        return Support(value - BELIEVED * against, by, belief)
    return Support(value, by, None)


def weight(option: str, own: frozenset[str], asked: frozenset[str], near: Near) -> float:
    """Say how far one sentence supports an option: it has the option's words and the question's, and is alike on the whole."""
    sentence = near.told
    covered = len(own & sentence.stems) / max(1, len(own))
    if not covered:
        return 0.0
    if not numbers(option) <= numbers(sentence.text):
        covered *= OTHER_NUMBER
    value = covered * (ALONE + len(asked & sentence.stems) / max(1, len(asked))) * near.cosine
    if negations(option) % 2 != negations(clause_of(option, sentence.text)) % 2:
        value *= TURNED
    if opposed_stems(content_and_order(option), sentence.ordered):
        value *= TURNED
    return value * (0.5 + 0.5 * in_order(sequence(option), sequence(sentence.text)))


def favoured(supports: list[Support], options: Sequence[str], found: Found, base: KnowledgeBase) -> list[Support]:
    """Favour the option that names the card that the question finds, where at least half of the options name cards."""
    slugs = [naming(option, base) for option in options]
    if sum(bool(each) for each in slugs) * 2 < len(options) or not found.hits:
        return supports
    return [
        Support(each.value + NAMED, each.by, each.belief) if found.hits[0].slug in named else each
        for each, named in zip(supports, slugs, strict=True)
    ]


def naming(option: str, base: KnowledgeBase) -> set[str]:
    """Return the cards whose name an option is."""
    wanted = content_stems(option)
    found = set()
    for slug, card in base.cards.items():
        names = (card.title, re.sub(r"\(.*?\)", "", card.title), *re.findall(r"\((.*?)\)", card.title), *base.terms.get(slug, ()))
        if wanted and any(content_stems(name) == wanted for name in names):
            found.add(slug)
    return found
