"""How drafts lie on the disk: whole, each under a name of its own, none written twice or over another."""

from __future__ import annotations

import re
from pathlib import Path

from knowledge.errors import KnowledgeError
from knowledge.files import write_new


def marks_in(directory: Path) -> dict[str, Path]:
    """Return the drafts of earlier imports by their marks; a draft that can't be read has none."""
    found: dict[str, Path] = {}
    for path in sorted(directory.glob("*.md")):
        try:
            match = re.search(r"^# Mark: ([0-9a-f]{16})$", path.read_text(encoding="utf-8"), re.M)
        except (OSError, UnicodeDecodeError):
            continue
        if match:
            found[match.group(1)] = path
    return found


def publish(text: str, slug: str, directory: Path) -> Path:
    """Write a draft under the first free number of its slug, whole and over no other, and return its path.

    Raises:
        KnowledgeError: the folder can't be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            path = directory / f"{slug}-{number}.md"
            try:
                write_new(path, text.encode())
            except FileExistsError:
                number += 1
            else:
                return path
    except OSError as error:
        raise KnowledgeError(f"{directory}: the draft '{slug}' can't be written: {error.strerror or error}") from error
