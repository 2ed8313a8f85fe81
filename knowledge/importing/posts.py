"""Threads of any format as posts in their order, with what was left out of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Characters that no mentor typed on purpose: controls, zero-width and direction marks, byte order marks, private use.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ue000-\uf8ff]")
FENCE = re.compile(r"^\s*(```|~~~)")


@dataclass(frozen=True)
class Person:
    """Somebody who posted: the platform's key, every name the platform shows, and whether the platform marks a mentor."""

    key: str
    names: tuple[str, ...]
    mentor: bool


@dataclass(frozen=True)
class Post:
    """One post as Markdown, with labels ('learner 1') in the place of people's names."""

    number: int
    text: str
    author: str | None = None
    mentor: bool = False
    reply_to: int | None = None
    accepted: bool = False
    addressed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Dropped:
    """A piece of a thread that reached no draft, and why."""

    post: int
    reason: str
    text: str

    def __str__(self) -> str:
        return f"post {self.post}: {self.reason}: {self.text}"


@dataclass(frozen=True)
class ExportedThread:
    """A thread as read: its format in words, its title where it has one, and notes on what the file itself lacks."""

    format: str
    title: str | None
    posts: tuple[Post, ...]
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()


def readable(text: str) -> str:
    """Remove what can't be seen or stored from a text, and make its line ends plain."""
    storable = text.encode("utf-8", "ignore").decode("utf-8")
    return UNSEEN.sub("", storable.replace("\r\n", "\n").replace("\r", "\n")).replace("\u00a0", " ").replace("\u2028", "\n")


def pieces(text: str) -> list[tuple[bool, str]]:
    """Cut a text into its lines, with each fenced code block as one piece; say of each whether it is code."""
    found: list[tuple[bool, list[str]]] = []
    fenced = False
    for line in text.splitlines():
        if FENCE.match(line) and not fenced:
            fenced = True
            found.append((True, [line]))
        elif fenced:
            found[-1][1].append(line)
            fenced = not FENCE.match(line)
        else:
            found.append((False, [line]))
    if fenced:
        found[-1][1].append("```")
    return [(code, "\n".join(lines)) for code, lines in found]
