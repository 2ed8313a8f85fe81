"""Edits of a card's text, or of the topics beyond the course, at one place, with every other byte kept."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import yaml

from bot.review.promotion.answer_text import tidy
from bot.review.promotion.new_card import SENTENCES_MAX, as_short_answer, cut_answer, scalar
from knowledge.errors import Refused, UsageError
from knowledge.reading.card import Card
from knowledge.reading.card_file import parse_card
from knowledge.reading.yaml_places import front_source

# The lines around a front matter, as knowledge/reading/yaml_places.py finds them.
FENCE = re.compile(r"-{3,}[ \t]*\r?")
BY_HAND = "edit the file by hand"
# The least phrasings of a topic beyond the course: knowledge/reading/card.py.
BEYOND_MIN = 3


def with_entries(text: str, key: str, entries: Sequence[str], *, path: str) -> str:
    """Return a card's text with entries added at the end of one list of its front matter, which is made if it isn't there.

    Raises:
        Refused: the list is not written with an entry on each line.
    """
    lines = text.split("\n")
    source = front_source(plain(text))
    root = yaml.compose(source, Loader=yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    node = next((value for name, value in pairs if name.value == key), None)
    if node is None and pairs:
        end = [number for number, line in enumerate(lines) if FENCE.fullmatch(line)][1]
        ending = "\r" if lines[end].endswith("\r") else ""
        return "\n".join([*lines[:end], f"{key}:{ending}", *(f"  - {scalar(entry)}{ending}" for entry in entries), *lines[end:]])
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        raise Refused(f"{path}: '{key}' is not a list with an entry on each line: {BY_HAND}")
    last = node.value[-1]
    end = last.end_mark.line
    # A text of several lines ends at the beginning of the next node.
    if last.end_mark.column == 0 and end > last.start_mark.line:
        end -= 1
        while end > last.start_mark.line and (not lines[end].strip() or lines[end].lstrip().startswith("#")):
            end -= 1
    ending = "\r" if lines[end].endswith("\r") else ""
    indent = " " * node.start_mark.column
    return "\n".join([*lines[: end + 1], *(f"{indent}- {scalar(entry)}{ending}" for entry in entries), *lines[end + 1 :]])


def with_section(text: str, title: str, body: str, *, keep: bool, path: str) -> str:
    """Return a card's text with a section's body replaced by `body`, or with `keep` followed by it.

    Raises:
        Refused: there is no such section.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    start, end = section_lines(lines, title, path)
    said = "".join(lines[start:end])
    kept = said.rstrip() if keep else ""
    new = body.replace("\n", newline)
    gap = newline * 2
    middle = f"{kept}{gap}{new}" if keep else f"{newline}{new}"
    tail = newline + (newline if end < len(lines) else "")
    return "".join(lines[:start]) + middle + tail + "".join(lines[end:])


def with_new_section(text: str, title: str, body: str, *, after: str, path: str) -> str:
    """Return a card's text with a section of its own behind another one.

    Raises:
        Refused: there is no such other section.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    _, end = section_lines(lines, after, path)
    added = ["".join(lines[:end]).rstrip(), "", f"## {title}", "", body.replace("\n", newline), *([""] if end < len(lines) else [])]
    return newline.join([*added, "".join(lines[end:])])


def section_lines(lines: Sequence[str], title: str, path: str) -> tuple[int, int]:
    """Return the first line of a section's body, and the line of the next heading."""
    fenced = False
    start = None
    for number, line in enumerate(lines):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if line.startswith("## ") and not fenced:
            if start is not None:
                return start, number
            if line[3:].strip() == title:
                start = number + 1
    if start is None:
        raise Refused(f"{path}: there is no section '## {title}': {BY_HAND}")
    return start, len(lines)


def phrased(text: str, card: Card, question: str, *, path: str) -> str:
    """Return a card's text with a question added to its phrasings."""
    changed = with_entries(text, "asked_as", [question], path=path)
    return checked_edit(changed, card.model_copy(update={"asked_as": (*card.asked_as, question)}), path)


def amended(text: str, card: Card, answer: str, facts: Sequence[str], *, path: str) -> str:
    """Return a card's text with an answer added to its explanation, and with key facts added."""
    body = tidy(answer)
    if not body:
        raise UsageError("there is no answer to add to the card")
    if body in card.explanation:
        raise Refused(f"{path}: the explanation says this already, word for word")
    if card.explanation:
        changed = with_section(text, "Explanation", body, keep=True, path=path)
    else:
        # A card of a short answer alone gets its explanation here.
        changed = with_new_section(text, "Explanation", body, after="Short answer", path=path)
    if facts:
        changed = with_entries(changed, "key_facts", facts, path=path)
    meant = card.model_copy(update={"explanation": f"{card.explanation}\n\n{body}".strip(), "key_facts": (*card.key_facts, *facts)})
    return checked_edit(changed, meant, path)


def replaced(text: str, card: Card, answer: str, *, path: str) -> str:
    """Return a card's text with an answer as its short answer.

    Raises:
        UsageError: the answer is longer than a short answer.
    """
    parts = cut_answer(answer)
    if parts.rest or parts.code:
        raise UsageError(
            f"a short answer has {SENTENCES_MAX} sentences at most and no code, and this answer goes on: promote it as amend:{card.slug}, "
            "or shorten it first"
        )
    changed = with_section(text, "Short answer", as_short_answer([parts.short]), keep=False, path=path)
    return checked_edit(changed, card.model_copy(update={"short_answer": parts.short}), path)


def checked_edit(text: str, meant: Card, path: str) -> str:
    """Return a changed text if it parses as exactly the card that was meant.

    Raises:
        Refused: it doesn't, because of how the file or the answer is written.
    """
    card, problems = parse_card(plain(text), path=path)
    if problems:
        raise Refused("; ".join(str(problem) for problem in problems))
    if card != meant:
        raise Refused(f"{path}: the change can't be made by rule, because of how the file or the answer is written: {BY_HAND}")
    return text


def plain(text: str) -> str:
    """Return a text with Unix line ends."""
    return text.replace("\r\n", "\n")


def narrowed(text: str, topic: str, gone: Collection[str]) -> str:
    """Return the text of the topics beyond without some phrasings of one topic, or without the topic if too few would be left.

    Phrasings that are gone already are ignored, so that doing it twice does no harm.
    """
    root = yaml.compose(plain(text), Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.SequenceNode):
        return text
    lines = text.splitlines(keepends=True)
    for number, entry in enumerate(root.value):
        values = {key.value: value for key, value in entry.value}
        if values["topic"].value != topic:
            continue
        phrasings = values["asked_as"].value
        going = [node for node in phrasings if node.value in gone]
        if len(phrasings) - len(going) < BEYOND_MIN or values["asked_as"].flow_style:
            end = root.value[number + 1].start_mark.line if number + 1 < len(root.value) else len(lines)
            drop = set(range(entry.start_mark.line, end)) if going else set()
        else:
            drop = {row for node in going for row in range(node.start_mark.line, node.end_mark.line + 1)}
        kept = "".join(line for row, line in enumerate(lines) if row not in drop)
        # An empty list is written out, since an empty file would read as no list at all.
        return kept if re.search(r"^- ", kept, re.MULTILINE) else f"{kept}[]\n"
    return text
