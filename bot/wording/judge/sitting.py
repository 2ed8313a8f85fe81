"""A judge sits the exam, sheet by sheet; each answer is kept before the next sheet is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from bot.wording.judge.candidate import Candidate
from bot.wording.judge.exam_book import ExamBook
from bot.wording.judge.grade import Grade, grade_of
from bot.wording.judge.model_judges import OffForm
from bot.wording.judge.sheets import Sheet, sheets_of
from knowledge.errors import UsageError
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.exam import EXAM, read_exam


def exam_sheets(knowledge: Path, base: KnowledgeBase) -> list[Sheet]:
    """Return the sheets of a knowledge folder's exam over its cards.

    Raises:
        UsageError: there is no exam, or a file of it can't be read.
    """
    pairs, problems = read_exam(knowledge)
    if problems:
        raise UsageError(f"the exam can't be read: {problems[0]}")
    sheets = sheets_of(pairs, base)
    if not sheets:
        raise UsageError(
            f"this course has no exam for judges: write pairs of claims into {knowledge / EXAM}, as docs/internals/judge.md says"
        )
    return sheets


def sit(candidate: Candidate, sheets: Sequence[Sheet], book: ExamBook, progress: Callable[[str], None], *, again: bool = False) -> Grade:
    """Let a judge answer the sheets that it has not answered yet, or all of them `again`, and return its grade.

    Raises:
        AskwellError: the model is away, busy or too slow; what it has answered is kept.
    """
    answers = {} if again else book.answers()
    open_sheets = [sheet for sheet in sheets if sheet.key not in answers]
    for number, sheet in enumerate(open_sheets, start=len(sheets) - len(open_sheets) + 1):
        progress(f"sheet {number} of {len(sheets)}")
        try:
            judgements = candidate.judge.judge(sheet.asked, sheet.notes, sheet.sentences)
            answers[sheet.key] = [judgement.ruling.value for judgement in judgements]
        except OffForm as error:
            progress(f"no judgement: {error}")
            answers[sheet.key] = []
        book.keep(answers, sheets, None)
    grade = grade_of(sheets, answers)
    assert grade is not None, "all sheets are answered"
    book.keep(answers, sheets, grade)
    return grade
