"""The sentences that Askwell says in its own name: never about the subject, only about what it does."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.model import Beyond, Card

NOTHING_ASKED = "Your message reached me without a question in it. What would you like to know about the course's topics?"
TOO_LONG = "That is a lot of text: {length:,} characters, and I read up to {limit:,}. Which one question in it matters most to you?"

WELCOME_BACK = "You're welcome. If something stays unclear, ask on."
WHAT_I_DO = (
    "I answer questions about this course out of what its mentors wrote: supervised and self-supervised training, where labels "
    "come from, pretraining, fine-tuning, in-context learning and how they are evaluated. What would you like to know?"
)
THANKS = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|great|cool|nice|perfect|super|alright|yes|yep|ah|oh|lol|haha|got it|makes sense|understood|i see|thanks?"
    r"|thank you|thx|ty|cheers|much appreciated|so much|a lot|very much|you|that helps?|now|all clear|good|bye|goodbye|see you|merci|gracias"
    r"|danke|谢谢|спасибо)\b\W*)+$",
    re.IGNORECASE,
)
GREETING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|yo|good (?:morning|evening|afternoon|day)|hola|hallo|bonjour|привет|你好|there|all|everyone"
    r"|anyone|anybody|somebody"
    r"|help|please|bot|askwell|test|testing|ping|you there|are you|here|i have|i've got|got|a|an|quick|question|can (?:someone|anyone|you)"
    r"|someone|explain|me|i need|i|need|some|what can you do|who are you|what are you|what)\b\W*)*$",
    re.IGNORECASE,
)


def small_talk(text: str) -> str | None:
    """Return what to say to a message that asks nothing, else None.

    >>> small_talk("thanks, got it!") == WELCOME_BACK
    True
    """
    if THANKS.match(text):
        return WELCOME_BACK
    if GREETING.match(text):
        return WHAT_I_DO
    return None


def handed_over(nearest: Sequence[Card], beyond: Beyond | None, *, hands_over: bool) -> str:
    """Say that no card settles the question, what the nearest ones cover, and who will look at it."""
    lines = ["I have no mentor's explanation that settles this, so I won't guess."]
    if beyond is not None:
        pointer = f" {beyond.pointer}" if beyond.pointer else ""
        lines.append(f"It sounds like *{beyond.topic}*, which this course's explanations do not cover.{pointer}")
    elif nearest:
        titles = " and ".join(f"**{card.title}**" for card in nearest[:2])
        lines.append(f"The nearest that I have: {titles}. They do not answer what you asked, as far as I can tell.")
    lines.append(
        "A mentor has been asked, and you will hear from them here."
        if hands_over
        else "This question was not recorded, so no mentor has been asked."
    )
    return "\n\n".join(lines)


def asked_back(choices: Sequence[Card]) -> str:
    """Ask the one short question that would settle a vague message."""
    if not choices:
        return "Tell me a little more: which idea of the course is it about, and what about it is unclear?"
    named = [f"**{card.title}**" for card in choices]
    offer = f"{', '.join(named[:-1])} or {named[-1]}" if len(named) > 1 else named[0]
    return f"Is it about {offer}? Name one, or add a few words, and I can answer."
