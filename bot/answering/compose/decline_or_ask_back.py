"""The sentences in which Askwell declines, names what is nearest or left open, or asks back; never about the subject."""

from __future__ import annotations

from collections.abc import Sequence

from bot.answering.compose.sections import MAX_WORDS
from bot.door.talk.small_talk import either
from bot.values import Answer, Kept, Status
from knowledge.reading.card import Beyond, Card
from knowledge.short_line import short_line

NOTHING_ASKED = "Your message reached me without a question in it. What would you like to know about the course's topics?"
TOO_LONG = "That is a lot of text: {length:,} characters, and I read up to {limit:,}. Which one question in it matters most to you?"

ENGLISH = "I read and answer in English."
NEAREST = "This is the nearest that the mentors have written"
# Several questions can be answered as one.
ASK_ALONE = "*If this leaves “{question}” open, ask it alone.*"
LEFT_OPEN = "I have no mentor's explanation that settles"
# The paragraphs beside the nearest passage begin so.
NOT_PASSAGE = (NEAREST, LEFT_OPEN, ENGLISH)
UNDERSTOOD = "As far as I understand your message, this is what the mentors wrote about it:"
NOT_UNDERSTOOD = "I may have missed what you mean: you may ask again in English."
QUOTED_CHARS = 80


def handed_over(nearest: Sequence[Card], beyond: Beyond | None, *, hands_over: bool | Kept) -> str:
    """Tell the learner that no card settles the question, what the nearest cards cover, and who will look at it."""
    lines = ["I have no mentor's explanation that settles this, so I won't guess."]
    if beyond is not None:
        pointer = f" {beyond.pointer}" if beyond.pointer else ""
        lines.append(f"It sounds like *{beyond.topic}*, which this course's explanations do not cover.{pointer}")
    if nearest:
        titles = " and ".join(f"**{card.title}**" for card in nearest[:2])
        lines.append(f"The nearest that I have: {titles}. They do not answer what you asked, as far as I can tell.")
    if isinstance(hands_over, Kept):
        lines.append(f"Your question is kept for the mentors{hands_over.in_brackets}.")
    elif hands_over:
        lines.append("A mentor has been asked, and you will hear from them here.")
    else:
        lines.append("This question was not recorded, so no mentor has been asked.")
    return "\n\n".join(lines)


def nearest_shown(*, hands_over: bool | Kept) -> str:
    """Say that what follows is the nearest passage, and who will see whether it settles the question."""
    if isinstance(hands_over, Kept):
        return f"{NEAREST}. Your question is kept for them{hands_over.in_brackets}, in case it doesn't settle it."
    if hands_over:
        return f"{NEAREST}; I've asked one whether it settles your question."
    return f"{NEAREST}. It may not settle your question."


def without_passage(near: Answer, *, hands_over: bool | Kept) -> Answer:
    """Return an answer that shows a nearest passage without it: a mentor said that it doesn't settle this question."""
    said = [part for part in near.answer.split("\n\n")[:1] if part.startswith(ENGLISH)]
    text = "\n\n".join([*said, handed_over((), None, hands_over=hands_over)])
    return near.model_copy(update={"status": Status.HANDED_OVER, "answer": text, "cited": (), "pieces": ()})


def in_english(status: Status) -> str:
    """Say that messages are read and answered in English, before whatever else is said."""
    return f"{ENGLISH} {UNDERSTOOD if status is Status.ANSWERED else NOT_UNDERSTOOD}"


def left_open(questions: Sequence[str], *, hands_over: bool | Kept) -> str:
    """Name the questions of a message that no card settles, and who will look at them."""
    quoted = " and ".join(f"“{short_line(question, QUOTED_CHARS)}”" for question in questions)
    if isinstance(hands_over, Kept):
        return f"{LEFT_OPEN} {quoted}. Your message is kept for them{hands_over.in_brackets}."
    if hands_over:
        return f"{LEFT_OPEN} {quoted}, so I've asked a mentor."
    return f"{LEFT_OPEN} {quoted}."


def with_open_question(text: str, question: str) -> str:
    """Return an answer with a line that names the question it may leave open, if a chat's reader would still read so much."""
    line = ASK_ALONE.format(question=short_line(question, QUOTED_CHARS))
    return f"{text}\n\n{line}" if len(f"{text} {line}".split()) <= MAX_WORDS else text


def which_card(choices: Sequence[Card]) -> str:
    """Ask the one short question that would settle a vague message."""
    if not choices:
        return "Tell me a little more: which idea of the course is it about, and what about it is unclear?"
    return f"Is it about {either(f'**{card.title}**' for card in choices)}? Name one, or add a few words, and I can answer."
