"""The search for a turn, alone or with the turn that it leans on; and whether what was found settles it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.answering.card_names import is_only_a_name, named_card, names_something_else
from bot.answering.follow_up import leaning, own_words
from bot.answering.message.conversation import Thread
from bot.answering.message.form import Form, read_form
from bot.door import course_matter
from index.search.blending import blend
from index.search.library import Found, Library
from index.search.query import without_manner
from index.search.reader import ReadPassage
from knowledge.reading.card import Slug
from knowledge.words import content_stems

SHOWN_CARDS = 5
# A turn that leans no more than this on earlier turns is searched alone.
LEANS_LITTLE = 0.3
# A turn with words of its own that is less likely in scope than this is not about the topic. The limit is lower if all its words are
# the course's ("and for BERT?"). Chosen on fit/dialogues.jsonl.
ELSEWHERE = 0.05
CERTAINLY_ELSEWHERE = 0.01
# A message as near as this to a card's own phrasing is that phrasing, and the card's short answer was written for it.
OUTRIGHT = 0.95
# A question on exams or dates goes to a mentor, unless a mentor has written a card with a phrasing as near as this.
OF_ITS_OWN = 0.75
# What is less alike than this to every passage of the best cards is about something else, whatever the reader makes of it; a passage
# that is only the nearest has to be more alike to be worth showing.
ALIKE = 0.3
NEAR_ALIKE = 0.4
# No turn leans on one that is less likely than this to be about the course.
OFF_TOPIC = 0.2


def settled(found: Found, library: Library) -> bool:
    """Return whether the passages that were found are the answer."""
    return found.settled >= library.reader.weights.settled_from


def is_alike(found: Found, least: float) -> bool:
    """Return whether some passage of the best cards has at least this cosine to the question."""
    return any(hit.nearest >= least for hit in found.hits[:SHOWN_CARDS])


def says_content(turn: str) -> bool:
    """Return whether a message has a word of content besides numbers and single letters."""
    return any(len(word) > 1 and not word.isdigit() for word in content_stems(turn))


def search(text: str, library: Library) -> Found:
    """Search for a message; a card's name or own phrasing is settled by its short answer, and what is like no passage by none."""
    found = library.search(text)
    text = without_manner(text)
    best = max(found.hits, key=lambda hit: hit.named()["phrasing"], default=None)
    name = named_card(text, library) or named_card(found.query, library)
    named = next((hit for hit in found.hits if hit.slug == name), None)
    if named is None and best is not None and best.named()["phrasing"] >= OUTRIGHT:
        named = best
    if named is None:
        card = library.base.cards[found.hits[0].slug] if found.hits else None
        fits = card is not None and is_alike(found, ALIKE) and not names_something_else(text, card, library.glossary.english)
        fits = fits and (found.hits[0].nearest >= NEAR_ALIKE or not is_only_a_name(text))
        return found if fits else replace(found, settled=0.0)
    chance = max(found.read[0].chance if found.read else 0.0, library.reader.weights.settled_from)
    others = tuple(each for each in found.read if (each.slug, each.name) != (named.slug, "short_answer"))
    read = (ReadPassage(named.slug, "short_answer", chance), *others)
    hits = [named._replace(score=chance), *(hit for hit in found.hits if hit.slug != named.slug)]
    return replace(found, hits=hits, read=read, settled=max(found.settled, chance))


def is_course_matter(text: str, library: Library) -> bool:
    """Return whether a message asks how the course is run, and no card has a phrasing like it."""
    return course_matter.is_asked(text) and all(hit.named()["phrasing"] < OF_ITS_OWN for hit in library.search(text).hits)


def in_front(found: Found, slugs: Sequence[Slug]) -> Found:
    """Return a search with some cards moved to its front, so that every cited card is among the retrieved ones."""
    top = found.hits[0].score if found.hits else 0.0
    moved = sorted((hit for hit in found.hits if hit.slug in slugs), key=lambda hit: slugs.index(hit.slug))
    return replace(found, hits=[*(hit._replace(score=top) for hit in moved), *(hit for hit in found.hits if hit.slug not in slugs)])


def leaned_on(thread: Thread) -> str:
    """Return the turn that a leaning one is about. This is not always the turn before: talk of something else in between is skipped."""
    leant = (each for each in reversed(thread.readings) if each.composed is not None or each.sure >= OFF_TOPIC)
    return next((each.about or each.text for each in leant), "")


def find(turn: str, topic: Slug | None, thread: Thread, library: Library) -> Found:
    """Search for a turn, alone or together with the turn that it leans on."""
    alone = search(turn, library)
    if topic is None:
        return alone
    lean = leaning(turn)
    # Small words don't make talk of the bus a follow-up: a turn whose own words are about something else is searched alone.
    limit = ELSEWHERE if alone.known_share < 1.0 else CERTAINLY_ELSEWHERE
    elsewhere = bool(own_words(turn)) and alone.settled < limit
    if lean <= LEANS_LITTLE or elsewhere:
        return alone
    # This is not always the turn before: talk of something else in between is skipped.
    before = next(each.about or each.text for each in reversed(thread.readings) if each.composed is not None or each.sure >= OFF_TOPIC)
    joint = library.search(f"{before} {turn}")
    found = blend(alone, joint, topic, lean, library.base)
    # "Show me an example" names nothing else that it could be an example of.
    return in_front(found, [topic]) if read_form(turn, library.base.course) is Form.EXAMPLE and not own_words(turn) else found
