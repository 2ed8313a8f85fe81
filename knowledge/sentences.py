"""Texts cut into sentences."""

from __future__ import annotations

import re

# Quotes, brackets, Markdown's marks and citations such as [1] behind a stop belong to the sentence before it.
CLOSERS = r"(?:[\"'”’»)\]*_]|[ \t]*\[\d{1,3}(?:[,;][ \t]*\d{1,3})*\])*"
STOP = re.compile(rf"(?P<stop>[.!?]+|…){CLOSERS}(?=\s|\Z)|[。？！][」』”’）)*_]*")
CODE = re.compile(r"`[^`\n]+`")
WORD_BEFORE = re.compile(r"[^\W_][\w.]*\Z")
# A point behind these ends no sentence, whatever follows; "et al" is one for its last word.
NEVER_LAST = frozenset({"e.g", "i.e", "cf", "vs", "fig", "figs", "eq", "sec", "ch", "approx", "resp", "dr", "prof", "mr", "mrs", "al"})
# A point behind the first ends a sentence unless a small letter follows, behind the second unless a figure does.
BEFORE_SMALL, BEFORE_FIGURE = frozenset({"etc", "ca"}), frozenset({"no", "nos", "p", "pp"})
# A list's counter is no sentence.
COUNTER = re.compile(r"\W*(?:\d{1,2}|[A-Za-z])\Z")


def sentences(text: str) -> list[str]:
    """Cut a text into its sentences and lines.

    An abbreviation's point, one within a number, a name or code, and one behind a list's counter end nothing.

    >>> sentences("Is GPT-3.5 pretrained, e.g. on text? Yes.\\nSo `a. b` is code")
    ['Is GPT-3.5 pretrained, e.g. on text?', 'Yes.', 'So `a. b` is code']
    """
    found: list[str] = []
    for line in text.split("\n"):
        start = 0
        for end in (*sentence_ends(line), len(line)):
            found.append(line[start:end].strip())
            start = end
    return [sentence for sentence in found if sentence]


def sentence_ends(text: str) -> list[int]:
    """Return the places just behind each sentence's stop; a text that stops in the middle of a sentence has none at its end.

    >>> sentence_ends("Yes. It has, e.g. 3.5")
    [4]
    """
    code = [match.span() for match in CODE.finditer(text)]
    ends: list[int] = []
    for match in STOP.finditer(text):
        if not any(start <= match.start() < end for start, end in code) and ends_here(text, ends[-1] if ends else 0, match):
            ends.append(match.end())
    return ends


def ends_here(text: str, start: int, stop: re.Match[str]) -> bool:
    """Return whether a stop ends the sentence that began at `start`."""
    if stop["stop"] is None:
        return True
    before, rest = text[start : stop.start()], text[stop.end() :].lstrip()
    if stop["stop"] == "…":
        return not rest or rest[0].isupper()
    if stop["stop"] != ".":
        return True
    word = WORD_BEFORE.search(before)
    last = word.group().lower() if word else ""
    if last in NEVER_LAST or (last in BEFORE_FIGURE and rest[:1].isdigit()):
        return not rest
    if last in BEFORE_SMALL:
        return not rest[:1].islower()
    return not (COUNTER.fullmatch(before.rpartition("\n")[2]) and rest)
