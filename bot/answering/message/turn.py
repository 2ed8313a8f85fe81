"""How a turn is understood in its conversation: what was found for it, how sure that is, and what the cards have to show for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.answering.compose import sayings, sections
from bot.answering.message import wishes
from bot.answering.message.form import Form, read_form
from bot.answering.quiz import blanks, quiz_item
from bot.answering.statements.false_premises import false_premise
from bot.answering.thread import after_switch, leaning, own_words
from bot.door import care, person
from index.search.blending import blend
from index.search.confidence import Confidence, confidence, shares
from index.search.library import Found, Library
from knowledge.reading.card import Slug
from knowledge.words import stems

# A turn is read up to here; a last one that is longer is not answered.
MAX_CHARS = 8_000
SHOWN_CARDS = 5
# A message of this many content words is a name more than a question; see names_a_card.
SHORT = 2
NAMED_SHARE = 0.5
# A turn that leans no more than this is searched alone.
STANDS = 0.3
# One that leans this much says nothing by itself.
SAYS_LITTLE = 0.7
# A turn with words of its own that is less likely in scope than this is not about the topic; chosen on fit/dialogues.jsonl.
# Where all its words are the course's ("and for BERT?"), it has to be surer.
ELSEWHERE = 0.05
CERTAINLY_ELSEWHERE = 0.01
NAMED_NEAR = 0.6
# Nothing leans on a turn that is less likely than this to be about the course.
OFF_TOPIC = 0.2
# Answers of these forms stand or fall with one word, which is not left to a model.
NOT_REWORDED = frozenset({Form.BLANK, Form.QUIZ})


@dataclass(frozen=True)
class Reading:
    """One turn as it was understood: what was found for it, how sure, and what was shown for it.

    `about` is the earlier message that a wish such as "simpler" goes back to, `asks` what is asked back, `withheld` the explanation that
    a hint stands in for; what is `fixed` is shown as it stands, whatever models there are.
    """

    text: str
    found: Found
    sure: Confidence
    form: Form
    composed: sections.Composed | None = None
    about: str = ""
    asks: str = ""
    withheld: sections.Composed | None = None
    fixed: bool = False


@dataclass
class Thread:
    """What the conversation has come to so far; rebuilt from its turns, so that no state is kept elsewhere."""

    readings: list[Reading] = field(default_factory=list)

    @property
    def topic(self) -> Slug | None:
        """Return the card that was talked about last."""
        return next((r.found.hits[0].slug for r in reversed(self.readings) if r.composed is not None), None)

    @property
    def shown(self) -> frozenset[tuple[Slug, str]]:
        """Return the pieces of cards that the learner has read in this conversation."""
        return frozenset(piece.key for reading in self.readings if reading.composed for piece in reading.composed.pieces)


def read(turns: list[str], library: Library, *, hints_first: bool = False) -> Reading:
    """Read a conversation turn by turn, and return how its last turn is understood."""
    return take(turns[-1][:MAX_CHARS], thread_of(turns[:-1], library, hints_first=hints_first), library, hints_first=hints_first)


def thread_of(turns: Sequence[str], library: Library, *, hints_first: bool = False) -> Thread:
    """Return what a conversation has come to; small talk, and what went to a person instead of being answered, is no part of it."""
    thread = Thread()
    for number, turn in enumerate(turns):
        idle = sayings.small_talk(turn, first=not thread.readings) is not None and not wishes.tries_yes_or_no(turns[: number + 1])
        if turn and not idle and not care.was_for_a_person(turn) and not person.is_wanted(turn):
            thread.readings.append(take(turn[:MAX_CHARS], thread, library, hints_first=hints_first))
    return thread


def take(turn: str, thread: Thread, library: Library, *, hints_first: bool = False) -> Reading:
    """Read one turn in its conversation: a wish about what stands before it, or a question."""
    wished = take_wish(turn, thread, library)
    if wished is not None:
        return wished
    reading = take_question(turn, thread, library)
    if hints_first and reading.composed is not None and wishes.is_graded(turn):
        hint = wishes.hint(library.base.cards[reading.found.hits[0].slug])
        return replace(reading, composed=hint, withheld=reading.composed, fixed=True)
    return reading


def take_wish(turn: str, thread: Thread, library: Library) -> Reading | None:
    """Read a turn that wants something done with the explanation before it, or that tries a question of ours; None if it does neither."""
    last = thread.readings[-1] if thread.readings else None
    if last is not None and last.withheld is not None and wishes.wants_shown(turn):
        return replace(last, text=turn, composed=last.withheld, about=last.text, withheld=None, fixed=False)
    if last is not None and last.composed is not None and wishes.is_check(last.composed.pieces) and wishes.tries(turn):
        card = library.base.cards[last.composed.pieces[0].slug]
        return replace(last, text=turn, composed=wishes.after_attempt(card, last.found, thread.shown), fixed=True)
    wish = wishes.wish_of(turn)
    if wish is None:
        return None
    found = library.search(wishes.topic_of(turn) or turn)
    sure = confidence(found, library.fitted)
    before = next((each for each in reversed(thread.readings) if each.composed is not None), None)
    if wishes.topic_words(turn):
        if not found.hits or (sure.in_scope < library.fitted.threshold and not names_a_card(wishes.topic_of(turn), found, library)):
            return None
    elif before is None or before.composed is None:
        return Reading(turn, found, sure, Form.OPEN, asks=wishes.OF_WHAT[wish])
    else:
        found, sure = replace(before.found, query=found.query, vectors=found.vectors), before.sure
    said = before.composed.text if before is not None and before.composed is not None else ""
    card = library.base.cards[found.hits[0].slug]
    composed = wishes.fulfilled(wish, turn, card, base=library.base, found=found, shown=thread.shown, before=said)
    about = "" if before is None or wishes.topic_words(turn) else before.about or before.text
    return Reading(turn, in_front(found, composed.cited), sure, Form.OPEN, composed, about=about, fixed=True)


def take_question(turn: str, thread: Thread, library: Library) -> Reading:
    """Read a question in its conversation, and put its curated answer together if its card is sure enough."""
    rest = after_switch(turn) if thread.readings else None
    topic = None if rest else thread.topic
    found = find(rest or turn, topic, thread, library)
    sure = confidence(found, library.fitted)
    form = read_form(turn)
    if not found.hits or not (sure.in_scope >= library.fitted.threshold or names_a_card(turn, found, library)):
        several = asked_together(turn, library)
        if several is None:
            return Reading(turn, found, sure, form)
        return Reading(turn, in_front(found, [each.hits[0].slug for each in several]), sure, form, sections.both(several, library.base))
    if form is Form.BLANK or blanks.has_picks(turn):
        filled = blanks.fill(turn, found, library)
        if filled is not None:
            return Reading(turn, in_front(found, filled.cited), sure, Form.BLANK, filled)
    bare = topic == found.hits[0].slug and leaning(turn) >= SAYS_LITTLE
    premise = None if form in NOT_REWORDED else false_premise(turn, library)
    composed = sections.compose(form, found, library.base, thread.shown, earlier=topic, in_order=bare, premise=premise)
    if form is Form.QUIZ:
        composed = quiz_item.settled_item(turn, composed, library)
    below = [slug for slug in composed.cited if slug not in {hit.slug for hit in found.hits[:SHOWN_CARDS]}]
    if below:
        found = in_front(found, [found.hits[0].slug, *below])
    return Reading(turn, found, sure, form, composed)


def asked_together(turn: str, library: Library) -> list[Found] | None:
    """Return what is found for each of two or three questions in one message, if each by itself is sure enough."""
    asked = [part for part in re.split(r"\?\s+|;|\band\b", turn) if stems(part)]
    if len(asked) not in range(2, 4):
        return None
    founds = [library.search(part) for part in asked]
    for part, found in zip(asked, founds, strict=True):
        sure = confidence(found, library.fitted)
        if not found.hits or not (sure.in_scope >= library.fitted.threshold or names_a_card(part, found, library)):
            return None
    return founds if len({found.hits[0].slug for found in founds}) == len(founds) else None


def in_front(found: Found, slugs: Sequence[Slug]) -> Found:
    """Return a search with some cards moved to its front, so that all that an answer cites stands among what was retrieved."""
    top = found.hits[0].score
    moved = [hit._replace(score=top + len(slugs) - slugs.index(hit.slug)) if hit.slug in slugs else hit for hit in found.hits]
    return replace(found, hits=sorted(moved, key=lambda hit: -hit.score))


def names_a_card(turn: str, found: Found, library: Library) -> bool:
    """Say whether a message of a word or two does nothing but name one card's concept: all its words are the course's, one card leads."""
    if not 0 < len(set(stems(turn))) <= SHORT or found.known_share < 1.0:
        return False
    share = shares(found, library.fitted.temperature)
    nearer = found.beyond is None or found.beyond[1] <= found.hits[0].nearest
    return share[0] >= NAMED_SHARE and nearer and found.hits[0].nearest >= NAMED_NEAR


def find(turn: str, topic: Slug | None, thread: Thread, library: Library) -> Found:
    """Search for a turn, alone or together with what it leans on."""
    alone = library.search(turn)
    if topic is None:
        return alone
    lean = leaning(turn)
    # Small words don't make talk of the bus a follow-up: what by its own words is about something else altogether stands alone.
    limit = ELSEWHERE if alone.known_share < 1.0 else CERTAINLY_ELSEWHERE
    elsewhere = bool(own_words(turn)) and confidence(alone, library.fitted).in_scope < limit
    if lean <= STANDS or elsewhere:
        return alone
    # Not always the turn before: talk of something else altogether in between is passed over.
    before = next(
        each.about or each.text for each in reversed(thread.readings) if each.composed is not None or each.sure.in_scope >= OFF_TOPIC
    )
    joint = library.search(f"{before} {turn}")
    found = blend(alone, joint, topic, lean, library.base)
    # "Show me an example" names nothing else that it could be an example of.
    return in_front(found, [topic]) if read_form(turn) is Form.EXAMPLE and not own_words(turn) else found
