"""A model's draft is cut into sentences that can be judged one by one, and those that pass are joined again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.search.query import clean
from knowledge.sentences import sentences

# A draft of more sentences has lost its way; the rest of it is not read.
MOST_SENTENCES = 24
CITATION = re.compile(r"\s*\[\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*\]")
# In code a number in brackets is an index.
CODE_OR_CITATION = re.compile(rf"(?P<code>`[^`]*`)|{CITATION.pattern}")
# A citation right after a sentence's full stop belongs to that sentence.
BEHIND = re.compile(r"([.!?。？！]['\")]?)((?:\s*\[\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*\])+)")
FENCE = re.compile(r"^\s*(?:```|~~~)")
LIST_MARK = re.compile(r"^(\s*(?:[-*+•]|\d{1,2}[.)])\s+)(?=\S)")
HEADING = re.compile(r"^\s*#{1,6}\s+")
# A line that only names what comes next says nothing that could be false.
LABEL = re.compile(r"^\W*[\w ]{1,30}:\W*$")
# HTML tags, which show nothing; other words in angle brackets are shown.
TAG = r"</?(?:b|br|code|em|i|p|strong|sub|sup|u)\s*/?>"


@dataclass(frozen=True)
class Sentence:
    """One sentence of a draft: `text` without its citations, `cites` the numbers of the notes that it names, `block` its line.

    `mark` is the list mark of the line, if it has one. A block of `code` is one sentence, its fences included.
    """

    text: str
    cites: tuple[int, ...]
    block: int
    mark: str = ""
    code: bool = False


def read_draft(draft: str) -> list[Sentence]:
    """Cut a draft into sentences, in their order; headings, labels and repeated sentences are left out.

    >>> [(s.text, s.cites) for s in read_draft("MLM is self-supervised. [1] **No** annotator writes the labels [1, 2].")]
    [('MLM is self-supervised.', (1,)), ('**No** annotator writes the labels.', (1, 2))]
    """
    found: list[Sentence] = []
    seen: set[str] = set()
    fenced: list[str] = []
    for block, line in enumerate(clean(draft).splitlines()):
        if fenced or FENCE.match(line):
            fenced.append(line)
            if len(fenced) > 1 and FENCE.match(line):
                found.append(Sentence("\n".join(fenced), (), block, code=True))
                fenced = []
            continue
        if not line.strip() or HEADING.match(line) or LABEL.match(line):
            continue
        mark = LIST_MARK.match(line)
        rest = line[mark.end() :] if mark else line
        for text in sentences(BEHIND.sub(closed_up, rest)):
            bare, cites = without_citations(text)
            key = plain(bare).lower()
            if not re.search(r"\w", bare) or key in seen:
                continue
            seen.add(key)
            found.append(Sentence(bare, cites, block, mark.group(1) if mark else ""))
    return found[:MOST_SENTENCES]


def without_citations(text: str) -> tuple[str, tuple[int, ...]]:
    """Return a sentence without its citations, and their numbers.

    >>> without_citations("The loss skips `labels[0]` [1, 2].")
    ('The loss skips `labels[0]`.', (1, 2))
    """
    cites: list[int] = []

    def cut(found: re.Match[str]) -> str:
        if found["code"]:
            return found["code"]
        cites.extend(int(number) for number in re.findall(r"\d+", found.group()))
        return ""

    return CODE_OR_CITATION.sub(cut, text).strip(), tuple(cites)


def closed_up(match: re.Match[str]) -> str:
    """Move citations from behind a full stop to before it."""
    return f" {match.group(2).strip()}{match.group(1)}"


def put_together(kept: Iterable[Sentence], numbers: Sequence[tuple[int, ...]]) -> str:
    """Join sentences as Markdown again, each with the numbers of the cards that support it.

    Shapes: numbers one per sentence, in their order.
    """
    lines: dict[int, list[str]] = {}
    marks: dict[int, str] = {}
    for sentence, cited in zip(kept, numbers, strict=True):
        lines.setdefault(sentence.block, []).append(with_citation(sentence.text, cited))
        marks.setdefault(sentence.block, sentence.mark)
    text = ""
    listed = False
    for block, parts in lines.items():
        gap = "\n" if listed and marks[block] else "\n\n"
        text += (gap if text else "") + marks[block] + " ".join(parts)
        listed = bool(marks[block])
    return text


def with_citation(text: str, cited: tuple[int, ...]) -> str:
    """Put citations before a sentence's full stop.

    >>> with_citation("Nobody labels it.", (1,))
    'Nobody labels it [1].'
    """
    if not cited:
        return text
    shown = " ".join(f"[{number}]" for number in cited)
    end = re.search(r"[.!?…。？！]['\")*_」』”’）]*$", text)
    return f"{text} {shown}" if end is None else f"{text[: end.start()]} {shown}{text[end.start() :]}"


def plain(text: str) -> str:
    """Return a sentence without Markdown's marks, its apostrophes straight; the words between marks stay, since they are shown.

    >>> plain("**No** weight is `changed`, <and> none is added.")
    'No weight is changed, and none is added.'
    """
    bare = re.sub(rf"{TAG}|[*_`|~<>]", " ", text.replace("’", "'"))
    return re.sub(r"\s+([.,;:]|$)", r"\1", re.sub(r"\s+", " ", bare)).strip()
