"""What a reply says of an answer: that it helped, or that it didn't."""

from __future__ import annotations

import re

from bot.ledger.feedback import FeedbackKind

# A longer reply says more than that, and is read as a message.
MOST_WORDS = 14
HELPED = re.compile(
    r"\b(?:(?:that|this|it) (?:really |already |has )?(?:helped|helps)|(?:that|this) was (?:very |really )?helpful"
    r"|makes sense(?: now)?|got it|i get it(?: now)?|(?:that|this|it) (?:answers|answered) (?:it|my question)"
    r"|now i (?:understand|see|get it)|(?:all )?clear now)\b",
    re.I,
)
THANKED = re.compile(r"\A(?:ok(?:ay)?[,! ]+|great[,! ]+|perfect[,! ]+)?(?:many |a lot of )?(?:thanks|thank you|thx|ty)\b", re.I)
NOT_HELPED = re.compile(
    r"\b(?:not quite|not really|(?:that|this|it) (?:didn'?t|doesn'?t|did not|does not) (?:really |quite )?help"
    r"|not (?:what i (?:asked|meant)|helpful)|(?:that|this)(?: is|'s|s) (?:wrong|not right|incorrect)"
    r"|(?:didn'?t|doesn'?t) answer my question)\b",
    re.I,
)


def said_of_answer(text: str) -> FeedbackKind | None:
    """Return what a reply to an answer says of it, None if it says nothing of that kind.

    >>> said_of_answer("Thanks, that helped!"), said_of_answer("not quite"), said_of_answer("Thanks! But who makes the labels?")
    (<FeedbackKind.UP: 'up'>, <FeedbackKind.DOWN: 'down'>, None)
    """
    if NOT_HELPED.search(text):
        return FeedbackKind.DOWN
    if "?" in text or len(text.split()) > MOST_WORDS or re.search(r"\bbut\b", text, re.I):
        return None
    return FeedbackKind.UP if HELPED.search(text) or THANKED.search(text) else None


def asks_nothing_more(text: str) -> bool:
    """Return whether a reply that says an answer didn't help says nothing else that could be answered."""
    rest = NOT_HELPED.sub("", text)
    return "?" not in text and len(rest.split()) < 6
