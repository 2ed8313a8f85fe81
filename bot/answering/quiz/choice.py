"""The option of several that the cards support, named only if it is clearly ahead of all the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.answering.statements.evidence import Near, Told, best_slugs, compare, same_stems, sequence, told, told_near
from bot.answering.statements.opposition import absolutes, content_and_order, denies, numbers, opposed_stems
from bot.answering.statements.verdict import StatementVerdict, clause_of, in_order, one_is_negated, settled
from index.search.library import Found, Library
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug
from knowledge.reading.course import Course
from knowledge.words import any_word, content_stems, stem, words

# Cards whose sentences are read for the question, and for each option put into it.
READ = 4
READ_OF_OPTION = 1
# The least support of a named option, and the least lead over the next one as a share of it; strong support needs less of a lead. On
# tests/answering/quiz/quiz_items.jsonl these name two options in three, and no wrong one.
SUPPORTED = 0.17
AHEAD = 0.4
STRONG = 0.5
STRONG_AHEAD = 0.3
# The rest of a sentence's support if it has another number, an opposite negation, or an opposed word.
OTHER_NUMBER = 0.2
TURNED = 0.4
# The support of a sentence that has the option's words and hardly any of the question's.
ALONE = 0.2
# The share of an option's own words that a sentence has before it supports the option at all.
COVERED = 0.34
# The shares of a sentence's support that depend on the question's words being within so many words of the option's, and on the order.
NEARNESS = 0.4
AROUND = 6
ORDER = 0.5
# A belief that has the option's words takes this share of itself from the option's support.
BELIEVED = 0.7
# An option gets this for being the name of the card that the question finds.
NAMED = 0.1


@dataclass(frozen=True)
class Support:
    """The support of the cards for one option, and the sentence that gives it.

    `verdict` is that on the question with the option put in; `names` are the cards named by the option.
    """

    value: float
    by: Told | None
    verdict: StatementVerdict | None = None
    names: tuple[Slug, ...] = ()

    @property
    def confirmed(self) -> bool:
        """Return whether a card says that this is the answer."""
        return self.verdict is not None and self.verdict.so

    @property
    def refuted(self) -> bool:
        """Return whether a card says that this is not the answer."""
        return self.verdict is not None and not self.verdict.so


@dataclass(frozen=True)
class Chosen:
    """The supports of all options, in their order, and the number of the one that is clearly ahead, if one is."""

    supports: tuple[Support, ...]
    best: int | None

    @property
    def by(self) -> Told | None:
        """Return the sentence that supports the best option; if all others are refuted, one that refutes another."""
        if self.best is None:
            return None
        best = self.supports[self.best]
        if best.verdict is not None:
            return best.verdict.by
        refuting = [each.verdict.by for each in self.supports if each.verdict is not None and each.refuted]
        return refuting[0] if len(refuting) == len(self.supports) - 1 else best.by


def choose(question: str, options: Sequence[str], statements: Sequence[str], library: Library) -> Chosen:
    """Weigh the options of a question; `statements` are the question with each option put in."""
    found = library.search(question)
    slugs = [*best_slugs([found], READ), *best_slugs([library.search(each) for each in statements], READ_OF_OPTION)]
    sayings = told_near(slugs, library.base, " ".join([question, *options]))
    near = compare(statements, sayings, library)
    course = library.base.course
    of_question = same_stems(question)
    stems = [same_stems(option) for option in options]
    common = frozenset.intersection(*stems)
    supports = []
    for option, statement, own, each in zip(options, statements, stems, near, strict=True):
        alone = own - of_question - common or own - common or own
        value, by = support(option, alone, of_question, each, course)
        verdict = settled(statement, each, course)
        # A verdict on an option must be about the option, and not only about the question.
        settles = verdict is not None and len(alone & verdict.by.stems) * 2 >= len(alone) > 0
        supports.append(Support(value, by, verdict if settles else None))
    supports = favoured(supports, options, found, library.base)
    chosen = Chosen(tuple(supports), clearly_best(supports))
    best = chosen.best
    # What is told of another option is no word against this one, and nor is the definition of its own name.
    own_evidence = best is not None and chosen.by is supports[best].by and not supports[best].names
    return replace(chosen, best=None) if best is not None and own_evidence and denied(options[best], chosen.by, course) else chosen


def denied(option: str, by: Told | None, course: Course) -> bool:
    """Return whether the sentence that supports an option says the opposite of it."""
    if by is None:
        return True
    clause = clause_of(option, by.text)
    return (
        denies(option, clause)
        or bool(opposed_stems(content_and_order(option), content_and_order(clause), course))
        or bool(absolutes(option) - absolutes(by.text))
    )


def clearly_best(supports: list[Support]) -> int | None:
    """Return the number of the option that is told to be right, or the only one not told to be wrong, or the one far ahead."""
    confirmed = [number for number, each in enumerate(supports) if each.confirmed]
    possible = [number for number, each in enumerate(supports) if not each.refuted]
    if len(confirmed) == 1:
        return confirmed[0]
    if len(possible) == 1 and len(supports) > 1:
        return possible[0]
    first, second = sorted(range(len(supports)), key=lambda number: -supports[number].value)[:2]
    best = supports[first]
    ahead = STRONG_AHEAD if best.value >= STRONG else AHEAD
    clear = best.value >= SUPPORTED and best.value - max(supports[second].value, 0.0) >= ahead * best.value
    return first if clear and not best.refuted and (best.confirmed or not confirmed) else None


def support(
    option: str, own: frozenset[str], of_question: frozenset[str], near: Sequence[Near], course: Course
) -> tuple[float, Told | None]:
    """Return the best support for an option among told sentences, and that sentence; `own` are the words that only this option has."""
    weighed = [(weight(option, own, of_question, each, course), each.told) for each in near if not each.told.belief]
    value, by = max(weighed, key=lambda pair: pair[0], default=(0.0, None))
    against = max((weight(option, own, of_question, each, course) for each in near if each.told.belief), default=0.0)
    return (value - BELIEVED * against if against > value else value), by


def weight(option: str, own: frozenset[str], of_question: frozenset[str], near: Near, course: Course) -> float:
    """Return how far one sentence supports an option: it has the option's words and the question's near each other, and is alike."""
    sentence = near.told
    covered = len(own & sentence.stems) / max(1, len(own))
    if covered < COVERED:
        return 0.0
    if not numbers(option) <= numbers(sentence.text):
        covered *= OTHER_NUMBER
    if of_question and not of_question & sentence.stems:
        return 0.0
    value = covered * (ALONE + len(of_question & sentence.stems) / max(1, len(of_question))) * max(near.cosine, 0.0) ** 2
    if one_is_negated(option, clause_of(option, sentence.text)):
        value *= TURNED
    if opposed_stems(content_and_order(option), sentence.ordered, course) or absolutes(option) - absolutes(sentence.text):
        value *= TURNED
    order = sequence(sentence.text)
    value *= 1 - NEARNESS + NEARNESS * nearness(own, of_question, order)
    return value * (1 - ORDER + ORDER * in_order(sequence(option), order))


def nearness(own: frozenset[str], of_question: frozenset[str], order: Sequence[str]) -> float:
    """Return the share of a sentence's words from the question that are around its words from the option."""
    both = of_question & set(order)
    if not both:
        return 1.0
    best = 0.0
    for place, word in enumerate(order):
        if word in own:
            around = set(order[max(0, place - AROUND) : place + AROUND + 1])
            best = max(best, len(around & both) / len(both) * (0.5 + 0.5 * len(around & own) / len(own)))
    return best


def favoured(supports: list[Support], options: Sequence[str], found: Found, base: KnowledgeBase) -> list[Support]:
    """Favour the option that names the card that the question finds, if at least half of the options name cards."""
    named = named_by(options, base)
    if sum(bool(each) for each in named) * 2 < len(options) or not found.hits:
        return supports
    return [
        replace(each, value=each.value + NAMED * (found.hits[0].slug in slugs), by=definition(slugs, base) or each.by, names=slugs)
        for each, slugs in zip(supports, named, strict=True)
    ]


def definition(slugs: Sequence[Slug], base: KnowledgeBase) -> Told | None:
    """Return the first key fact of the only card of a name."""
    return told(slugs[0], base.cards[slugs[0]].key_facts[0]) if len(slugs) == 1 else None


def named_by(options: Sequence[str], base: KnowledgeBase) -> list[tuple[Slug, ...]]:
    """Return for each option the cards that it names: by title, without a generic last word or "and its ...", or by a name in brackets."""
    found: list[list[Slug]] = [[] for _ in options]
    wanted = [spelt(option) for option in options]
    generic = re.compile(rf" {any_word(base.course.generic_words)}$")
    for slug, card in base.cards.items():
        plain = re.sub(r"\s*\(.*?\)", "", card.title)
        short = [part for inner in re.findall(r"\((.*?)\)", card.title) for part in inner.split(",")]
        known = {spelt(name) for name in (card.title, plain, generic.sub("", plain), plain.partition(" and its ")[0], *short)}
        for slugs, name in zip(found, wanted, strict=True):
            if name and name in known:
                slugs.append(slug)
    return [tuple(slugs) for slugs in found]


def spelt(name: str) -> tuple[str, ...]:
    """Return the stems of a name's words; nothing for a name without content."""
    return tuple(stem(word) for word in words(name)) if content_stems(name) else ()
