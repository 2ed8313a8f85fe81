"""Markdown's tables as text, which Discord shows none of: in columns where a phone has room for them, else as a list."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.adapters.discord.messages.plain_formulas import without_tex

# Columns of a code block that a phone shows without breaking a line.
MOST_COLUMNS = 44
ROW = r"[ \t]*\|.*\|[ \t]*"
TABLE = re.compile(rf"^{ROW}\n[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*(?:\n{ROW})*$", re.MULTILINE)
BETWEEN_CELLS = re.compile(r"(?<!\\)\|")
MARKS = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")


def without_tables(text: str) -> str:
    """Write the tables of a text without code blocks as columns or lists."""
    return TABLE.sub(lambda found: plain_table([cells(line) for line in found.group().splitlines()]), text)


def cells(line: str) -> list[str]:
    """Return the cells of a row, without TeX."""
    return [without_tex(cell.strip().replace("\\|", "|")) for cell in BETWEEN_CELLS.split(line.strip().removeprefix("|").removesuffix("|"))]


def plain_table(rows: Sequence[Sequence[str]]) -> str:
    """Write a table whose second row is the line below its head.

    >>> print(plain_table([["a", "b"], ["-", "-"], ["**1**", "22"]]))
    ```
    a  b
    -  --
    1  22
    ```
    """
    head, _, *body = rows
    body = [[*row, *[""] * (len(head) - len(row))][: len(head)] for row in body]
    bare = [[MARKS.sub("", cell) for cell in row] for row in (head, *body)]
    widths = [max(len(row[column]) for row in bare) for column in range(len(head))]
    if sum(widths) + 2 * (len(widths) - 1) > MOST_COLUMNS:
        return "\n".join(listed(head, row) for row in body)
    lines = [bare[0], ["-" * width for width in widths], *bare[1:]]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join(["```", *shown, "```"])


def listed(head: Sequence[str], row: Sequence[str]) -> str:
    """Write a row as an entry of a list: its first cell, then each other with the head of its column."""
    said = [f"{MARKS.sub('', name)}: {cell}" if name else cell for name, cell in zip(head[1:], row[1:], strict=True) if cell]
    first = MARKS.sub("", row[0])
    return f"- **{first}**" + (f" ({'; '.join(said)})" if said else "") if first else f"- {'; '.join(said)}"
