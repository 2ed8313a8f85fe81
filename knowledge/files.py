"""How bytes get onto the disk so that a kill, or a disk that is full, costs nothing of what was there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def replace_lines(path: Path, lines: Sequence[bytes]) -> None:
    """Replace a file by some of its lines in one rename, or remove it if none are left."""
    if lines:
        fresh = path.with_name(path.name + ".new")
        write_durably(fresh, b"".join(lines))
        fresh.replace(path)
    else:
        path.unlink()
    sync_folder(path.parent)


def write_durably(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, and wait until it's on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of it; the system may take it in parts."""
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def sync_folder(folder: Path) -> None:
    """Wait until what was made, renamed or removed in a folder is so on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
