"""The option of several that the cards say, or the one that they deny where a quiz asks for that; else none is named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.card_names import names_of, spelt
from bot.answering.quiz.put_in import TURNED, put_in, straight
from bot.answering.statements.bank import weigh_all
from bot.answering.statements.deciding import leans
from bot.answering.statements.evidence import Told, best_slugs, compare, same_stems, told_near
from bot.answering.statements.verdict import Weighed, clause, weigh_option
from index.search.library import Found, Library
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug

# The least strength of the bank's statement for an option, its lead over what denies that option, and the option's lead over the others.
# Where the option is "all" or "none", each other is settled by itself. Chosen on the items of tests/answering/quiz/ without
# teachers_held_out_items.jsonl.
NEAR, NEAR_AHEAD, LEAD = 0.55, 0.03, 0.13
TIGHT, TIGHT_AHEAD = 0.5, 0.1
# Cards whose sentences are read for the question, and for each option put into it.
READ = 4
READ_OF_OPTION = 1
# The least strength of what says or denies an option, and the least lead over any other option as a share of it.
CLEAR = 0.25
AHEAD = 0.4
# A sentence with a smaller share of the question's words answers another question.
ASKED = 0.4
# An option gets this for being the name of the card that the question finds.
NAMED = 0.15
ASKS_WHICH = re.compile(r"\b(?:which|what|all|each|one)\b|\bexcept\b|\bincorrect\b|\bfalse\b|\bwrong\b", re.IGNORECASE)
ALL = re.compile(r"\W*(?:all|every one|each)(?: of (?:the|these|them))?(?: (?:above|these|options))?\W*", re.IGNORECASE)
NONE = re.compile(r"\W*(?:none|no one)(?: of (?:the|these|them))?(?: (?:above|these|options))?\W*", re.IGNORECASE)


@dataclass(frozen=True)
class Chosen:
    """The number of the option that is the answer, if one clearly is, and the sentence that says so; the cards that each option names."""

    best: int | None
    by: Told | None
    names: tuple[tuple[Slug, ...], ...]


def choose(question: str, options: Sequence[str], library: Library, *, ahead: float = AHEAD) -> Chosen:
    """Choose among the options of a question, put into it, by the bank and by the sentences of cards, if they don't differ."""
    turned = bool(TURNED.search(question) and ASKS_WHICH.search(question))
    asked = straight(question) if turned else question
    statements = [put_in(asked, option) for option in options]
    names = named_by(options, library.base)
    banked = weigh_all(statements, library)
    best, by = settled_by_bank(options, banked, turned=turned)
    other, saying = settled_by_cards(asked, options, statements, names, library, turned=turned, ahead=ahead)
    if best is None and other is not None and borne_out(other, options, banked, turned=turned):
        best, by = other, saying
    # Two that differ settle nothing.
    return Chosen(best, by, names) if other in (None, best) else Chosen(None, None, names)


def settled_by_bank(options: Sequence[str], weighed: Sequence[Weighed], *, turned: bool) -> tuple[int | None, Told | None]:
    """Return the option that the bank says and no other nearly as clearly; where it's asked for the one that is not so, that it denies."""
    every, nothing, plain = kinds_of(options)
    so = [each.so - each.not_so for each in weighed]
    if not plain:
        return None, None
    if every is not None and not turned and all(so[number] >= TIGHT_AHEAD and weighed[number].so >= TIGHT for number in plain):
        return every, weighed[plain[0]].says
    if nothing is not None and not turned and all(-so[number] >= TIGHT_AHEAD and weighed[number].not_so >= TIGHT for number in plain):
        return nothing, weighed[plain[0]].denies
    leads = [-each for each in so] if turned else so
    first, *others = sorted(plain, key=lambda number: -leads[number])
    by, strength = (weighed[first].denies, weighed[first].not_so) if turned else (weighed[first].says, weighed[first].so)
    if strength < NEAR or leads[first] < NEAR_AHEAD or any(leads[first] - leads[number] < LEAD for number in others):
        return None, None
    return first, by


def borne_out(best: int, options: Sequence[str], weighed: Sequence[Weighed], *, turned: bool) -> bool:
    """Return whether the bank, too, leans to an option, and to no other more; it has nothing against "all" or "none"."""
    _, _, plain = kinds_of(options)
    leads = {number: (weighed[number].so - weighed[number].not_so) * (-1 if turned else 1) for number in plain}
    return best not in plain or (leans(weighed[best], so=not turned) and leads[best] == max(leads.values()))


def kinds_of(options: Sequence[str]) -> tuple[int | None, int | None, list[int]]:
    """Return the numbers of the options "all" and "none", if there are such, and those of the others."""
    every = next((number for number, option in enumerate(options) if ALL.fullmatch(option)), None)
    nothing = next((number for number, option in enumerate(options) if NONE.fullmatch(option)), None)
    return every, nothing, [number for number in range(len(options)) if number not in (every, nothing)]


def settled_by_cards(
    question: str,
    options: Sequence[str],
    statements: Sequence[str],
    names: Sequence[tuple[Slug, ...]],
    library: Library,
    *,
    turned: bool,
    ahead: float,
) -> tuple[int | None, Told | None]:
    """Return the option that the sentences of the nearest cards say, or deny where the quiz asks for that."""
    found = library.search(question)
    slugs = [*best_slugs([found], READ), *best_slugs([library.search(each) for each in statements], READ_OF_OPTION)]
    sayings = told_near(slugs, library.base, " ".join([question, *options]))
    stems = [clause(option).words for option in options]
    common = frozenset.intersection(*stems)
    weighed = []
    for of_option, statement, near in zip(stems, statements, compare(statements, sayings, library), strict=True):
        own = of_option - common - same_stems(question) or of_option
        weighed.append(weigh_option(statement, own, near, library.base.course))
    return denied(weighed, ahead) if turned else said(options, weighed, favoured(names, found), ahead)


def said(options: Sequence[str], weighed: Sequence[Weighed], named: int | None, ahead: float) -> tuple[int | None, Told | None]:
    """Return the option that cards say clearly more than any other; "all" if they say each, "none" if they deny each."""
    every, nothing, plain = kinds_of(options)
    value = {}
    for number in plain:
        each = weighed[number]
        value[number] = each.so + NAMED * (number == named) if each.so > each.not_so else 0.0
    if every is not None and plain and all(each >= CLEAR for each in value.values()):
        return every, weighed[plain[0]].says
    if nothing is not None and plain and all(weighed[number].not_so >= CLEAR and not value[number] for number in plain):
        return nothing, weighed[plain[0]].denies
    best = clear(value, ahead)
    return (best, weighed[best].says) if best is not None and weighed[best].asked >= ASKED else (None, None)


def denied(weighed: Sequence[Weighed], ahead: float) -> tuple[int | None, Told | None]:
    """Return the option that cards deny clearly more than any other."""
    best = clear({number: each.not_so if each.not_so > each.so else 0.0 for number, each in enumerate(weighed)}, ahead)
    return (best, weighed[best].denies) if best is not None else (None, None)


def clear(value: dict[int, float], ahead: float) -> int | None:
    """Return the number whose value is clear and clearly ahead of every other."""
    first, second = sorted([*value.items(), (-1, 0.0), (-1, 0.0)], key=lambda pair: -pair[1])[:2]
    return first[0] if first[1] >= CLEAR and first[1] - second[1] >= ahead * first[1] else None


def favoured(names: Sequence[tuple[Slug, ...]], found: Found) -> int | None:
    """Return the option that names the card that the question finds, if at least half of the options name cards."""
    if not found.hits or sum(bool(each) for each in names) * 2 < len(names):
        return None
    return next((number for number, slugs in enumerate(names) if found.hits[0].slug in slugs), None)


def named_by(options: Sequence[str], base: KnowledgeBase) -> tuple[tuple[Slug, ...], ...]:
    """Return for each option the cards that it names."""
    names = {slug: names_of(card, base) for slug, card in base.cards.items()}
    return tuple(tuple(slug for slug, known in names.items() if spelt(option) in known) for option in options)
