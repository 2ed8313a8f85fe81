"""The names of cards: what a message of a few words names, and whether that is something else than the nearest card."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from weakref import WeakKeyDictionary

from bot.answering.follow_up import SAYS_NOTHING
from index.search.library import Library
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card, Slug, split_paragraphs
from knowledge.words import any_word, content_stems, stem, words

# A message with more content words says something of what it names.
FEW = 3
ASKS = re.compile(
    r"\?|\b(?:what|whats|how|why|who|whose|when|where|which|is|are|do|does|did|can|could|should|will|explain|define|difference)\b"
    r"|\b(?:is|are|do|does|did|ca|could|was|wo|would|should)n'?t\b|\bvs\b|\bor\b",
    re.IGNORECASE,
)
IN_BRACKETS = re.compile(r"\s*\(.*?\)")
# "What is X?", "explain X please": the message only names X.
ASKED_PLAINLY = frozenset(
    stem(word)
    for word in """what what's whats is are was explain define describe tell me about meaning of the a an please pls mean means does do you
    concept term idea definition intro introduction to basics in short how works work can could someone i understand help with give overview
    and its simply simple briefly quickly again exactly actually really even basically just then so ok okay hi hey hello lol people
    by""".split()
)
# What a learner guesses or adds when they ask what something is: "what is an epoch, like a loop?", "(the ML thing, not the robot)", and
# where they met it: "I read it in the notes." Nothing may be asked behind it.
ASIDE = re.compile(
    r"\s*[,(?!.-]+\s*(?:"
    r"(?:(?:is|are) (?:it|that|this|they) )?(?:so |just |kind ?of |kinda |sort ?of |something )*"
    r"(?:like (?:an?|the|in|when)|(?:the|an?) \w+ (?:thing|one|sense)|not (?:the|an?))\b[^.?!]*[.?!)\s]*"
    r"|(?:i ?'?a?m (?:new|a beginner|lost|confused)|i (?:just |keep |kept |have |only )*"
    r"(?:read|saw|seen|seeing|see|heard|hearing|hear|met|found|came across) (?:it|this|that|the (?:term|word|name)))\b[^?]*"
    r")$",
    re.IGNORECASE,
)
BY_NAME: WeakKeyDictionary[Library, dict[tuple[str, ...], set[Slug]]] = WeakKeyDictionary()


def names_of(card: Card, base: KnowledgeBase) -> set[tuple[str, ...]]:
    """Return a card's names as stems: its title, also without brackets, a generic last word or "and its ...", and what is in brackets."""
    plain = IN_BRACKETS.sub("", card.title)
    generic = re.compile(rf" {any_word(base.course.generic_words)}$")
    short = [part for inner in re.findall(r"\((.*?)\)", card.title) for part in inner.split(",")]
    first = (plain.partition(end)[0] for end in (" and its ", ", and "))
    names = {spelt(name) for name in (card.title, plain, generic.sub("", plain), *first, *short)}
    return names - {()}


def spelt(name: str) -> tuple[str, ...]:
    """Return the stems of a name's words; nothing for a name without content."""
    british = re.sub(r"is(?=(?:e|ed|es|er|ing|ation)\b)", "iz", name.lower())
    return tuple(stem(word) for word in words(british)) if content_stems(name) else ()


def named_card(message: str, library: Library) -> Slug | None:
    """Return the only card that a message names and says nothing of, whatever the plain wording."""
    said = plainly(spelt(ASIDE.sub("", message)))
    slugs = cards_by_name(library).get(said, set()) if said else set()
    return next(iter(slugs)) if len(slugs) == 1 else None


def cards_by_name(library: Library) -> dict[tuple[str, ...], set[Slug]]:
    """Return the cards of each plain name; they are remembered, since reading all titles takes as long as searching."""
    if library not in BY_NAME:
        found: dict[tuple[str, ...], set[Slug]] = {}
        for slug, card in library.base.cards.items():
            for name in names_of(card, library.base):
                found.setdefault(plainly(name), set()).add(slug)
        BY_NAME[library] = found
    return BY_NAME[library]


def plainly(name: tuple[str, ...]) -> tuple[str, ...]:
    """Return a name without the words that ask for its explanation."""
    return tuple(each for each in name if each not in ASKED_PLAINLY)


def is_only_a_name(message: str) -> bool:
    """Return whether a message of a few words is no question."""
    return len(content_stems(message) - ASKED_PLAINLY) <= FEW and not ASKS.search(message)


def names_something_else(message: str, card: Card, english: Callable[[str], str]) -> bool:
    """Return whether a message of a few words is no question and no passage of a card has all of them: "a mask shop".

    `english` writes out a course word that is abbreviated or of another language.
    """
    if not is_only_a_name(message):
        return False
    wanted = [word for word in words(message) if content_stems(word) and stem(word) not in ASKED_PLAINLY | SAYS_NOTHING]
    meant = [(stem(word), content_stems(english(word))) for word in wanted]
    return not any(all(has_word(word, out, passage) for word, out in meant) for passage in map(content_stems, passages_of(card)))


def has_word(word: str, written_out: set[str], passage: set[str]) -> bool:
    """Return whether a passage has a word, or most of it written out."""
    return word in passage or 2 * len(written_out & passage) > len(written_out)


def passages_of(card: Card) -> Iterator[str]:
    """Yield what a card says in one place, each with its title."""
    beliefs = (text for each in card.misconceptions for text in (each.belief, each.correction))
    for text in (*card.asked_as, *card.key_facts, *beliefs, *split_paragraphs(card.body())):
        yield f"{card.title} {text}"
