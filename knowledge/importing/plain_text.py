"""Threads copied as plain text: one post a paragraph, or a line where no lines are empty, and no authors."""

from __future__ import annotations

import re
from collections.abc import Set

from knowledge.importing.people import veil
from knowledge.importing.posts import Dropped, ExportedThread, Post, pieces, readable

# Whoever copies a thread by hand may mark who speaks.
SPEAKER = re.compile(r"^\s*\**(q|question|learner|student|a|answer|mentor|teacher)(?: \d+)?\**\s*:\s*\**\s+", re.I)
ASKING = frozenset({"q", "question", "learner", "student"})


def read(text: str, ordinary: Set[str]) -> ExportedThread:
    """Read a plain text; speakers are known only where the first post is marked ('Q:', 'Learner:')."""
    hidden = veil((), {}, ordinary)
    posts: list[Post] = []
    dropped: list[Dropped] = []
    marked: bool | None = None
    mentor = False
    for number, block in enumerate(blocks(readable(text)), start=1):
        if block.startswith(">") and not block.startswith(">>>"):
            dropped.append(Dropped(number, "quote", hidden.over(block)))
            continue
        speaker = SPEAKER.match(block)
        marked = bool(speaker) if marked is None else marked
        said = block[speaker.end() :] if marked and speaker else block
        if marked and speaker:
            mentor = speaker.group(1).lower() not in ASKING
        author = ("mentor" if mentor else "learner") if marked else None
        posts.append(Post(number, hidden.over(said).strip(), author, marked and mentor))
    return ExportedThread("plain text", None, tuple(posts), tuple(dropped))


def blocks(text: str) -> list[str]:
    """Cut a text at its empty lines, or into its lines if it has none; a code block stays whole.

    >>> blocks("One\\nstill one.\\n\\nTwo.")
    ['One\\nstill one.', 'Two.']
    >>> blocks("One.\\nTwo.")
    ['One.', 'Two.']
    """
    parts = pieces(text.strip())
    paragraphs = any(not code and not part.strip() for code, part in parts)
    found: list[str] = []
    fresh = True
    for code, part in parts:
        if not part.strip():
            fresh = True
            continue
        if not found or (not code and (fresh or not paragraphs)):
            found.append(part)
        else:
            found[-1] += "\n" + part
        fresh = False
    return found
