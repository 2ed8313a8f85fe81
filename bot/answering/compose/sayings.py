"""The sentences that Askwell says in its own name: about its own actions, never about the subject."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.door.no_question import SAID, NoQuestion, no_question
from bot.values import Kept, Status
from knowledge.reading.card import Beyond, Card
from knowledge.reading.course import Course
from knowledge.words import words

NOTHING_ASKED = "Your message reached me without a question in it. What would you like to know about the course's topics?"
TOO_LONG = "That is a lot of text: {length:,} characters, and I read up to {limit:,}. Which one question in it matters most to you?"

WELCOME_BACK = SAID[NoQuestion.THANKS]
WHAT_I_DO = "I answer questions about this course out of what its mentors wrote{about}. What would you like to know?"
THANKS = frozenset(
    """thanks thank thx ty cheers ok okay great cool nice perfect super alright yes yep ah oh lol haha got it that makes sense understood
    i see you so much a lot very appreciated helps now all clear good bye goodbye later merci gracias danke 谢谢 спасибо""".split()
)
GREETING = frozenset(
    """hi hello hey yo good morning evening afternoon day hola hallo bonjour привет 你好 there all everyone anyone anybody
    somebody someone help please bot askwell test testing ping you are here i have i've got a an quick question can explain me need some
    what who do""".split()
)

CONFUSED = frozenset(
    """i don't dont do not understand this that it makes make no sense i'm im am so lost huh what does doesn't work mean confused still
    get can could you explain again please follow didn't really at all anything about the lecture ask something why how sorry but me help
    any""".split()
)
COURSE = frozenset("course class module topic topics subject subjects".split())
ABOUT = COURSE | frozenset(
    """what what's whats which is are this the our your about does do it cover covers
    covered in of tell me can you please hi hello hey so exactly all""".split()
)

ENGLISH = "I read and answer in English."
UNDERSTOOD = "As far as I understand your message, this is what the mentors wrote about it:"
NOT_UNDERSTOOD = "I may have missed what you mean: you may ask again in English."
QUOTED_CHARS = 80
WHICH_ONE = "Which idea is it about{ideas}? Or say in a few words what is unclear."


def small_talk(text: str, course: Course, *, first: bool) -> str | None:
    """Return the reply to a message that asks nothing of the subject, else None; `first` is true for a conversation's first message.

    >>> small_talk("thanks, got it!", Course(), first=False) == WELCOME_BACK
    True
    >>> small_talk("what is this course about?", Course(about="bread"), first=False)
    'I answer questions about this course out of what its mentors wrote: bread. What would you like to know?'
    """
    kind = no_question(text)
    if kind is not None:
        return SAID[kind]
    said = set(words(text))
    if said and said <= THANKS:
        return WELCOME_BACK
    asks_about = said <= ABOUT and said & COURSE and said & {"about", "cover", "covers", "covered"}
    if asks_about or (first and said <= GREETING):
        return WHAT_I_DO.format(about=f": {course.about}" if course.about else "")
    if first and said <= CONFUSED:
        return WHICH_ONE.format(ideas=f": {either(f'**{idea.name}**' for idea in course.ideas)}" if course.ideas else "")
    return None


def either(names: Iterable[str]) -> str:
    """Join names to choose from.

    >>> either(["rye", "spelt", "wheat"])
    'rye, spelt or wheat'
    """
    all_names = list(names)
    return " or ".join([", ".join(all_names[:-1]), all_names[-1]] if len(all_names) > 1 else all_names)


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
        number = "" if hands_over.number is None else f" (number {hands_over.number})"
        lines.append(f"Your question is kept for the mentors{number}.")
    elif hands_over:
        lines.append("A mentor has been asked, and you will hear from them here.")
    else:
        lines.append("This question was not recorded, so no mentor has been asked.")
    return "\n\n".join(lines)


def nearest_shown(*, hands_over: bool | Kept) -> str:
    """Say that what follows is the nearest passage, and who will see whether it settles the question."""
    if isinstance(hands_over, Kept):
        return "This is the nearest that the mentors have written. Your question is kept for them, in case it doesn't settle it."
    if hands_over:
        return "This is the nearest that the mentors have written; I've asked one whether it settles your question."
    return "This is the nearest that the mentors have written. It may not settle your question."


def in_english(status: Status) -> str:
    """Say that messages are read and answered in English, before whatever else is said."""
    return f"{ENGLISH} {UNDERSTOOD if status is Status.ANSWERED else NOT_UNDERSTOOD}"


def left_open(questions: Sequence[str], *, hands_over: bool | Kept) -> str:
    """Name the questions of a message that no card settles, and who will look at them."""
    quoted = " and ".join(f"“{short(question)}”" for question in questions)
    if isinstance(hands_over, Kept):
        return f"I have no mentor's explanation that settles {quoted}. Your message is kept for them."
    if hands_over:
        return f"I have no mentor's explanation that settles {quoted}, so I've asked a mentor."
    return f"I have no mentor's explanation that settles {quoted}."


def short(text: str) -> str:
    """Return a text on one line, its end cut off where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= QUOTED_CHARS else f"{line[:QUOTED_CHARS]}…"


def which_card(choices: Sequence[Card]) -> str:
    """Ask the one short question that would settle a vague message."""
    if not choices:
        return "Tell me a little more: which idea of the course is it about, and what about it is unclear?"
    return f"Is it about {either(f'**{card.title}**' for card in choices)}? Name one, or add a few words, and I can answer."
