"""The option of several that the cards say, or the one that they deny where a quiz asks for that; else none is named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.card_names import names_of, spelt
from bot.answering.statements.evidence import Told, best_slugs, compare, same_stems, told_near
from bot.answering.statements.verdict import Weighed, clause, weigh_option
from index.search.library import Found, Library
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug
from knowledge.words import any_of

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
# A quiz that asks for the option that is not so; without these words its question is that of the others.
TURNED = any_of(
    r"\bNOT\b",
    r"\b(?:do|does|is|are|did|can|need|was|were)(?:n['’]t| not)\b(?= |\?)",
    r"\bexcept(?: for)?\b|\bincorrect\b|\b(?:false|wrong|untrue)\b|\bleast\b",
)
ASKS_WHICH = re.compile(r"\b(?:which|what|all|each|one)\b|\bexcept\b|\bincorrect\b|\bfalse\b|\bwrong\b", re.IGNORECASE)
# Words that belong to the quiz and not to the subject.
OF_THE_QUIZ = re.compile(
    r"\b(?:which|what|who)(?: (?:one|statements?|options?|sentences?))?(?: (?:of|about|from) (?:these|the following|them))?"
    r"(?: (?:statements?|options?|is|are|was))*(?: (?:true|correct|right|best described))?\b"
    r"|\ball (?:of )?(?:these|the following)(?: are)?\b|\b(?:true|correct|right)\b|\bstatements?\b|\bquiz\b|\bbest described as\b",
    re.IGNORECASE,
)
ALL = re.compile(r"\W*(?:all|every one|each)(?: of (?:the|these|them))?(?: (?:above|these|options))?\W*", re.IGNORECASE)
NONE = re.compile(r"\W*(?:none|no one)(?: of (?:the|these|them))?(?: (?:above|these|options))?\W*", re.IGNORECASE)


@dataclass(frozen=True)
class Chosen:
    """The number of the option that is the answer, if one clearly is, and the sentence that says so; what is told of each option."""

    best: int | None
    by: Told | None
    weighed: tuple[Weighed, ...]
    names: tuple[tuple[Slug, ...], ...]


def choose(question: str, options: Sequence[str], statements: Sequence[str], library: Library, *, ahead: float = AHEAD) -> Chosen:
    """Weigh the options of a question; `statements` are the question with each option put in."""
    turned = bool(TURNED.search(question) and ASKS_WHICH.search(question))
    if turned:
        question, statements = TURNED.sub(" ", question), [TURNED.sub(" ", each) for each in statements]
    statements = [re.sub(r"\s+", " ", OF_THE_QUIZ.sub(" ", each)).strip() for each in statements]
    found = library.search(question)
    slugs = [*best_slugs([found], READ), *best_slugs([library.search(each) for each in statements], READ_OF_OPTION)]
    sayings = told_near(slugs, library.base, " ".join([question, *options]))
    stems = [clause(option).words for option in options]
    common = frozenset.intersection(*stems)
    names = named_by(options, library.base)
    weighed = []
    for of_option, statement, near in zip(stems, statements, compare(statements, sayings, library), strict=True):
        own = of_option - common - same_stems(question) or of_option
        weighed.append(weigh_option(statement, own, near, library.base.course))
    best, by = denied(weighed, ahead) if turned else said(options, weighed, favoured(names, found), ahead)
    return Chosen(best, by, tuple(weighed), names)


def said(options: Sequence[str], weighed: Sequence[Weighed], named: int | None, ahead: float) -> tuple[int | None, Told | None]:
    """Return the option that cards say clearly more than any other; "all" if they say each, "none" if they deny each."""
    plain = [number for number, option in enumerate(options) if not ALL.fullmatch(option) and not NONE.fullmatch(option)]
    value = {}
    for number in plain:
        each = weighed[number]
        value[number] = each.so + NAMED * (number == named) if each.so > each.not_so else 0.0
    every = next((number for number, option in enumerate(options) if ALL.fullmatch(option)), None)
    if every is not None and plain and all(each >= CLEAR for each in value.values()):
        return every, weighed[plain[0]].says
    nothing = next((number for number, option in enumerate(options) if NONE.fullmatch(option)), None)
    if nothing is not None and plain and all(weighed[number].not_so >= CLEAR and not value[number] for number in plain):
        return nothing, weighed[plain[0]].denies
    best = clear(value, ahead)
    if best is None or weighed[best].asked < ASKED:
        return None, None
    # A sentence that says more of another option speaks for that one, even where others speak against it.
    says_more_of_another = any(each.says == weighed[best].says and each.so > weighed[best].so for each in weighed)
    return (None, None) if says_more_of_another else (best, weighed[best].says)


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
