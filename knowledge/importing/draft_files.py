"""How drafts lie on the disk: whole, each under a name of its own, none written twice or over another."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from knowledge.errors import KnowledgeError


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
    """Write a draft under the first free number of its slug and return its path.

    The name is reserved by creating it (which fails if it is taken) before the finished text is renamed onto it, so that two imports
    at once can't overwrite each other and a reader never sees half a draft.

    Raises:
        KnowledgeError: the folder can't be written.
    """
    temporary: Path | None = None
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=directory, prefix=".", suffix=".tmp", delete=False) as file:
            temporary = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        number = 1
        while True:
            path = directory / f"{slug}-{number}.md"
            try:
                path.touch(exist_ok=False)
            except FileExistsError:
                number += 1
                continue
            return temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise KnowledgeError(f"{directory}: the draft '{slug}' can't be written: {error.strerror or error}") from error
