"""Which lock files a git command of ours left in a repository when it was killed: those alone are removed, and only once it's dead."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

# A file beside git's own. It has something in it while a git command of ours is at work, and that command inherits the lock on it: who
# gets the lock and finds something in the file knows that the command is dead and what it left is nobody's.
MARK = "askwell-commit"
LEFT = ("index.lock", "HEAD.lock", "next-index-*.lock", "refs/heads/**/*.lock")
WAIT_EVERY_S = 0.1
# What a command is said to have ended with that was ended for taking too long.
TIMED_OUT = 124
# Files are dated by a clock that ticks every few milliseconds.
TICK_S = 0.1


@dataclass
class Mark:
    """The mark of git commands of ours, which inherit its descriptors; it's kept if one of them did not end by itself."""

    descriptors: tuple[int, ...] = ()
    kept: bool = False

    def note(self, status: int) -> None:
        """Note how one of them ended: one that a signal ended, or we, may have left its lock files."""
        self.kept = self.kept or status < 0 or status == TIMED_OUT


@contextmanager
def at_work(folders: set[Path], git_folder: Path, *, at_most_s: float) -> Iterator[Mark]:
    """Mark that git commands of ours are at work in a repository.

    Waits for one that outlived the process that started it, no longer than `at_most_s`, which is as long as such a command is given; one
    that was killed has its lock files removed from `folders`. Where no mark can be made, nothing is ever removed.
    """
    try:
        descriptor = os.open(git_folder / MARK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        yield Mark()
        return
    try:
        if not alone(descriptor, at_most_s):
            yield Mark()
            return
        before = os.fstat(descriptor)
        if before.st_size:
            remove_left(folders, before.st_mtime - TICK_S, before.st_mtime + at_most_s)
        mark = Mark((descriptor,)) if put(descriptor, b"at work\n") else Mark()
        yield mark
        if not mark.kept:
            put(descriptor, b"")
    finally:
        os.close(descriptor)


def alone(descriptor: int, at_most_s: float) -> bool:
    """Wait until no other git command of ours is at work; return whether that is so."""
    until = time.monotonic() + at_most_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            if time.monotonic() > until or not os.fstat(descriptor).st_size:
                return False
            time.sleep(WAIT_EVERY_S)


def put(descriptor: int, content: bytes) -> bool:
    """Replace what stands in the mark; return whether the disk took it."""
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, content, 0)
        os.fsync(descriptor)
    except OSError:
        return False
    return True


def remove_left(folders: set[Path], since: float, until: float) -> None:
    """Remove the lock files that were made while a command was at work that is dead now; others are somebody else's."""
    for path in sorted({path for folder in folders for pattern in LEFT for path in folder.glob(pattern)}):
        try:
            if since <= path.stat().st_mtime <= until:
                path.unlink()
                log.warning("removed %s, which a git command that was killed had left", path)
        except OSError as error:
            log.warning("%s, which a git command that was killed had left, can't be removed: %s", path, error.strerror)
