"""Files written so that a kill or a full disk costs nothing of what was there."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# The name of a file that is still being written. It ends in neither .md nor .jsonl, so nobody takes it for a card or for events.
PART = re.compile(r"\..+\.[0-9a-f]{8}\.part")
# As the umask allows, like the files that any program makes.
ORDINARY = 0o666
PRIVATE = 0o600


def write_atomically(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Replace a file in one step: a reader, or a kill, sees the old content or the new; `mode` as in `replacing`.

    Raises:
        OSError: it can't be written; the old file is still there.
    """
    with replacing(path, mode=mode) as file:
        write_all(file.fileno(), content)


@contextmanager
def replacing(path: Path, *, mode: int | None = None) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` when the block ends, and goes away if the block fails.

    Without `mode` it has the mode of the file that it replaces. A symbolic link stays one: the file that it names is replaced.

    Raises:
        OSError: it can't be written; the old file is still there.
    """
    real = path.resolve()
    if mode is None and real.exists():
        mode = real.stat().st_mode & 0o7777
    part = part_of(real)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE if mode is not None else ORDINARY), "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(real)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(real.parent)


def why_not_writable(path: Path) -> str:
    """Return why a file or folder can't be written, or made where it's missing; empty if it can. Nothing is written."""
    place = next(each for each in (path, *path.absolute().parents) if os.path.lexists(each))
    if place != path and not place.is_dir():
        return f"{place} is no folder"
    try:
        place.stat()
    except OSError as error:
        return error.strerror or str(error)
    if os.access(place, os.W_OK | (os.X_OK if place.is_dir() else 0)):
        return ""
    return "it's on a read-only file system" if os.statvfs(place).f_flag & os.ST_RDONLY else f"no permission to write {place}"


def write_new(path: Path, content: bytes, *, mode: int = ORDINARY) -> None:
    """Write a file under a name that is free; nobody sees half of it.

    Raises:
        FileExistsError: the name is taken.
        OSError: it can't be written.
    """
    part = part_of(path)
    try:
        write_durably(part, content, mode=mode)
        path.hardlink_to(part)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


def replace_lines(path: Path, lines: Sequence[bytes]) -> None:
    """Replace a file by some of its lines in one step, or remove it if none are left.

    Parts that killed writers left are removed too: they may hold the lines that are to go. Nobody else may write the file meanwhile.
    """
    for part in path.parent.glob(f".{path.name}.*.part"):
        part.unlink(missing_ok=True)
    if lines:
        write_atomically(path, b"".join(lines))
    else:
        path.unlink()
        sync_folder(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Append a line to a file that only its owner reads, and wait until it's on the disk. One caller at a time.

    Raises:
        OSError: it can't be written; the file is as it was.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE)
    try:
        size = os.fstat(descriptor).st_size
        # A line that a full disk or a kill cut short must not take this one with it.
        whole = size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"
        try:
            write_all(descriptor, (b"" if whole else b"\n") + line + b"\n")
            os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
    if size == 0:
        sync_folder(path.parent)


def write_durably(path: Path, content: bytes, *, mode: int = ORDINARY) -> None:
    """Write a file that nobody reads yet, and wait until it's on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
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
    """Wait until the disk knows which files a folder has."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def part_of(path: Path) -> Path:
    """Return a name beside a file that no other writer uses."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")


def remove_parts(folder: Path) -> None:
    """Remove the parts that killed writers left in a folder and those below it."""
    for part in folder.rglob(".*.part"):
        if PART.fullmatch(part.name):
            part.unlink(missing_ok=True)
