"""How a curated answer is worded anew by the configured model, and checked before anyone sees it."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.answering.grounding.check import Check, Reader
from bot.answering.merging import merged
from bot.answering.values import Answer, Status
from bot.second_reader import SecondReader
from index.claims import read_claims
from index.kernel import KernelModel
from index.labelled import QUESTIONS
from index.search import Library
from knowledge.errors import AskwellError
from knowledge.examples import read_examples

if TYPE_CHECKING:
    from bot.answering.models import Writer
    from knowledge.model import Example

log = logging.getLogger(__name__)

# What a second reader is tried on.
CLAIMS = QUESTIONS / "claims" / "fit" / "claims.jsonl"


@dataclass(frozen=True)
class Worded:
    """What came of asking the model: the answer to show (the curated one if the draft failed), whether it passed, the draft as it came."""

    answer: Answer
    passed: bool
    draft: str = ""


class Wording:
    """The model with its prompts and its check; several threads may use it at once."""

    def __init__(
        self, writer: Writer, support: KernelModel, knowledge: Path, *, readers: tuple[Reader, ...] = (), second_reader: bool = False
    ) -> None:
        self.writer = writer
        self._support = support
        self._knowledge = knowledge
        self._readers = readers
        self._second_reader = second_reader
        self._lock = threading.Lock()
        self._check: Check | None = None
        self._examples: list[Example] = []

    def word(self, curated: Answer, library: Library) -> Worded:
        """Ask the model for a draft and check it; whatever fails, the curated answer stands, and `checks` says why."""
        if curated.status is not Status.ANSWERED or not curated.pieces:
            return Worded(curated, passed=False)
        # LangChain takes seconds to import, and nobody without a model needs it.
        from bot.answering.prompting import build  # noqa: PLC0415

        started = time.perf_counter()
        check, examples = self._made_for(library)
        try:
            prompt = build(curated.turns, curated, library, examples, budget_tokens=self.writer.budget_tokens)
            draft = self.writer.write(prompt)
        except AskwellError as error:
            log.warning("the curated answer stands: %s", error)
            return Worded(curated.model_copy(update={"checks": ({"draft": "none", "why": str(error)},)}), passed=False)
        written = time.perf_counter()
        checked = check.draft(draft, curated.question, prompt.notes)
        times = {"model": round((written - started) * 1000, 2), "check": round((time.perf_counter() - written) * 1000, 2)}
        noted = {"prompt": prompt.version, "examples": prompt.examples, "timings_ms": curated.timings_ms | times, "checks": checked.rows()}
        if not checked.passed:
            return Worded(curated.model_copy(update=noted), passed=False, draft=draft)
        return Worded(merged(curated, checked, self.writer.name).model_copy(update=noted), passed=True, draft=draft)

    def _made_for(self, library: Library) -> tuple[Check, list[Example]]:
        """Return the check and the examples for a library; both are made anew when the cards have changed."""
        with self._lock:
            if self._check is None or self._check.library is not library:
                examples, problems = read_examples(self._knowledge)
                for problem in problems:
                    log.warning("%s", problem)
                readers = self._readers
                if self._second_reader:
                    readers = (*readers, SecondReader(self.writer, read_claims(CLAIMS), library))
                self._check = Check.over(library, self._support, readers)
                self._examples = list(examples)
            return self._check, self._examples
