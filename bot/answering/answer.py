"""The one function that turns a question in its conversation into an answer, the same on every platform."""

from __future__ import annotations

from collections.abc import Callable

from bot.answering.compose.decline_or_ask_back import (
    NOTHING_ASKED,
    TOO_LONG,
    handed_over,
    in_english,
    left_open,
    nearest_shown,
    which_card,
    with_open_question,
)
from bot.answering.explain import Explanation, evidence, explain
from bot.answering.message import wishes
from bot.answering.message.conversation import Reading
from bot.answering.message.find_passages import SHOWN_CARDS, is_course_matter
from bot.answering.message.read_turn import MAX_CHARS, NOT_REWORDED, SHORT, read
from bot.door import care, course_matter, wants_person
from bot.door.language import is_another_language
from bot.door.talk.small_talk import small_talk
from bot.values import Answer, CleanText, Composer, FoundCard, Question, Status
from index.search.library import Found, Library
from knowledge.reading.card import Beyond, Card
from knowledge.words import stems

# A card whose best passage is less alike than this is not worth naming to a learner whose question is handed over.
NAMED_FROM = 0.4

Lap = Callable[[str], None]


def no_lap(_: str) -> None:
    """Time nothing."""


def answer(question: Question, library: Library, lap: Lap = no_lap) -> Answer:
    """Answer the last turn of a question in its conversation.

    `lap` is called with the name of each stage when it is over, so that a caller with a clock can time it.
    """
    turns = question.turns
    last = turns[-1] if turns else CleanText("")
    if not last:
        return asked_back(last, NOTHING_ASKED)
    course = library.base.course
    concern = care.settled(care.heard(last, course), question.meant)
    if concern is not None and concern.needs_a_person:
        return care.to_a_person(last, concern, hands_over=question.hands_over, help_lines=question.help_lines)
    if len(last) > MAX_CHARS:
        return asked_back(last[:200] + "…", TOO_LONG.format(length=len(last), limit=MAX_CHARS))
    idle = None if wishes.is_about_before(turns) else small_talk(last, course, first=len(turns) == 1)
    if idle is not None:
        return asked_back(last, idle)
    if wants_person.is_wanted(last, course):
        return wants_person.to_a_person(last, hands_over=question.hands_over)
    if is_course_matter(last, library):
        return course_matter.to_a_mentor(last, hands_over=question.hands_over)
    if concern is not None:
        turns = (*turns[:-1], care.question_beside(last, course))
    reading = read(turns, library, hints_first=question.hints_first)
    lap("search")
    result = respond(question, reading, library).model_copy(update={"question": turns[-1]})
    if is_another_language(last):
        result = result.model_copy(update={"answer": f"{in_english(result.status)}\n\n{result.answer}"})
    if concern is not None:
        result = care.kindly(result, concern, last, hands_over=question.hands_over).model_copy(update={"pieces": ()})
    lap("compose")
    found = {"vector": reading.found.vectors[0].astype("<f4").tobytes(), "evidence": evidence(reading.found, library)}
    return result.model_copy(update=found)


def explained(question: Question, library: Library) -> Explanation:
    """Explain how the last turn of a question was read, what was found for it and how sure that is."""
    reading = read(question.turns, library)
    return explain(library, reading.found, reading.form.value)


def respond(question: Question, reading: Reading, library: Library) -> Answer:
    """Turn a reading into the answer object: answered, asked back or handed over."""
    cards = found_cards(reading, library)
    sure = round(reading.sure, 4)
    if reading.composed is not None:
        text = reading.composed.text
        if reading.left:
            text = f"{text}\n\n{left_open(reading.left, hands_over=question.hands_over)}"
        elif reading.unsure:
            text = with_open_question(text, reading.unsure)
        return Answer(
            question=reading.text,
            status=Status.NEAR if reading.left else Status.ANSWERED,
            answer=text,
            composer=Composer.CURATED,
            confidence=sure,
            cards=cards,
            cited=reading.composed.cited,
            pieces=() if reading.form in NOT_REWORDED or reading.fixed or reading.left else reading.composed.pieces,
        )
    if reading.asks:
        return asked_back(reading.text, reading.asks, sure, cards)
    if reading.near is not None:
        text = f"{nearest_shown(hands_over=question.hands_over)}\n\n{reading.near.text}"
        pieces = () if reading.form in NOT_REWORDED else reading.near.pieces
        near = Answer(question=reading.text, status=Status.NEAR, answer=text, confidence=sure, cards=cards, cited=reading.near.cited)
        return near.model_copy(update={"pieces": pieces})
    choices = vague_choices(reading, library)
    if choices is not None:
        return asked_back(reading.text, which_card(choices), sure, cards)
    nearest = [library.base.cards[hit.slug] for hit in reading.found.hits[:2] if hit.nearest >= NAMED_FROM]
    beyond = beyond_topic(reading.found, library)
    text = handed_over(nearest, beyond, hands_over=question.hands_over)
    checks = () if beyond is None else ({"check": "beyond", "topic": beyond.topic},)
    return Answer(question=reading.text, status=Status.HANDED_OVER, answer=text, confidence=sure, cards=cards, checks=checks)


def found_cards(reading: Reading, library: Library) -> tuple[FoundCard, ...]:
    """Return the best cards, each with the chance that its best passage settles the question."""
    return tuple(
        FoundCard(slug=hit.slug, title=library.base.cards[hit.slug].title, score=round(min(hit.score, 1.0), 4))
        for hit in reading.found.hits[:SHOWN_CARDS]
    )


def vague_choices(reading: Reading, library: Library) -> list[Card] | None:
    """Return the cards to choose from when a message is too vague, else None; the list is empty if no card is near."""
    if not wishes.topic_words(reading.text):
        return []
    if not reading.found.settled:
        return None
    if len(stems(reading.text)) > SHORT:
        return None
    if reading.found.known_share < 0.5 or not reading.found.hits:
        return None
    if reading.found.beyond and reading.found.beyond[1] > reading.found.hits[0].named()["phrasing"]:
        return None
    return [library.base.cards[hit.slug] for hit in reading.found.hits[:3]]


def beyond_topic(found: Found, library: Library) -> Beyond | None:
    """Return the topic beyond the course that the question is nearer to than to any card, if there is one."""
    if found.beyond is None or not found.hits:
        return None
    name, cosine = found.beyond
    if cosine < 0.5 or cosine < found.hits[0].named()["phrasing"]:
        return None
    return next((topic for topic in library.base.beyond if topic.topic == name), None)


def asked_back(question: str, text: str, sure: float = 0.0, cards: tuple[FoundCard, ...] = ()) -> Answer:
    """Return an answer that asks the learner one thing."""
    return Answer(question=question, status=Status.ASKED_BACK, answer=text, confidence=sure, cards=cards)
