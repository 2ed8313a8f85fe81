"""The configured judge is in office as long as its grade holds for the model, the prompt and the cards as they are now."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from bot.settings import Settings
from bot.wording.judge.candidate import Candidate, open_candidate
from bot.wording.judge.exam_book import FOLDER, ExamBook, exam_book
from bot.wording.judge.grade import Grade, grade_of
from bot.wording.judge.judgement import Judge
from bot.wording.judge.sitting import exam_sheets
from index.search.library import Library
from knowledge.errors import AskwellError
from knowledge.reading.base import KnowledgeBase
from knowledge.watching import Signature, signature

log = logging.getLogger(__name__)

# The server is asked so often which model it has, and so soon again when it was away.
ASKED_EVERY_S = 600.0
ASKED_AGAIN_S = 30.0
NOT_SAT = "hasn't sat the exam"


class PassedJudge:
    """Finds the judge that may judge drafts over a library; called for each draft, safe in threads.

    Units: clock returns seconds that only grow.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._candidate = open_candidate(settings)
        self._clock = clock
        self._lock = threading.Lock()
        self._book: ExamBook | None = None
        self._ask_at = clock()
        self._seen: tuple[Library, ExamBook, Signature, int] | None = None
        self._found: Judge | None = None
        self._told = ""

    def __call__(self, library: Library) -> Judge | None:
        """Return the judge if it has passed; otherwise None, with the reason in the log, once for each reason."""
        if self._candidate is None:
            return None
        with self._lock:
            try:
                return self._judge(self._candidate, library)
            except AskwellError as error:
                self._tell(f"drafts are not judged: {error}")
                return None

    def close(self) -> None:
        """Hang up."""
        if self._candidate is not None:
            self._candidate.close()

    def _judge(self, candidate: Candidate, library: Library) -> Judge | None:
        book = self._book_now(candidate)
        if book is None:
            return None
        # An exam sat or edited meanwhile is noticed.
        seen = (library, book, signature(self._settings.knowledge_dir / FOLDER), written_ns(book))
        if seen != self._seen:
            grade = grade_of(exam_sheets(self._settings.knowledge_dir, library.base), book.answers())
            self._found = candidate.judge if grade is not None and grade.passed else None
            self._seen = seen
            self._tell("" if self._found else f"drafts are not judged: {verdict(candidate.name, grade)}")
        return self._found

    def _book_now(self, candidate: Candidate) -> ExamBook | None:
        """Return the book of the model that the server has now; None while the server is away, which was told."""
        if self._clock() >= self._ask_at:
            self._book, self._ask_at = None, self._clock() + ASKED_AGAIN_S
            self._book = exam_book(self._settings.home, candidate)
            self._ask_at = self._clock() + ASKED_EVERY_S
        return self._book

    def _tell(self, reason: str) -> None:
        if reason and reason != self._told:
            log.warning("%s", reason)
        self._told = reason


def written_ns(book: ExamBook) -> int:
    """Return when a book was written last; 0 if never."""
    try:
        return book.path.stat().st_mtime_ns
    except OSError:
        return 0


def verdict(name: str, grade: Grade | None) -> str:
    """Return in words how a judge did in the exam, and what to do if it has no grade."""
    return f"{name} {NOT_SAT}: run 'askwell exam'" if grade is None else f"{name} {grade}"


def grade_now(settings: Settings, candidate: Candidate, base: KnowledgeBase) -> Grade | None:
    """Return the grade of a candidate over some cards, if it has sat the exam.

    Raises:
        AskwellError: there is no exam, or the server can't be reached.
    """
    return grade_of(exam_sheets(settings.knowledge_dir, base), exam_book(settings.home, candidate).answers())
