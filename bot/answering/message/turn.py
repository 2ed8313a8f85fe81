"""A turn is read in its conversation: cards are found for it, the chance that they settle it is estimated, and an answer is composed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from weakref import ref

from bot.answering.compose import sayings, sections
from bot.answering.message import granted, wishes
from bot.answering.message.form import Form, read_form
from bot.answering.names import is_only_a_name, named_card, names_something_else
from bot.answering.quiz import blanks, quiz_item
from bot.answering.statements.false_premises import false_premise
from bot.answering.thread import after_switch, leaning, own_words, points_back
from bot.door import care, course_matter, person
from bot.door.masking import without_personal
from bot.values import CleanText
from index.search.blending import blend
from index.search.library import Found, Library
from index.search.reader import ReadPassage
from knowledge.reading.card import Slug
from knowledge.sentences import sentences
from knowledge.words import content_stems, stems, words

# A turn is read up to this many characters; a longer last turn is not answered.
MAX_CHARS = 8_000
SHOWN_CARDS = 5
# A message of this many content words is a name more than a question.
SHORT = 2
# A turn that leans no more than this on earlier turns is searched alone.
LEANS_LITTLE = 0.3
# A message may ask so many questions that are answered one by one.
SEVERAL = range(2, 5)
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
# One word makes or breaks answers of these forms, so no model rewords them.
NOT_REWORDED = frozenset({Form.BLANK, Form.QUIZ})
# Readings that are remembered, so that a turn of a conversation does not read the earlier turns again.
READINGS_KEPT = 256


@dataclass(frozen=True)
class Reading:
    """One turn as it was understood: the search, the chance that it settles the turn, and the composed answer.

    `about` is the earlier message that a wish such as "simpler" refers to, `asks` is a question back to the learner, `withheld` is the
    explanation that a hint replaces, and `left` are the questions of a message that no card settles. No model rewords a `fixed` answer.
    """

    text: str
    found: Found
    sure: float
    form: Form
    composed: sections.Composed | None = None
    about: str = ""
    asks: str = ""
    withheld: sections.Composed | None = None
    fixed: bool = False
    near: sections.Composed | None = None
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Thread:
    """A conversation so far, made of its turns alone, so that nothing else needs to be kept about it."""

    readings: tuple[Reading, ...] = ()

    @property
    def topic(self) -> Slug | None:
        """Return the card that was discussed last."""
        return next((r.found.hits[0].slug for r in reversed(self.readings) if r.composed is not None), None)

    @property
    def shown(self) -> frozenset[tuple[Slug, str]]:
        """Return the pieces of cards that the learner has read in this conversation."""
        return frozenset(piece.key for reading in self.readings if reading.composed for piece in reading.composed.pieces)


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
        idle = not wishes.is_about_before(turns[:end]) and sayings.small_talk(turn, course, first=not thread.readings) is not None
        passed_on = care.was_for_a_person(turn, course) or person.is_wanted(turn, course) or is_course_matter(turn, library)
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
        carried = granted.reasons(library.base.cards[thread.topic], reading.found, thread.shown)
        if carried is not None:
            return replace(reading, found=in_front(reading.found, [thread.topic]), composed=carried, near=None)
    if hints_first and reading.composed is not None and wishes.is_graded(turn, library.base.course):
        hint = granted.hint(library.base.cards[reading.found.hits[0].slug])
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
    tried = last is not None and last.composed is not None and granted.is_check(last.composed.pieces)
    if last is not None and last.composed is not None and tried and wishes.tries(turn, library.base.course):
        card = library.base.cards[last.composed.pieces[0].slug]
        return replace(last, text=turn, composed=granted.after_attempt(card, last.found, thread.shown), fixed=True)
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
    composed = granted.granted(wish, turn, card, base=library.base, found=found, shown=thread.shown, before=said)
    about = "" if before is None else before.about or before.text
    return Reading(turn, in_front(found, composed.cited), found.settled, Form.OPEN, composed, about=about, fixed=True)


def take_question(turn: str, thread: Thread, library: Library) -> Reading:
    """Read a question in its conversation, and compose its curated answer if a card is sure enough."""
    rest = after_switch(turn) if thread.readings else None
    topic = None if rest else thread.topic
    found = find(rest or turn, topic, thread, library)
    sure = found.settled
    form = read_form(turn, library.base.course)
    several = found_for_each(turn, library) if form not in NOT_REWORDED else {}
    answered = {part: each for part, each in several.items() if each.read and settled(each, library)}
    if answered and (len(several) > len(answered) or own_passages(answered.values())):
        composed = sections.one_each(list(answered.values()), library.base)
        left = tuple(part for part in several if part not in answered)
        return Reading(turn, in_front(found, composed.cited), min(each.settled for each in answered.values()), form, composed, left=left)
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
    return Reading(turn, found, sure, form, composed)


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


def found_for_each(turn: str, library: Library) -> dict[str, Found]:
    """Search for each of two to four questions in one message; nothing for any other number of them."""
    # A question that points back ("or is it?") belongs to the one before it.
    parts = [part for part in sentences(turn) if part.endswith(("?", "\uff1f")) and wishes.topic_words(part) and not points_back(part)]
    return {part: search(part, library) for part in parts} if len(parts) in SEVERAL else {}


def own_passages(founds: Iterable[Found]) -> bool:
    """Return whether each search has found another best passage: else the questions are one."""
    best = [(found.read[0].slug, found.read[0].name) for found in founds]
    return len(set(best)) == len(best)


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
