"""Questions are answered by the real chain with recorded replies, and the recorded judge sits the course's exam."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.service import Service
from bot.values import Answer
from bot.wording.judge.candidate import Candidate
from bot.wording.judge.exam_book import exam_book
from bot.wording.judge.grade import Grade
from bot.wording.judge.sitting import exam_sheets, sit
from bot.wording.word import Wording, may_be_reworded
from index.search.library import Library
from knowledge.errors import AskwellError
from tests.measure_wording.questions import Conversation
from tests.measure_wording.recorded_model import recorded_judge, recorded_writer
from tests.measure_wording.recording import WRITING, Asked, Recording


@dataclass(frozen=True)
class Outcome:
    """What came of one question.

    `asked` says whether a model is asked about it at all, `lacks` names the step that has no reply yet. `prompt` is the prompt that the
    draft was written from, and `shown` whether the draft took the curated answer's place.
    """

    question: Conversation
    answer: Answer
    asked: bool
    lacks: str
    prompt: Asked | None
    draft: str
    shown: bool


@contextmanager
def opened_judge(recording: Recording, *, exam: bool = False) -> Iterator[Candidate]:
    """Open the recorded judge, and hang up in the end."""
    candidate = recorded_judge(recording, exam=exam)
    try:
        yield candidate
    finally:
        candidate.close()


def replay(service: Service, knowledge: Path, questions: Sequence[Conversation], recording: Recording) -> list[Outcome]:
    """Answer questions by the model and the judge of a recording; what it lacks is noted in it.

    No answer that a mentor promoted is an example here, so that the prompts are the same on every machine.
    """
    writer = recorded_writer(recording, "writer")
    try:
        with opened_judge(recording) as candidate, tempfile.TemporaryDirectory() as home:
            wording = Wording(writer, knowledge, Path(home), judge=lambda _: candidate.judge)
            return [outcome_of(service, wording, question, recording) for question in questions]
    finally:
        writer.close()


def outcome_of(service: Service, wording: Wording, question: Conversation, recording: Recording) -> Outcome:
    """Answer one question."""
    recording.begin()
    curated = service.answer(question.turns, hands_over=False)
    worded = wording.word(curated, service.library)
    asked = may_be_reworded(curated, judged=True)
    return Outcome(question, worded.answer, asked, recording.lacks, recording.used.get(WRITING), worded.draft, worded.passed)


def sat_exam(knowledge: Path, library: Library, recording: Recording) -> Grade | None:
    """Let the recorded judge sit the exam; None while it lacks replies.

    Raises:
        UsageError: the course has no exam.
    """
    sheets = exam_sheets(knowledge, library.base)
    with opened_judge(recording, exam=True) as candidate, tempfile.TemporaryDirectory() as home:
        lacking = 0
        for sheet in sheets:
            recording.begin()
            try:
                candidate.judge.judge(sheet.asked, sheet.notes, sheet.sentences)
            except AskwellError:
                # Off the form is an answer as well, which counts against the judge.
                lacking += bool(recording.lacks)
        return None if lacking else sit(candidate, sheets, exam_book(Path(home), candidate), lambda _: None)
