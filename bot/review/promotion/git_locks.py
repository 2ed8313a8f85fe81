"""Lock files that a killed git command of ours left in a repository: only those are removed, and only once the command is dead."""

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

# A file in the git folder. While a git command of ours runs, the file is not empty and the command holds an inherited lock on it. So a
# process that gets the lock and finds the file not empty knows that the command is dead and that nobody needs its lock files.
MARK = "askwell-commit"
LEFT = ("index.lock", "HEAD.lock", "next-index-*.lock", "refs/heads/**/*.lock")
WAIT_EVERY_S = 0.1
# The status of a command that was ended because it took too long.
TIMED_OUT = 124
# The clock that dates files ticks every few milliseconds only.
TICK_S = 0.1


@dataclass
class Mark:
    """The mark of running git commands of ours, which inherit its descriptors; it's kept if one of them did not end by itself."""

    descriptors: tuple[int, ...] = ()
    kept: bool = False

    def note(self, status: int) -> None:
        """Note a command's status: one that was ended by a signal or by us may have left lock files."""
        self.kept = self.kept or status < 0 or status == TIMED_OUT


@contextmanager
def at_work(folders: set[Path], git_folder: Path, *, at_most_s: float) -> Iterator[Mark]:
    """Mark that git commands of ours run in a repository.

    Waits up to `at_most_s`, the time limit of such a command, for one that has outlived the process that started it. The lock files of
    one that was killed are removed from `folders`. Nothing is removed if no mark can be made.
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
    """Wait until no other git command of ours runs; return False if the wait was in vain."""
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
    """Replace the mark's content; return whether it was written."""
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, content, 0)
        os.fsync(descriptor)
    except OSError:
        return False
    return True


def remove_left(folders: set[Path], since: float, until: float) -> None:
    """Remove the lock files that were made while a dead command ran; all others belong to somebody else."""
    for path in sorted({path for folder in folders for pattern in LEFT for path in folder.glob(pattern)}):
        try:
            if since <= path.stat().st_mtime <= until:
                path.unlink()
                log.warning("removed %s, which a git command that was killed had left", path)
        except OSError as error:
            log.warning("%s, which a git command that was killed had left, can't be removed: %s", path, error.strerror)
