"""The line or two that tells a learner what a mentor changed in an answer."""

from __future__ import annotations

from difflib import SequenceMatcher

from index.store.passages import prose
from knowledge.sentences import sentences

REPLACED = "A mentor has replaced this answer."
REWORDED = "A mentor has changed this answer."
LAID_OUT = "A mentor has changed how this answer is laid out; its words are the same."
# The longest line that quotes removed or added sentences.
MAX_SHOWN_CHARS = 220


def change_note(before: str, after: str) -> str:
    """Return which sentences were taken out and added, or that the answer is another one altogether.

    >>> print(change_note("Labels are given. Cats bark.", "Labels are given. Cats meow."))
    Taken out: “Cats bark.”
    Added: “Cats meow.”
    """
    if "||" in before or "||" in after:
        # The note must not give away what is under a spoiler.
        return REWORDED
    old, new = sentences_of(before), sentences_of(after)
    blocks = SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
    gone = [sentence for tag, start, end, _, _ in blocks if tag != "equal" for sentence in old[start:end]]
    come = [sentence for tag, _, _, start, end in blocks if tag != "equal" for sentence in new[start:end]]
    if not gone and not come:
        return LAID_OUT
    if (len(old) - len(gone)) * 2 < len(old):
        return REPLACED
    lines = [f"{word}: {quoted(each)}" for word, each in (("Taken out", gone), ("Added", come)) if each]
    return "\n".join(lines)


def sentences_of(markdown: str) -> list[str]:
    """Return the sentences of an answer without Markdown's marks."""
    return [sentence for paragraph in markdown.split("\n\n") for sentence in sentences(prose(paragraph))]


def quoted(found: list[str]) -> str:
    """Return sentences quoted in one line, cut if it's too long."""
    line = " ".join(found)
    return f"“{line}”" if len(line) <= MAX_SHOWN_CHARS else f"“{line[: MAX_SHOWN_CHARS - 1].rstrip()}…”"
