"""A diff applied backwards: what it added is removed and what it removed is back, wherever later edits have moved the place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from knowledge.errors import Refused

HEAD = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


@dataclass(frozen=True)
class Hunk:
    """One changed place as lines of a unified diff, each with its mark: a blank, + or -."""

    lines: tuple[str, ...]

    def side(self, marks: str) -> list[str]:
        """Return the lines with one of these marks, without it."""
        return [line[1:] for line in self.lines if line[0] in marks]

    def trimmed(self) -> Iterator[Hunk]:
        """Yield the hunk with ever fewer lines of context around it, first with all of them."""
        before = sum(1 for _ in takewhile(lambda line: line[0] == " ", self.lines))
        after = sum(1 for _ in takewhile(lambda line: line[0] == " ", reversed(self.lines)))
        cuts = [(first, last) for first in range(before + 1) for last in range(after + 1)]
        for first, last in sorted(cuts, key=sum):
            yield Hunk(self.lines[first : len(self.lines) - last])


@dataclass(frozen=True)
class ChangedFile:
    """One file of a diff; `is_new` where the diff made it."""

    path: str
    is_new: bool
    hunks: tuple[Hunk, ...]


def changed_files(diff: str) -> list[ChangedFile]:
    """Read the files of a unified diff.

    >>> changed_files("--- a/x\\n+++ b/x\\n@@ -1 +1 @@\\n-old\\n+new\\n")[0].hunks[0].side("+")
    ['new']
    """
    rows = diff.split("\n")
    found: list[tuple[str, bool, list[Hunk]]] = []
    place = 0
    while place < len(rows):
        head = HEAD.match(rows[place])
        if head and found:
            old, new = (1 if count is None else int(count) for count in head.groups())
            start = place = place + 1
            # A removed line may look like the head of a file, so the lines are counted.
            while old > 0 or new > 0:
                old -= rows[place][:1] in {" ", "-"}
                new -= rows[place][:1] in {" ", "+"}
                place += 1
            found[-1][2].append(Hunk(tuple(rows[start:place])))
        elif rows[place].startswith("--- ") and rows[place + 1].startswith("+++ b/"):
            found.append((rows[place + 1].removeprefix("+++ b/"), rows[place] == "--- /dev/null", []))
            place += 2
        else:
            place += 1
    return [ChangedFile(path, is_new, tuple(hunks)) for path, is_new, hunks in found]


def reversed_text(text: str, change: ChangedFile) -> str:
    """Return a file's text without a change that was made in it before; a place that has been reversed already is left alone.

    Raises:
        Refused: the lines of the change are no longer there as they were.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(newline)
    for hunk in reversed(change.hunks):
        lines = without(lines, hunk, change.path)
    return newline.join(lines)


def without(lines: Sequence[str], hunk: Hunk, path: str) -> list[str]:
    """Return lines with one hunk reversed, at the only place where its lines are."""
    for part in hunk.trimmed():
        after, before = part.side(" +"), part.side(" -")
        places = places_of(after, lines)
        if len(places) == 1:
            return [*lines[: places[0]], *before, *lines[places[0] + len(after) :]]
    if all(places_of([line], lines) == [] for line in hunk.side("+")) and places_of(hunk.side(" -"), lines):
        return list(lines)
    raise Refused(f"{path}: the lines that the promotion wrote were changed since: take them out by hand")


def places_of(block: Sequence[str], lines: Sequence[str]) -> list[int]:
    """Return where a block of lines begins in a text; nowhere if it's empty."""
    wanted = list(block)
    return [place for place in range(len(lines) - len(wanted) + 1) if list(lines[place : place + len(wanted)]) == wanted] if wanted else []
