"""Splitting of long Markdown into messages within Discord's limit, with code blocks and spoilers kept closed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Source: Discord's API, resource "message", create message: content holds up to 2000 characters.
MAX_CHARACTERS = 2000

# Discord ends a code block at the next three backticks, wherever they are. One that never ends is closed below.
FENCE = r"[ \t]*```[^`\n]*\n(?s:.*?)(?:```|\Z)"
INLINE_CODE = r"`[^`\n]+`"
SPOILER = rf"\|\|(?>{FENCE}|{INLINE_CODE}|(?!\|\|)(?s:.))++\|\|"
LINK = r"\[[^\]\n]*\]\(<?[^)\s]+>?\)|<https?://[^>\s]+>"
MARKED = re.compile(rf"(?P<fence>{FENCE})|(?P<spoiler>{SPOILER})|(?P<code>{INLINE_CODE})|(?P<link>{LINK})")
OPENING_LINE = re.compile(r"[ \t]*```[^`\n]*\n")
CLOSING_LINE = re.compile(r"\n?[ \t]*```\Z")
PARAGRAPH_END = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)*")
SENTENCE_END = re.compile(r"(?<=[.!?:;])[ \t]+|\n")
WORD_END = re.compile(r"\s+")


@dataclass(frozen=True)
class Block:
    """A paragraph or a code block: its atoms (plain text or one marked span each), and the gap before it."""

    atoms: tuple[tuple[str, str], ...]
    gap: str

    @property
    def text(self) -> str:
        """Return the block's text."""
        return "".join(text for _, text in self.atoms)


def length(text: str) -> int:
    """Count as the stricter of Discord's clients does, in UTF-16 units, so that an emoji is two."""
    return len(text) + sum(character > "\uffff" for character in text)


def split(text: str, limit: int = MAX_CHARACTERS) -> list[str]:
    """Cut a text at paragraphs into parts of at most `limit`; a paragraph is cut only if it's longer than a part.

    >>> split("One.\\n\\nTwo.\\n\\nThree.", 12)
    ['One.\\n\\nTwo.', 'Three.']
    >>> split("```py\\na = 1\\nb = 2\\n```", 18)
    ['```py\\na = 1\\n```', '```py\\nb = 2\\n```']
    >>> split("||one two||", 8)
    ['||one||', '||two||']
    """
    parts: list[str] = []
    for block in blocks(text):
        joined = f"{parts[-1]}{block.gap}{block.text}" if parts else block.text
        if parts and length(joined) <= limit:
            parts[-1] = joined
        else:
            parts.extend([block.text] if length(block.text) <= limit else cut(block, limit))
    return parts


def blocks(text: str) -> Iterator[Block]:
    """Read paragraphs and code blocks; a spoiler over several paragraphs belongs to one block."""
    atoms: list[tuple[str, str]] = []
    gap = ""
    for kind, span in spans(text):
        if kind == "plain":
            before, *others = PARAGRAPH_END.split(span)
            atoms += [("plain", before)] if before else []
            for paragraph in others:
                yield from finished(atoms, gap)
                atoms, gap = [("plain", paragraph)] if paragraph else [], "\n\n"
        elif kind == "fence":
            near = bool(atoms)
            yield from finished(atoms, gap)
            yield Block(((kind, closed(span)),), "\n" if near else gap)
            atoms, gap = [], "\n"
        else:
            atoms.append((kind, span))
    yield from finished(atoms, gap)


def closed(fence: str) -> str:
    """Close a code block that the text forgot to close, so that what follows it is not code."""
    body = OPENING_LINE.sub("", fence, count=1)
    return fence if body.endswith("```") else f"{fence.rstrip()}\n```"


def spans(text: str) -> Iterator[tuple[str, str]]:
    """Read a text as spans: `fence`, `spoiler`, `code` and `link`, and `plain` between them."""
    end = 0
    for found in MARKED.finditer(text):
        if found.start() > end:
            yield "plain", text[end : found.start()]
        yield str(found.lastgroup), found.group()
        end = found.end()
    if end < len(text):
        yield "plain", text[end:]


def finished(atoms: list[tuple[str, str]], gap: str) -> Iterator[Block]:
    """Yield the gathered atoms as a block without the line ends around it, unless it's blank."""
    whole = "".join(text for _, text in atoms)
    if whole.strip():
        trimmed = list(atoms)
        trimmed[0] = (trimmed[0][0], trimmed[0][1].lstrip("\n"))
        trimmed[-1] = (trimmed[-1][0], trimmed[-1][1].rstrip())
        yield Block(tuple((kind, text) for kind, text in trimmed if text), gap)


def cut(block: Block, limit: int) -> list[str]:
    """Cut one block that is too long for a part; code and spoilers are closed and opened again."""
    if block.atoms[0][0] == "fence":
        return cut_fence(block.text, limit)
    return pack((piece for kind, text in block.atoms for piece in pieces(kind, text, limit)), limit)


def cut_fence(fence: str, limit: int) -> list[str]:
    """Cut a code block at its lines, each part with the same language."""
    found = OPENING_LINE.match(fence)
    opening = found.group() if found and length(found.group()) < limit // 2 else "```\n"
    body = CLOSING_LINE.sub("", fence.removeprefix(opening) if fence.startswith(opening) else fence.lstrip(" \t`"))
    room = limit - length(opening) - len("\n```")
    lines = [piece + end for line in body.split("\n") for piece, end in with_ends(slices(line, room) or [""])]
    return [f"{opening}{part}\n```" for part in pack(lines, room, strip=False)]


def with_ends(pieces_of_line: list[str]) -> Iterator[tuple[str, str]]:
    """Pair each piece of a code line with what ends it: only the last one ends the line."""
    for number, piece in enumerate(pieces_of_line, start=1):
        yield piece, "\n" if number == len(pieces_of_line) else ""


def pieces(kind: str, text: str, room: int) -> list[str]:
    """Cut one atom into pieces that fit: whole if it fits, else sentences, else words, else characters."""
    if kind == "spoiler" and length(text) > room:
        return [f"||{part}||" for part in split(text[2:-2], room - 4)]
    if kind == "code" and length(text) > room:
        return [f"`{part}`" for part in slices(text[1:-1], room - 2)]
    if kind != "plain":
        return [text] if length(text) <= room else slices(text, room)
    found: list[str] = []
    for sentence in ended_by(SENTENCE_END, text):
        if length(sentence.rstrip()) <= room:
            found.append(sentence)
            continue
        for word in ended_by(WORD_END, sentence):
            bare = word.rstrip()
            *whole, last = slices(bare, room) or [""]
            found += [*whole, last + word[len(bare) :]]
    return found


def ended_by(end: re.Pattern[str], text: str) -> Iterator[str]:
    """Yield a text cut after each match."""
    start = 0
    for found in end.finditer(text):
        yield text[start : found.end()]
        start = found.end()
    if start < len(text):
        yield text[start:]


def slices(text: str, room: int) -> list[str]:
    """Cut a text by length alone."""
    found: list[str] = []
    start, used = 0, 0
    for position, character in enumerate(text):
        wide = length(character)
        if used + wide > room:
            found.append(text[start:position])
            start, used = position, 0
        used += wide
    return [*found, text[start:]] if text else []


def pack(all_pieces: Iterable[str], room: int, *, strip: bool = True) -> list[str]:
    """Fill parts with pieces in their order, as many as fit; `strip` drops the blanks around each part."""

    def trimmed(part: str) -> str:
        return part.strip() if strip else part.removesuffix("\n")

    parts: list[str] = []
    current = ""
    for piece in all_pieces:
        if current and length(trimmed(current + piece)) > room:
            parts.append(trimmed(current))
            current = ""
        current += piece
    return [part for part in [*parts, trimmed(current)] if part.strip()]
