"""A mentor's decision in a post: a command word at its beginning, a question's number, and the words after it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.review.decisions.decide import Decision

WORDS = {
    "confirm": Decision.CONFIRM,
    "correct": Decision.CORRECT,
    "answer": Decision.ANSWER,
    "decline": Decision.DECLINE,
    "withdraw": Decision.WITHDRAW,
}
# "answer: ...", "confirm", "correct #12: ..."; a sentence that only begins with such a word is no command.
COMMAND = re.compile(
    r"\A(?P<word>confirm|correct|answer|decline|withdraw)(?:[ \t]+#?(?P<number>[0-9]{1,10}))?(?:[ \t]*:(?P<text>.*)|[ \t]*[.!]?\s*)\Z",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True)
class MentorWords:
    """A decision as it was written; no number means the question that the post replies to, or the topic's newest."""

    decision: Decision
    question_id: int | None
    text: str


def mentor_words(text: str) -> MentorWords | None:
    """Read a decision; None if the text is none.

    >>> mentor_words("Correct #12: Nobody labels it.")
    MentorWords(decision=<Decision.CORRECT: 'correct'>, question_id=12, text='Nobody labels it.')
    >>> mentor_words("Answer the quiz first, please.")
    """
    found = COMMAND.match(text.strip())
    if found is None:
        return None
    return MentorWords(WORDS[found["word"].lower()], int(found["number"]) if found["number"] else None, (found["text"] or "").strip())
