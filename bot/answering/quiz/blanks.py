"""Fill-in items: each blank is filled with a concept's name, an option in brackets, or words of a card."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from bot.answering.card_names import names_of, spelt
from bot.answering.compose import pieces as parts
from bot.answering.compose.sections import Composed
from bot.answering.message.form import BLANKS
from bot.answering.quiz.choice import choose
from bot.answering.quiz.quiz_item import inline, piece_of
from bot.answering.quiz.words_for_blank import Gap, filling
from bot.answering.statements.evidence import best_slugs, compare, sequence, told_near
from bot.values import Piece
from index.search.library import Found, Library
from index.store.passages import PassageKind
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card
from knowledge.reading.course import Course
from knowledge.sentences import sentences
from knowledge.words import any_word, content_stems

# A message with more blanks, or a longer one, is no quiz item.
MOST_BLANKS = 6
MOST_PICK_WORDS = 70
# A blank after these words wants a name; so does a blank that begins its sentence.
NAME_WANTED = re.compile(
    r"\b(?:called|named|known as|termed|different from|differs from|unlike|versus|vs\.?|rather than|this is|technique is|process is)\s*$",
    re.IGNORECASE,
)
# "(supervised / self-supervised)", with or without a blank before it.
PICK = re.compile(r"(?:_{2,}\s*)?\((?P<options>[^()?\n/]{1,60}(?:/[^()?\n/]{1,60}){1,3})\)")
# Titles that are sentences or comparisons, which fill no blank.
NOT_A_TERM = re.compile(r"\b(?:or|and|how|what|why|is|when|four|compared|its|that|kinds|at|hides)\b|'s ", re.IGNORECASE)
LOOKED_AT = 12
# The worth of the chance that a card settles the clause, in cosines of its nearest key fact: an item is no question, so it counts little.
CHANCE_WORTH = 0.2
READ = 4
# The least lead of a card whose name fills a blank over the next one, in cosines.
NAME_AHEAD = 0.03
# The least lead of one option in brackets over the other, which mostly is its opposite.
PICKED_AHEAD = 0.3
# So many words may stand in a fact before the name that it's about.
BEFORE_NAME = 1
# So many content words of its clause, besides those of the name, are in the fact that fills a blank with a name.
SHARED_WORDS = 2


@dataclass(frozen=True)
class Blank:
    """One blank: the clause around it, the whole sentence, the text before and after it, its options, and whether it wants a name.

    `clause` and `sentence` have no blanks in them.
    """

    clause: str
    sentence: str
    before: str
    after: str
    options: tuple[str, ...]
    wants_name: bool


@dataclass(frozen=True)
class Filled:
    """The answer to a blank, the sentence that gives it, and its piece of a card; `card` is set if the answer is a concept's name."""

    answer: str
    why: str
    piece: Piece
    card: Card | None = None


def has_picks(text: str) -> bool:
    """Return whether a message is an item with options in brackets, and no question that happens to have brackets."""
    return "?" not in text and len(text.split()) <= MOST_PICK_WORDS and bool(PICK.search(text))


@lru_cache(maxsize=8)
def value_wanted(units: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of what follows a blank that wants a number or a property."""
    return re.compile(rf"^\s*(?:%|percent|per ?cent|of\b|words?\b|times\b|{any_word(units)}\b)", re.IGNORECASE)


def blanks_of(text: str, course: Course) -> list[Blank]:
    """Return the blanks of an item, in order, at most MOST_BLANKS."""
    found: list[Blank] = []
    for sentence in sentences(text):
        picks = list(PICK.finditer(sentence))
        # A blank with its options after it is one blank.
        plain = [place for place in BLANKS.finditer(sentence) if not any(pick.start() <= place.start() < pick.end() for pick in picks)]
        places = sorted([*picks, *plain], key=lambda place: place.start())
        for number, place in enumerate(places):
            before, after = sentence[: place.start()], sentence[place.end() :]
            options = tuple(part.strip() for part in place.group("options").split("/")) if place.re is PICK else ()
            # "Fill in the blank: ____ ..." begins after its colon.
            begins = not re.search(r"\w", before.rpartition(":")[2])
            wants_name = not options and (begins or bool(NAME_WANTED.search(before))) and not value_wanted(course.units).match(after)
            start = places[number - 1].end() if number else 0
            end = places[number + 1].start() if number + 1 < len(places) else len(sentence)
            clause = without_blanks(sentence[start : place.start()] + " " + sentence[place.end() : end])
            found.append(
                Blank(clause or sentence, without_blanks(sentence), without_blanks(before), without_blanks(after), options, wants_name)
            )
    return found[:MOST_BLANKS]


def without_blanks(text: str) -> str:
    """Return a text without its blanks and bracketed options."""
    return re.sub(r"\s+", " ", BLANKS.sub(" ", PICK.sub(" ", text))).strip(" ,.;:")


def fill(text: str, whole: Found, library: Library) -> Composed | None:
    """Explain each blank that the cards fill; None if they fill none."""
    blanks = blanks_of(text, library.base.course)
    filled: list[Filled | None] = []
    for blank in blanks:
        filled.append(fill_one(blank, [each for each in filled if each is not None], library))
    known = [each for each in filled if each is not None]
    if not known:
        return None
    lines = [
        f"**Blank {number}:** no card settles this one clearly." if each is None else f"**Blank {number}:** ||{each.answer}||\n{each.why}"
        for number, each in enumerate(filled, start=1)
    ]
    cards = [each.card for each in known if each.card is not None] or [library.base.cards[whole.hits[0].slug]]
    between = parts.contrast(library.base, cards[0].slug, cards[1].slug) if len(cards) > 1 else None
    support = between or parts.short_answer(cards[0], whole)
    pieces = (support, *(parts.short_answer(card, whole) for card in cards if card.slug != support.slug), *(each.piece for each in known))
    return Composed("\n\n".join([*lines, support.text]), pieces)


def fill_one(blank: Blank, before: list[Filled], library: Library) -> Filled | None:
    """Return the answer to one blank, given the answers before it."""
    if blank.options:
        return picked(blank, library)
    if blank.wants_name:
        found = library.search(blank.clause)
        card = fitting(blank, found, library.base, [each.card for each in before if each.card is not None])
        fact = "" if card is None else best_fact(card, found, library.base)[1]
        if card is not None and says_as_much(fact, blank.clause, name_of(card)):
            return Filled(name_of(card), fact, parts.short_answer(card, found), card)
    return said(blank, [each.answer for each in before], library)


def picked(blank: Blank, library: Library) -> Filled | None:
    """Return the option that the cards support."""
    statements = [f"{blank.before} {option} {blank.after}".strip() for option in blank.options]
    chosen = choose(blank.sentence, blank.options, statements, library, ahead=PICKED_AHEAD)
    by = chosen.by
    return None if chosen.best is None or by is None else Filled(blank.options[chosen.best], f"||{inline(by.text)}||", piece_of(by))


def said(blank: Blank, taken: list[str], library: Library) -> Filled | None:
    """Return the words in the blank's place in the sentence of a card that says the rest of its clause."""
    found = [library.search(blank.sentence), library.search(blank.clause)]
    sayings = [each for each in told_near(best_slugs(found, READ), library.base, blank.sentence) if not each.belief]
    for near in compare([blank.clause], sayings, library)[0]:
        answer = filling(Gap(blank.before, blank.after, tuple(sequence(blank.clause))), near, taken)
        if answer is not None:
            return Filled(answer, f"||{inline(near.told.text)}||", piece_of(near.told))
    return None


def fitting(blank: Blank, found: Found, base: KnowledgeBase, taken: list[Card]) -> Card | None:
    """Return the best card whose title is a term that neither the sentence nor an earlier blank has, if it is clearly the best.

    The best is that with the key fact nearest to the clause, unless the reader prefers another by far.
    """
    said = content_stems(blank.sentence)
    # "______ labels" wants a name of labels, if there is one.
    noun = content_stems(" ".join(blank.after.split()[:1]))
    named = any(noun & content_stems(" ".join(name_of(card).split()[-1:])) for card in base.cards.values())
    fits = []
    for place, hit in enumerate(found.hits[:LOOKED_AT]):
        card = base.cards[hit.slug]
        name = content_stems(name_of(card))
        if name and card not in taken and not name <= said and (not named or noun & name):
            fits.append((best_fact(card, found, base)[0] + CHANCE_WORTH * hit.score, -place, card))
    fits.sort(key=lambda fit: fit[:2], reverse=True)
    clear = fits and (len(fits) == 1 or fits[0][0] - fits[1][0] >= NAME_AHEAD)
    return fits[0][2] if clear else None


def says_as_much(fact: str, clause: str, name: str) -> bool:
    """Return whether a fact has words of a clause besides its name's and one that any card may have, so that it's of the same matter."""
    return len((content_stems(clause) - content_stems(name)) & content_stems(fact)) >= SHARED_WORDS


def name_of(card: Card) -> str:
    """Return the one term that a card is about; empty if its title is a sentence, a comparison or a contrast of two terms."""
    if not NOT_A_TERM.search(card.title):
        return card.title
    first, joined, _ = card.title.partition(" and ")
    return first if joined and not NOT_A_TERM.search(first) and (card.key_facts or ("",))[0].startswith(first) else ""


def best_fact(card: Card, found: Found, base: KnowledgeBase) -> tuple[float, str]:
    """Return the key fact of a card that is nearest to the clause, of those that begin with its name, and how near it is."""
    names = names_of(card, base) | {spelt(name_of(card))}
    facts = [(found.cosine(card.slug, PassageKind.FACT, str(number)), fact) for number, fact in enumerate(card.key_facts)]
    return max(((near, fact) for near, fact in facts if begins_with(fact, names)), default=(0.0, ""))


def begins_with(fact: str, names: Collection[tuple[str, ...]]) -> bool:
    """Return whether a fact is about what has one of some names: it stands in its first words, as in "In active learning ..."."""
    said = spelt(fact)
    return any(said[start : start + len(name)] == name for name in names for start in range(BEFORE_NAME + 1))
