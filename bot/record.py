"""Where questions and answers are written down: in the ledger, and in the spool while that is away."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.ledger.database import Ledger
from bot.ledger.questions import enter_answer, enter_question, enter_worded, note_sent, turns_before, unanswered, waits_for_answer
from bot.ledger.spool import Spool
from bot.review.outbox.unsent_answers import mark_worded_edit_sent, queue_worded_edit
from bot.values import Answer
from bot.wording.word import Worded
from knowledge.errors import LedgerUnavailable

log = logging.getLogger(__name__)

# A locked ledger makes whoever tries it wait for seconds: one question pays for that, those of the next seconds don't try.
RETRY_S = 10.0


@dataclass(frozen=True)
class Incoming:
    """One message of a learner on a platform; `message_id` is unique there, `conversation` is its thread."""

    platform: str
    message_id: str
    conversation: str
    author: str
    text: str


@dataclass(frozen=True)
class Taken:
    """A question to be answered: the turns that it's read with, its number in the ledger, whether it's written down anywhere at all."""

    turns: tuple[str, ...]
    question_id: int | None = None
    written: bool = True


class Circuit:
    """Whether the ledger is worth trying: after a failure, not before some seconds have passed, and then by one caller at a time."""

    def __init__(self, retry_s: float = RETRY_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._retry_s = retry_s
        self._clock = clock
        self._lock = threading.Lock()
        self._until: float | None = None
        self.reason = ""

    def may_try(self) -> bool:
        """Say whether to try; whoever may has to tell how it went."""
        with self._lock:
            if self._until is not None and self._clock() < self._until:
                return False
            if self._until is not None:
                self._until = self._clock() + self._retry_s
            return True

    def failed(self, error: LedgerUnavailable) -> bool:
        """Note that the ledger is away; return whether that is news."""
        with self._lock:
            news = self._until is None
            self._until = self._clock() + self._retry_s
            self.reason = str(error)
            return news

    def worked(self) -> None:
        """Note that the ledger is there."""
        with self._lock:
            self._until = None


class Record:
    """The ledger with its spool; without a spool, a ledger that is away is an error as it was before."""

    def __init__(self, ledger: Ledger, spool: Spool | None, circuit: Circuit | None = None) -> None:
        self.ledger = ledger
        self.spool = spool
        self.circuit = circuit or Circuit()

    def take(self, incoming: Incoming, *, most_turns: int) -> Taken | None:
        """Write a question down before it's answered; None if it was answered before, or is being answered by this process.

        Raises:
            LedgerUnavailable: it can't be written down, and there is no spool.
        """
        now = dt.datetime.now(dt.UTC)
        if self.spool is not None and self.spool.holds(incoming.platform, incoming.message_id):
            return None
        if self.spool is None:
            return self._into_ledger(incoming, most_turns, now)
        if self.circuit.may_try():
            try:
                taken = self._into_ledger(incoming, most_turns, now)
            except LedgerUnavailable as error:
                return self._into_spool(self.spool, incoming, most_turns, now, news=self.circuit.failed(error))
            self.circuit.worked()
            return taken
        return self._into_spool(self.spool, incoming, most_turns, now, news=False)

    def keep(self, incoming: Incoming, taken: Taken, result: Answer, *, index_name: str) -> bool:
        """Write down what a question was answered with; False if it must not be sent: another's came first, or its learner was forgotten.

        The learner is better served by an answer that is not written down than by none, so that is only said in the log.
        """
        now = dt.datetime.now(dt.UTC)
        reason = self.circuit.reason
        if not taken.written:
            return True
        if taken.question_id is not None and (self.spool is None or self.circuit.may_try()):
            try:
                with self.ledger.transaction() as session:
                    if not waits_for_answer(session, taken.question_id):
                        return False
                    enter_answer(
                        session,
                        taken.question_id,
                        result,
                        index_name=index_name,
                        now=now,
                        vector=result.vector,
                        evidence=result.evidence,
                    )
            except LedgerUnavailable as error:
                reason = str(error)
                if self.spool is not None and self.circuit.failed(error):
                    self._say_away(self.spool)
            else:
                self.circuit.worked()
                return True
        if self.spool is not None:
            names = {"platform": incoming.platform, "message_id": incoming.message_id, "author": incoming.author}
            try:
                self.spool.answer(result, **names, index_name=index_name, now=now)
                return True
            except OSError as error:
                reason = f"{reason}; nor can the spool in {self.spool.folder} be written: {error}"
        which = taken.question_id or f"{incoming.message_id} of {incoming.platform}"
        log.error("the answer to question %s is given, but not written down: %s", which, reason)
        return True

    def keep_worded(self, worded: Worded, *, index_name: str) -> bool:
        """Write down what a model made of a curated answer; say whether it may be shown in its place.

        What was thrown away is noted with the curated answer. If a mentor has decided meanwhile, or the ledger is away, the curated
        answer stands: it's what the spool holds, and nothing is shown that no mentor could read later.
        What may be shown is owed from now on: whoever shows it at once says so by `sent`, and where nobody does, it's delivered.
        """
        result = worded.answer
        if result.question_id is None:
            return False
        now = dt.datetime.now(dt.UTC)
        try:
            with self.ledger.transaction() as session:
                may = enter_worded(session, result.question_id, result, passed=worded.passed, index_name=index_name, now=now)
                if may:
                    queue_worded_edit(session, result.question_id, now)
                return may
        except LedgerUnavailable as error:
            log.warning("the curated answer to question %s stands, since the ledger is away: %s", result.question_id, error)
            return False

    def sent(self, question_id: int | None, sent_as: str, incoming: Incoming | None = None) -> None:
        """Remember which message carries an answer. A spooled question has no number yet: it's known by its own message.

        Raises:
            LedgerUnavailable: it can't be written down.
        """
        if question_id is not None and (self.spool is None or self.circuit.may_try()):
            try:
                with self.ledger.transaction() as session:
                    mark_worded_edit_sent(session, question_id, sent_as, dt.datetime.now(dt.UTC))
                    note_sent(session, question_id, sent_as)
            except LedgerUnavailable as error:
                if self.spool is None:
                    raise
                if self.circuit.failed(error):
                    self._say_away(self.spool)
            else:
                self.circuit.worked()
                return
        if self.spool is None or (question_id is None and incoming is None):
            return
        names = {} if incoming is None else {"platform": incoming.platform, "message_id": incoming.message_id, "author": incoming.author}
        try:
            self.spool.sent(sent_as, **names, question_id=question_id, now=dt.datetime.now(dt.UTC))
        except OSError as error:
            raise LedgerUnavailable(f"{self.circuit.reason}; nor can the spool in {self.spool.folder} be written: {error}") from error

    def enter_spooled(self) -> int:
        """Enter what was spooled if the ledger is back; return how many events were news to it."""
        if self.spool is None:
            return 0
        try:
            entered = self.spool.enter(self.ledger)
        except LedgerUnavailable as error:
            if self.circuit.failed(error):
                self._say_away(self.spool)
            return 0
        except OSError as error:
            log.error("the spool in %s can't be read: %s", self.spool.folder, error)
            return 0
        if entered:
            self.circuit.worked()
            log.warning("the ledger is back: %d spooled event%s entered", entered, "" if entered == 1 else "s")
        return entered

    def _into_ledger(self, incoming: Incoming, most_turns: int, now: dt.datetime) -> Taken | None:
        with self.ledger.transaction() as session:
            row = enter_question(
                session,
                platform=incoming.platform,
                message_id=incoming.message_id,
                place=incoming.conversation,
                author=incoming.author,
                text=incoming.text,
                now=now,
            )
            row = row or unanswered(session, platform=incoming.platform, message_id=incoming.message_id)
            return None if row is None else Taken((*turns_before(session, row, most=most_turns - 1), row.text), row.id)

    def _into_spool(self, spool: Spool, incoming: Incoming, most_turns: int, now: dt.datetime, *, news: bool) -> Taken:
        where = {"platform": incoming.platform, "place": incoming.conversation, "author": incoming.author}
        turns = (*spool.turns_before(**where, now=now, most=most_turns - 1), incoming.text)
        try:
            spool.question(**where, message_id=incoming.message_id, text=incoming.text, now=now)
        except OSError as error:
            which = f"{incoming.message_id} of {incoming.platform}"
            log.error(
                "question %s is answered, but written down nowhere: %s; nor can the spool in %s be written: %s",
                which,
                self.circuit.reason,
                spool.folder,
                error,
            )
            return Taken(turns, written=False)
        if news:
            self._say_away(spool)
        return Taken(turns)

    def _say_away(self, spool: Spool) -> None:
        log.warning("%s; questions are answered and kept in %s until it is back", self.circuit.reason, spool.folder)
