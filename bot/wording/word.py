"""The configured model answers a question that has its curated answer: in its own words if a judge passed the exam, else by choosing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.door.care import Concern
from bot.review.promotion.new_card import Drafted
from bot.review.promotion.plan import PromotedQuestion
from bot.review.promotion.promoted_examples import read_candidates
from bot.values import Answer, CleanText, Status
from bot.wording.judge.judgement import Judge
from bot.wording.model.chat_model import PLACE_WITHIN_S, Writer
from bot.wording.worded import Worded
from index.search.library import Library
from knowledge.errors import AskwellError, PlatformError
from knowledge.reading.card_file import Problem
from knowledge.reading.examples import read_examples
from knowledge.watching import Signature, signature

if TYPE_CHECKING:
    from knowledge.reading.card import Example

log = logging.getLogger(__name__)

# Returns the judge that has passed the course's exam over these cards, if there is one.
FindJudge = Callable[[Library], Judge | None]


def no_judge(_: Library) -> None:
    """Have no judge."""


class Wording:
    """The model with its prompts, its examples and its judge; safe in threads."""

    def __init__(self, writer: Writer, knowledge: Path, home: Path, *, judge: FindJudge = no_judge) -> None:
        self.writer = writer
        self._knowledge = knowledge
        self._home = home
        self._judge = judge
        self._lock = threading.Lock()
        # One for a whole answer, so that no draft is lost because its judge or its next call finds none.
        self._places = threading.BoundedSemaphore(writer.at_once)
        self._library: Library | None = None
        self._examples: list[Example] = []
        self._kept: Signature | None = None
        self._told: set[Problem] = set()
        # Whether a judge was in office when it was last looked for.
        self.judged = False

    def word(self, curated: Answer, library: Library, *, may_write: bool = True) -> Worded:
        """Have the model answer; if anything fails, return the curated answer, with the reason in `checks`.

        Without `may_write` it only chooses among the mentors' passages, as it does where no judge has passed the exam.
        """
        judge = self._judge(library) if may_write else None
        if may_write:
            self.judged = judge is not None
        # A base model of 270M chose worse than the reader, and nobody serves larger ones as base models: docs/decisions/0013.
        if not may_be_reworded(curated, judged=judge is not None) or (judge is None and self.writer.completes):
            return Worded(curated, passed=False)
        # LangChain takes seconds to import, and nobody without a model needs it.
        from bot.wording.chain import Steps  # noqa: PLC0415

        steps = Steps(self.writer, judge, library, self._examples_for(library))
        try:
            with self._place():
                outcome = steps.chain().invoke({"curated": curated})
        except AskwellError as error:
            log.warning("the curated answer is kept: %s", error)
            none = {"draft": "none", "model": self.writer.name, "why": str(error)}
            return Worded(curated.model_copy(update={"checks": (none,)}), passed=False)
        return replace(outcome, answer=outcome.answer.model_copy(update={"timings_ms": curated.timings_ms | steps.laps}))

    def meant(self, message: CleanText) -> str:
        """Have the model say what an open message means; strain, which gets a kind word, where it can't."""
        if self.writer.completes:
            return Concern.STRAIN.value
        # LangChain takes seconds to import, and nobody without a model needs it.
        from bot.wording.prompt.care_question import care_prompt, read_meant  # noqa: PLC0415

        try:
            with self._place():
                return read_meant(self.writer.write(care_prompt(message)))
        except AskwellError as error:
            log.warning("what an open message means was not read: %s", error)
            return Concern.STRAIN.value

    def draft_card(self, question: PromotedQuestion, library: Library) -> Drafted | str:
        """Have the model put a mentor's answer into a new card; return why not, in a line, where that can't be done."""
        judge = self._judge(library)
        if judge is None or self.writer.completes:
            return f"no judge of what {self.writer.name} writes has passed the exam"
        # LangChain takes seconds to import, and nobody without a model needs it.
        from bot.wording.drafted_card import draft_card  # noqa: PLC0415

        try:
            with self._place():
                return draft_card(question, self.writer, judge, library)
        except AskwellError as error:
            log.warning("a card was not drafted: %s", error)
            return str(error)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=PLACE_WITHIN_S):
            raise PlatformError(f"the model {self.writer.name} is busy with {self.writer.at_once} other answers")
        try:
            yield
        finally:
            self._places.release()

    def _examples_for(self, library: Library) -> list[Example]:
        """Return the examples for a library; they are read again when the cards or the promoted answers have changed."""
        # Compared each time, so that texts of a forgotten person are never sent again.
        kept = signature(self._home)
        with self._lock:
            if self._library is not library or self._kept != kept:
                self._examples, problems = examples_for(library, self._knowledge, self._home)
                for problem in problems:
                    if problem not in self._told:
                        log.warning("%s", problem)
                self._told, self._kept, self._library = set(problems), kept, library
            return self._examples


def examples_for(library: Library, knowledge: Path, home: Path) -> tuple[list[Example], list[Problem]]:
    """Return the examples of the knowledge folder and of promoted answers, and the problems of those that can't be used."""
    examples, problems = read_examples(knowledge)
    candidates, found = read_candidates(home, library.base.cards)
    # An example that a mentor copied into the knowledge folder is taken from there.
    names = {example.name for example in examples}
    return [*examples, *(each for each in candidates if each.name not in names)], [*problems, *found]


def may_be_reworded(curated: Answer, *, judged: bool) -> bool:
    """Return whether a model may answer instead; a quiz, a hint and the like have no pieces to reword.

    Where only the nearest passage is shown, a model that understands the message may settle it, if what it writes is judged.
    """
    return bool(curated.pieces) and (curated.status is Status.ANSWERED or (judged and curated.status is Status.NEAR))
