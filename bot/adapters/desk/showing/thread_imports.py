"""Threads that mentors upload, turned into drafts one after another in the background, with how far each is."""

from __future__ import annotations

import datetime as dt
import logging
import re
import tempfile
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.desk.posted_form import PostedFile
from bot.review.card_work.imported_drafts import FOLDER
from index.search.library import Library
from index.search.placing import place
from knowledge.errors import AskwellError
from knowledge.importing import Imported, import_thread
from knowledge.importing.placement import Placement

log = logging.getLogger(__name__)

# So many questions are placed before the progress is told.
TOGETHER = 16
MOST_NAME_CHARS = 80
FAULTS = (AskwellError, ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError)


@dataclass
class ThreadImport:
    """One import; `made` is its result, None while it runs or where it `failed`."""

    name: str
    placed: int = 0
    to_place: int = 0
    made: Imported | None = None
    failed: str = ""
    ended: Future[None] = field(default_factory=Future, repr=False)

    @property
    def is_running(self) -> bool:
        """Return whether it's still going on."""
        return self.made is None and not self.failed


class ThreadImports:
    """The newest import of each mentor; one runs at a time, since it takes a whole core."""

    def __init__(self) -> None:
        self._newest: dict[str, ThreadImport] = {}
        self._running = ThreadPoolExecutor(1, thread_name_prefix="askwell-import")

    def of(self, mentor: str) -> ThreadImport | None:
        """Return a mentor's newest import, None if there was none."""
        return self._newest.get(mentor)

    def begin(self, mentor: str, thread: PostedFile, *, library: Library, knowledge: Path, today: dt.date) -> ThreadImport:
        """Begin an import."""
        made = self._newest[mentor] = ThreadImport(plain_name(thread.name))
        made.ended = self._running.submit(run_import, made, thread.content, library, knowledge, today)
        return made

    def forget(self, mentor: str) -> None:
        """Forget a mentor's newest import, since they have seen what became of it."""
        self._newest.pop(mentor, None)


def wait_a_little(made: ThreadImport, patience_s: float) -> None:
    """Wait until an import has ended, or the patience is over."""
    wait_for([made.ended], timeout=patience_s)


def run_import(made: ThreadImport, content: bytes, library: Library, knowledge: Path, today: dt.date) -> None:
    """Turn an uploaded thread into drafts, and note what became of it."""

    def placed(questions: Sequence[str]) -> list[Placement]:
        made.to_place = len(questions)
        found: list[Placement] = []
        for start in range(0, len(questions), TOGETHER):
            found += place(library, questions[start : start + TOGETHER])
            made.placed = len(found)
        return found

    with tempfile.TemporaryDirectory(prefix="askwell-import-") as folder:
        path = Path(folder) / made.name
        try:
            path.write_bytes(content)
            made.made = import_thread(path, library.base, knowledge / FOLDER, placed, today=today)
        except FAULTS as error:
            words = " ".join(str(error).split()).replace(f"{folder}/", "")
            log.warning("a thread can't be imported: %s", words)
            made.failed = words or type(error).__name__


def plain_name(name: str) -> str:
    r"""Return the name of an uploaded file as one that can lie in any folder.

    >>> plain_name("../../etc/<my> thread.json"), plain_name("C:\\x\\..")
    ('my_thread.json', 'thread.txt')
    """
    last = re.split(r"[/\\]", name)[-1]
    kept = re.sub(r"[^\w.-]+", "_", last).strip("._-")
    return kept[-MOST_NAME_CHARS:] or "thread.txt"
