"""Texts of cards that mentors are working on, each with its plan and the replay of its impact, in memory until they are applied."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bot.review.promotion.impact import Progress
from bot.review.promotion.plan import Plan
from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

MOST_DRAFTS = 200
FAULTS = (AskwellError, ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError)

# Measures the impact of a plan; it reports its progress and ends early by an exception of that.
Measure = Callable[[Plan, Progress], Plan]


class Superseded(AskwellError):
    """The text was changed while its impact was being measured."""


@dataclass
class CardDraft:
    """One text of a card in the making; `measured` is the plan whose impact is known, None while it isn't.

    `gathered` are the questions that were gathered for it, `imported` the draft of a thread that it comes from, and `must_not` the
    questions beside it that it must not answer.
    """

    draft_id: str
    mentor: str
    plan: Plan
    begun_at: dt.datetime
    gathered: tuple[int, ...] = ()
    imported: str = ""
    must_not: tuple[str, ...] = ()
    measured: Plan | None = None
    replayed: int = 0
    to_replay: int = 0
    failed: str = ""
    is_running: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def is_measured(self) -> bool:
        """Return whether the impact of the text as it is now is known."""
        return self.measured is not None and self.measured.text == self.plan.text and self.measured.before == self.plan.before

    def put(self, plan: Plan) -> None:
        """Take another text."""
        with self.lock:
            self.plan, self.failed = plan, ""


class CardDrafts:
    """All drafts of a running desk; one impact is measured at a time, since that takes a whole core."""

    def __init__(self) -> None:
        self._drafts: dict[str, CardDraft] = {}
        self._lock = threading.Lock()
        self._measuring = ThreadPoolExecutor(1, thread_name_prefix="askwell-impact")

    def begin(self, plan: Plan, mentor: str, now: dt.datetime, *, gathered: tuple[int, ...] = (), imported: str = "") -> CardDraft:
        """Begin a draft; the oldest one is forgotten if there are too many."""
        draft = CardDraft(secrets.token_urlsafe(9), mentor, plan, now, gathered, imported)
        with self._lock:
            while len(self._drafts) >= MOST_DRAFTS:
                self._drafts.pop(next(iter(self._drafts)))
            self._drafts[draft.draft_id] = draft
        return draft

    def find(self, draft_id: str, mentor: str) -> CardDraft | None:
        """Return a mentor's draft, None if there is none."""
        found = self._drafts.get(draft_id)
        return found if found is not None and found.mentor == mentor else None

    def end(self, draft_id: str) -> None:
        """Forget a draft."""
        with self._lock:
            self._drafts.pop(draft_id, None)

    def measure(self, draft: CardDraft, measure: Measure, to_replay: int) -> None:
        """Measure a draft's impact in a thread, unless that is done or under way."""
        with draft.lock:
            if draft.is_measured or draft.is_running:
                return
            draft.is_running, draft.replayed, draft.to_replay, draft.failed = True, 0, to_replay, ""
        self._measuring.submit(run, draft, measure)

    def wait(self) -> None:
        """Wait until every impact that was asked for is measured, or could not be."""
        self._measuring.submit(int).result()


def run(draft: CardDraft, measure: Measure) -> None:
    """Measure the impact of a draft's text; if that is changed meanwhile, start again with the new one."""
    while True:
        plan = draft.plan

        def progress(replayed: int, plan: Plan = plan) -> None:
            if draft.plan.text != plan.text:
                raise Superseded("the text was changed")
            draft.replayed = replayed

        try:
            draft.measured = measure(plan, progress)
        except Superseded:
            continue
        except FAULTS as error:
            log.warning("the impact of a card can't be measured: %s", " ".join(str(error).split()))
            draft.failed = " ".join(str(error).split()) or type(error).__name__
        with draft.lock:
            if draft.plan.text == plan.text or draft.plan.problems:
                draft.is_running = False
                return
