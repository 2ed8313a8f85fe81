"""The sentences in which learners read of a mentor's decision."""

from __future__ import annotations

ANSWERED = "A mentor has answered your question."
SEE_BELOW = "A mentor has answered this question: the answer is in a message of its own."
CORRECTED_HERE = "A mentor has corrected the answer to your question. Its message can't be changed any more, so this is the new text."
CORRECTED = "A mentor has corrected the answer to your question: its message now shows the new text."
CONFIRMED = "A mentor has read the answer to your question and stands behind it."
WITHDRAWN = "A mentor has withdrawn this answer: please do not rely on it."
WITHDRAWN_TOLD = "A mentor has withdrawn the answer to your question: please do not rely on it."
DECLINED = "Thank you for your question. A mentor has read it and can't answer it here, for this reason:"


def declined(reason: str) -> str:
    """Return the message that says why no mentor will answer."""
    return f"{DECLINED}\n\n{reason}"
