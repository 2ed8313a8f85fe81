"""The configured model rewords a curated answer, and the draft is checked before anyone sees it."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.review.promotion.promoted_examples import read_candidates
from bot.values import Answer, Status
from bot.wording.check.draft_check import Check
from bot.wording.merge import merged
from index.learned.kernel import KernelModel
from index.search.library import Library
from knowledge.errors import AskwellError
from knowledge.reading.card_file import Problem
from knowledge.reading.examples import read_examples
from knowledge.watching import Signature, signature

if TYPE_CHECKING:
    from bot.wording.model.chat_model import Writer
    from knowledge.reading.card import Example

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Worded:
    """The answer to show (the curated one if the draft failed), whether the draft passed, and the draft itself."""

    answer: Answer
    passed: bool
    draft: str = ""


class Wording:
    """The model with its prompts and its check; safe in threads."""

    def __init__(self, writer: Writer, support: KernelModel, knowledge: Path, home: Path) -> None:
        self.writer = writer
        self._support = support
        self._knowledge = knowledge
        self._home = home
        self._lock = threading.Lock()
        self._check: Check | None = None
        self._examples: list[Example] = []
        self._kept: Signature | None = None
        self._told: set[Problem] = set()

    def word(self, curated: Answer, library: Library) -> Worded:
        """Ask the model for a draft and check it; if anything fails, return the curated answer, with the reason in `checks`."""
        if not may_be_reworded(curated):
            return Worded(curated, passed=False)
        # LangChain takes seconds to import, and nobody without a model needs it.
        from bot.wording.prompt.assemble import build  # noqa: PLC0415

        started = time.perf_counter()
        check, examples = self._made_for(library)
        try:
            prompt = build(curated.turns, curated, library, examples, budget_tokens=self.writer.budget_tokens)
            draft = self.writer.write(prompt)
        except AskwellError as error:
            log.warning("the curated answer is kept: %s", error)
            none = {"draft": "none", "model": self.writer.name, "why": str(error)}
            return Worded(curated.model_copy(update={"checks": (none,)}), passed=False)
        written = time.perf_counter()
        checked = check.draft(draft, curated.question, prompt.notes)
        times = {"model": round((written - started) * 1000, 2), "check": round((time.perf_counter() - written) * 1000, 2)}
        *verdicts, whole = checked.rows()
        # An answer names its model only if the draft is shown; of a rejected draft, mentors learn its author here.
        checks = (*verdicts, whole | {"model": self.writer.name})
        noted = {"prompt": prompt.version, "examples": prompt.examples, "timings_ms": curated.timings_ms | times, "checks": checks}
        if not checked.passed:
            return Worded(curated.model_copy(update=noted), passed=False, draft=draft)
        return Worded(merged(curated, checked, self.writer.name).model_copy(update=noted), passed=True, draft=draft)

    def _made_for(self, library: Library) -> tuple[Check, list[Example]]:
        """Return the check of one draft and the examples for a library; both are made again when the cards have changed."""
        # Compared each time, so that texts of a forgotten person are never sent again.
        kept = signature(self._home)
        with self._lock:
            changed = self._check is None or self._check.library is not library
            if changed or self._kept != kept:
                self._examples, problems = examples_for(library, self._knowledge, self._home)
                for problem in problems:
                    if problem not in self._told:
                        log.warning("%s", problem)
                self._told, self._kept = set(problems), kept
            if self._check is None or changed:
                self._check = Check.over(library, self._support)
            return self._check, self._examples


def examples_for(library: Library, knowledge: Path, home: Path) -> tuple[list[Example], list[Problem]]:
    """Return the examples of the knowledge folder and of promoted answers, and the problems of those that can't be used."""
    examples, problems = read_examples(knowledge)
    candidates, found = read_candidates(home, library.base.cards)
    # An example that a mentor copied into the knowledge folder is taken from there.
    names = {example.name for example in examples}
    return [*examples, *(each for each in candidates if each.name not in names)], [*problems, *found]


def may_be_reworded(curated: Answer) -> bool:
    """Return whether a model may reword an answer; a quiz, a hint and the like have no pieces to reword."""
    return curated.status is Status.ANSWERED and bool(curated.pieces)
