"""A turn is read in its conversation: as a repeat, a wish about the explanation before it, a quiz item or a question, and composed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from weakref import ref

from bot.answering.compose import sections
from bot.answering.follow_up import after_switch
from bot.answering.message import grant_wishes, wishes
from bot.answering.message.conversation import Reading, Thread
from bot.answering.message.each_question import FoundFor, found_for_each, pieces_for
from bot.answering.message.find_passages import (
    NEAR_ALIKE,
    SHOWN_CARDS,
    find,
    in_front,
    is_alike,
    is_course_matter,
    says_content,
    search,
    settled,
)
from bot.answering.message.form import Form, read_form
from bot.answering.quiz import blanks, quiz_item
from bot.answering.statements.false_premises import false_premise
from bot.door import care, wants_person
from bot.door.masking import without_personal
from bot.door.talk.small_talk import small_talk
from bot.values import CleanText
from index.search.library import Found, Library
from knowledge.words import stems, words

# A turn is read up to this many characters; a longer last turn is not answered.
MAX_CHARS = 8_000
# A message of this many content words is a name more than a question.
SHORT = 2
# One word makes or breaks answers of these forms, so no model rewords them.
NOT_REWORDED = frozenset({Form.BLANK, Form.QUIZ})
# So many words are kept for the line that names what is left open.
LEFT_WORDS = 30
# Readings that are remembered, so that a turn of a conversation does not read the earlier turns again.
READINGS_KEPT = 256


def read(turns: tuple[CleanText, ...], library: Library, *, hints_first: bool = False) -> Reading:
    """Read the last turn of a conversation, without the personal data beside it; the readings of earlier turns are remembered."""
    return read_once(tuple(CleanText(without_personal(turn)) for turn in turns), ref(library), hints_first)


@lru_cache(maxsize=READINGS_KEPT)
def read_once(turns: tuple[CleanText, ...], library_ref: ref[Library], hints_first: bool) -> Reading:
    """Read the last turn of a conversation. The reference is weak, so that an old library is not kept in memory by its readings."""
    library = library_ref()
    assert library is not None, "the caller holds it"
    return take(turns[-1][:MAX_CHARS], thread_of(turns[:-1], library, hints_first=hints_first), library, hints_first=hints_first)


def thread_of(turns: tuple[CleanText, ...], library: Library, *, hints_first: bool = False) -> Thread:
    """Return a conversation without small talk and without the messages that went to a person."""
    thread = Thread()
    course = library.base.course
    for end, turn in enumerate(turns, start=1):
        idle = not wishes.is_about_before(turns[:end]) and small_talk(turn, course, first=not thread.readings) is not None
        passed_on = care.was_for_a_person(turn, course) or wants_person.is_wanted(turn, course) or is_course_matter(turn, library)
        if turn and not idle and not passed_on:
            thread = Thread((*thread.readings, read(turns[:end], library, hints_first=hints_first)))
    return thread


def take(turn: str, thread: Thread, library: Library, *, hints_first: bool = False) -> Reading:
    """Read one turn in its conversation: a question asked before, a wish about the explanation before it, or a question."""
    again = next((each for each in thread.readings if each.composed is not None and same_words(each.text, turn)), None)
    if again is not None and wishes.wish_of(turn) is None and stems(turn):
        return again
    wished = take_wish(turn, thread, library)
    if wished is not None:
        return wished
    reading = take_question(turn, thread, library)
    if reading.composed is None and thread.topic is not None and not wishes.topic_words(turn):
        # "Why tho", "and if not": nothing of its own, so it's about what was said.
        carried = grant_wishes.reasons(library.base.cards[thread.topic], reading.found, thread.shown)
        if carried is not None:
            return replace(reading, found=in_front(reading.found, [thread.topic]), composed=carried, near=None)
    best = library.base.cards[reading.found.hits[0].slug] if reading.found.hits else None
    if hints_first and reading.composed is not None and best and best.check_yourself and wishes.is_graded(turn, library.base.course):
        hint = grant_wishes.hint(best)
        return replace(reading, composed=hint, withheld=reading.composed, fixed=True)
    return reading


def same_words(text: str, other: str) -> bool:
    """Return whether two messages are the same, whatever their case and marks."""
    return words(text) == words(other)


def take_wish(turn: str, thread: Thread, library: Library) -> Reading | None:
    """Read a turn that wants the explanation before it changed, or that tries a question of ours; None if it does neither."""
    last = thread.readings[-1] if thread.readings else None
    if last is not None and last.withheld is not None and wishes.wants_shown(turn):
        return replace(last, text=turn, composed=last.withheld, about=last.text, withheld=None, fixed=False)
    tried = last is not None and last.composed is not None and grant_wishes.is_check(last.composed.pieces)
    if last is not None and last.composed is not None and tried and wishes.tries(turn, library.base.course):
        card = library.base.cards[last.composed.pieces[0].slug]
        return replace(last, text=turn, composed=grant_wishes.after_attempt(card, last.found, thread.shown), fixed=True)
    wish = wishes.wish_of(turn)
    if wish is None:
        return None
    before = next((each for each in reversed(thread.readings) if each.composed is not None), None)
    if wish is wishes.Wish.CHECK and wishes.topic_words(turn):
        found = search(wishes.topic_of(turn), library)
        if not found.hits or not settled(found, library):
            return None
        return grant(turn, found, thread, library)
    if before is None:
        # Only a bare disagreement has no point of its own.
        if wishes.topic_words(turn):
            return None
        return Reading(turn, search(turn, library), 0.0, Form.OPEN, asks=wishes.of_what(wish, library.base.course))
    found = replace(before.found, query=turn)
    if wish is wishes.Wish.DISAGREE and wishes.topic_words(turn):
        joint = library.search(f"{before.about or before.text} {turn}")
        point = replace(search(turn, library), hits=joint.hits, settled=before.sure)
        found = in_front(point, [before.found.hits[0].slug])
    return grant(turn, found, thread, library, before)


def grant(turn: str, found: Found, thread: Thread, library: Library, before: Reading | None = None) -> Reading:
    """Grant a wish about the best card found, or about the explanation before."""
    wish = wishes.wish_of(turn)
    assert wish is not None, "the caller has read one"
    card = library.base.cards[found.hits[0].slug]
    said = None if before is None else before.composed
    composed = grant_wishes.granted(wish, turn, card, base=library.base, found=found, shown=thread.shown, before=said)
    about = "" if before is None else before.about or before.text
    return Reading(turn, in_front(found, composed.cited), found.settled, Form.OPEN, composed, about=about, fixed=True)


def take_question(turn: str, thread: Thread, library: Library) -> Reading:
    """Read a question in its conversation, and compose its curated answer if a card is sure enough."""
    rest = after_switch(turn) if thread.readings else None
    topic = None if rest else thread.topic
    found = find(rest or turn, topic, thread, library)
    sure = found.settled
    form = read_form(turn, library.base.course)
    founds = [] if form in NOT_REWORDED else found_for_each(rest or turn, found, library, thread if topic else None)
    each_alone = take_each(founds, Reading(turn, found, sure, form), thread, library)
    if each_alone is not None:
        return each_alone
    says_something = topic is not None or says_content(turn)
    item = take_item(turn, form, found, library) if says_something and found.hits else None
    if item is not None:
        return item
    if not found.hits or not says_something or not settled(found, library):
        near_enough = says_something and sure >= library.reader.weights.near_from and bool(found.read) and is_alike(found, NEAR_ALIKE)
        near = sections.compose(form, found, library.base, most=1) if near_enough else None
        if near is not None and form is Form.QUIZ:
            near = quiz_item.unsettled_item(turn, near)
        return Reading(turn, found, sure, form, near=near)
    premise = None if form in NOT_REWORDED else false_premise(turn, library)
    composed = sections.compose(form, found, library.base, thread.shown, premise=premise)
    if form is Form.QUIZ:
        composed = quiz_item.unsettled_item(turn, composed)
    below = [slug for slug in composed.cited if slug not in {hit.slug for hit in found.hits[:SHOWN_CARDS]}]
    if below:
        found = in_front(found, [found.hits[0].slug, *below])
    return Reading(turn, found, sure, form, composed, unsure=least_sure(founds, composed, library))


def take_each(founds: Sequence[FoundFor], plain: Reading, thread: Thread, library: Library) -> Reading | None:
    """Read a message as several questions, each answered by its own passage; None if they are one or the message is settled as one.

    `plain` is its reading without an answer.
    """
    answered = [each for each in founds if each.read and each.sure >= library.reader.weights.settled_from]
    if not answered:
        return None
    pieces = pieces_for(answered, library, thread.shown)
    covered = settled(plain.found, library) and not any(each.is_elsewhere for each in founds)
    if covered and (len(answered) < len(founds) or len(pieces) == 1):
        return None
    left = tuple(each.asked.own for each in founds if each not in answered)
    composed = sections.one_each(pieces, sections.MAX_WORDS - LEFT_WORDS * bool(left))
    found = in_front(plain.found, composed.cited)
    return replace(plain, found=found, sure=min(each.sure for each in answered), composed=composed, left=left)


def least_sure(founds: Sequence[FoundFor], composed: sections.Composed, library: Library) -> str:
    """Return the question of several that an answer to the whole message is least sure to settle; empty if it settles all."""
    shown = {piece.key for piece in composed.pieces}
    open_ones = [
        each
        for each in founds
        if each.sure < library.reader.weights.settled_from and each.read and (each.read[0].slug, each.read[0].name) not in shown
    ]
    return min(open_ones, key=lambda each: each.sure).asked.own if open_ones else ""


def take_item(turn: str, form: Form, found: Found, library: Library) -> Reading | None:
    """Read a quiz item that cards settle, whether or not the reader takes it for a question that they settle; None for any other."""
    composed = None
    if form is Form.BLANK or blanks.has_picks(turn):
        form = Form.BLANK
        composed = blanks.fill(turn, found, library) if found.settled >= library.reader.weights.near_from else None
    elif form is Form.QUIZ:
        explanation = sections.compose(form, found, library.base) if settled(found, library) else None
        composed = quiz_item.settled_item(turn, explanation, library)
    if composed is None:
        return None
    sure = max(found.settled, library.reader.weights.settled_from)
    return Reading(turn, in_front(found, composed.cited), sure, form, composed)
