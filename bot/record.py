"""The record of questions and answers: the ledger, or the spool while that is away."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from bot.breaker import Breaker
from bot.ledger.database import Ledger
from bot.ledger.questions import enter_answer, enter_question, enter_worded, find_unanswered, lock_unanswered, note_sent, turns_before
from bot.ledger.spool import Spool
from bot.review.outbox.unsent_answers import mark_worded_edit_sent, queue_worded_edit
from bot.values import Answer
from bot.wording.worded import Worded
from knowledge.errors import LedgerUnavailable

log = logging.getLogger(__name__)

# A try of a locked ledger takes seconds: one question waits for it, those of the next seconds don't try.
RETRY_S = 10.0


@dataclass(frozen=True)
class Incoming:
    """One message of a learner on a platform; `message_id` is unique there, `conversation` is its thread.

    `earlier` is what the message refers to and the ledger may not have, oldest first: it's read with it and not kept.
    """

    platform: str
    message_id: str
    conversation: str
    author: str
    text: str
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Taken:
    """A question to be answered: the turns that it's read with, its number in the ledger, and whether it's written down at all."""

    turns: tuple[str, ...]
    question_id: int | None = None
    written: bool = True


class Record:
    """The ledger with its spool; without a spool, a ledger that is away is an error."""

    def __init__(self, ledger: Ledger, spool: Spool | None, breaker: Breaker | None = None) -> None:
        self.ledger = ledger
        self.spool = spool
        self.breaker = breaker or Breaker(failures=1, pause_s=RETRY_S)
        self._why_away = ""

    def take(self, incoming: Incoming, *, most_turns: int) -> Taken | None:
        """Write a question down before it's answered; None if it was answered before, or this process is answering it.

        Raises:
            LedgerUnavailable: it can't be written down, and there is no spool.
        """
        now = dt.datetime.now(dt.UTC)
        if self.spool is not None and self.spool.holds(incoming.platform, incoming.message_id):
            return None
        if self.spool is None:
            return self._into_ledger(incoming, most_turns, now)
        if self.breaker.admits():
            try:
                taken = self._into_ledger(incoming, most_turns, now)
            except LedgerUnavailable as error:
                return self._into_spool(self.spool, incoming, most_turns, now, news=self._failed(error))
            self.breaker.succeeded()
            return taken
        return self._into_spool(self.spool, incoming, most_turns, now, news=False)

    def keep(self, incoming: Incoming, taken: Taken, result: Answer, *, index_name: str) -> bool:
        """Write an answer down; False if it must not be sent, because another came first or its learner was forgotten.

        A learner is better served by an answer that is not written down than by none, so a failure only goes into the log.
        """
        now = dt.datetime.now(dt.UTC)
        reason = self._why_away
        if not taken.written:
            return True
        if taken.question_id is not None and (self.spool is None or self.breaker.admits()):
            try:
                with self.ledger.transaction() as session:
                    if not lock_unanswered(session, taken.question_id):
                        return False
                    enter_answer(session, taken.question_id, result, index_name=index_name, now=now)
            except LedgerUnavailable as error:
                reason = str(error)
                if self.spool is not None and self._failed(error):
                    self._warn_away(self.spool)
            else:
                self.breaker.succeeded()
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
        """Write down how a model worded a curated answer; return whether that may replace it.

        The curated answer keeps the checks of a draft that failed. It's not replaced once a mentor has decided, or while the ledger is
        away, since mentors must be able to read all that is shown. An answer that may be shown is put into the outbox; `sent` takes it
        out again if it was shown at once.
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
            log.warning("the curated answer to question %s is kept, since the ledger is away: %s", result.question_id, error)
            return False

    def sent(self, question_id: int | None, sent_as: str, incoming: Incoming | None = None) -> None:
        """Note which message carries an answer; a spooled question has no number yet and is found by its own message.

        Raises:
            LedgerUnavailable: it can't be written down.
        """
        if question_id is not None and (self.spool is None or self.breaker.admits()):
            try:
                with self.ledger.transaction() as session:
                    mark_worded_edit_sent(session, question_id, sent_as, dt.datetime.now(dt.UTC))
                    note_sent(session, question_id, sent_as)
            except LedgerUnavailable as error:
                if self.spool is None:
                    raise
                if self._failed(error):
                    self._warn_away(self.spool)
            else:
                self.breaker.succeeded()
                return
        if self.spool is None or (question_id is None and incoming is None):
            return
        names = {} if incoming is None else {"platform": incoming.platform, "message_id": incoming.message_id, "author": incoming.author}
        try:
            self.spool.sent(sent_as, **names, question_id=question_id, now=dt.datetime.now(dt.UTC))
        except OSError as error:
            raise LedgerUnavailable(f"{self._why_away}; nor can the spool in {self.spool.folder} be written: {error}") from error

    def enter_spooled(self) -> int:
        """Enter spooled events if the ledger is back; return how many were new to it."""
        if self.spool is None:
            return 0
        try:
            entered = self.spool.enter(self.ledger)
        except LedgerUnavailable as error:
            if self._failed(error):
                self._warn_away(self.spool)
            return 0
        except OSError as error:
            log.error("the spool in %s can't be read: %s", self.spool.folder, error)
            return 0
        if entered:
            self.breaker.succeeded()
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
            row = row or find_unanswered(session, platform=incoming.platform, message_id=incoming.message_id)
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
                self._why_away,
                spool.folder,
                error,
            )
            return Taken(turns, written=False)
        if news:
            self._warn_away(spool)
        return Taken(turns)

    def _failed(self, error: LedgerUnavailable) -> bool:
        """Note that the ledger is away; return whether it was there before."""
        self._why_away = str(error)
        return self.breaker.failed()

    def _warn_away(self, spool: Spool) -> None:
        log.warning("%s; questions are answered and kept in %s until it is back", self._why_away, spool.folder)
