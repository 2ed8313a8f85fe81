"""The service that every adapter calls: it answers, keeps the ledger and serves changed cards."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bot.answering.answer import answer, explained
from bot.answering.compose.decline_or_ask_back import without_passage
from bot.answering.explain import explanation_text
from bot.door.care import Concern, heard
from bot.door.clean_text import clean_text
from bot.forgetting import purge_everywhere
from bot.ledger.database import Ledger
from bot.ledger.feedback import note_feedback
from bot.ledger.questions import (
    curated_text,
    has_conversation,
    learner_of,
    newest_question_in,
    question_asked_in,
    question_carried_by,
    question_numbered,
    turns_of,
)
from bot.ledger.spool import Spool
from bot.record import Incoming, Record, Taken
from bot.review.decisions.decide import Decision
from bot.review.decisions.decide_in_words import decide_once
from bot.review.decisions.near_verdicts import was_refused
from bot.review.outbox.delivery_rows import NOT_REACHED_LATER
from bot.review.outbox.quiet_hours import QuietHours
from bot.review.outbox.send_and_retry import Send, deliver
from bot.review.outbox.unsent_answers import queue_rest_edit
from bot.review.promotion.new_card import Drafted
from bot.review.promotion.plan import PromotedQuestion
from bot.values import TURNS_READ, WAITING, Answer, CleanText, Kept, Question, Status
from bot.wording.word import Wording
from bot.wording.worded import Worded
from index.search.library import Library
from knowledge.errors import LedgerUnavailable, UsageError
from knowledge.reading.card import Source

log = logging.getLogger(__name__)

# Stands with the sources of a card that a model drafted, until a mentor confirms its wording.
DRAFTED = "worded by a model after a mentor's answer"


class Service:
    """Answers, and keeps the ledger; its methods block and may be called from several threads."""

    def __init__(
        self,
        library: Library,
        ledger: Ledger | None,
        reload: Callable[[], Library] | None = None,
        spool: Spool | None = None,
        *,
        wording: Wording | None = None,
        hints_first: bool = False,
        help_lines: tuple[str, ...] = (),
        quiet_hours: QuietHours | None = None,
        observe: Callable[[str, Answer, float], None] | None = None,
    ) -> None:
        self.library = library
        self._reload = reload
        self.ledger = ledger
        self.record = None if ledger is None else Record(ledger, spool)
        self.wording = wording
        self.hints_first = hints_first
        self.help_lines = help_lines
        self.quiet_hours = quiet_hours
        # Told of each answer given, with its platform and the seconds since its question came.
        self.observe = observe

    def answer(self, turns: tuple[str, ...], *, hands_over: bool | Kept, library: Library | None = None) -> Answer:
        """Answer the last of some typed turns, read with the few before it; nothing is written down."""
        return self.reply(as_read(turns), hands_over=hands_over, library=library)

    def reply(self, turns: tuple[CleanText, ...], *, hands_over: bool | Kept, library: Library | None = None) -> Answer:
        """Answer the last of some clean turns, and time the stages; nothing is written down."""
        started = time.perf_counter()
        laps: dict[str, float] = {}

        def lap(stage: str) -> None:
            laps[stage] = round((time.perf_counter() - started) * 1000 - sum(laps.values()), 2)

        library = library or self.library
        meant = self._meant(turns, library)
        result = answer(Question(turns, hands_over, hints_first=self.hints_first, help_lines=self.help_lines, meant=meant), library, lap)
        laps["total"] = round((time.perf_counter() - started) * 1000, 2)
        return result.model_copy(update={"timings_ms": laps, "turns": turns})

    def explain(self, turns: tuple[str, ...]) -> str:
        """Explain in plain words how the last turn is read, what is found for it, and how sure that is."""
        return explanation_text(explained(Question(as_read(turns)), self.library))

    def ask(self, incoming: Incoming) -> Answer | None:
        """Write a message down, answer it and write the answer down; None if the message was answered before.

        A message that a killed process wrote down but didn't answer is answered when the platform sends it again. While the ledger is
        away, the spool replaces it; with a full disk the answer is given all the same.

        Raises:
            LedgerUnavailable: the question could not be written down and there is no spool, so nothing was answered.
        """
        began = time.perf_counter()
        text = clean_text(incoming.text)
        incoming = replace(incoming, text=text)
        earlier = tuple(map(clean_text, incoming.earlier))
        if self.record is None:
            result = self.reply((*earlier, text)[-TURNS_READ:], hands_over=False)
            self.note_answer(incoming.platform, result, time.perf_counter() - began, kept=True)
            return result
        taken = self.record.take(incoming, most_turns=TURNS_READ)
        if taken is None:
            return None
        library = self.library
        # The earlier turns were cleaned before they were written down.
        turns = tuple(map(CleanText, taken.turns))
        turns = (*(turn for turn in earlier if turn not in turns), *turns)[-TURNS_READ:]
        result = self.reply(turns, hands_over=hands_over(incoming, taken), library=library)
        if result.status is Status.NEAR and self._refused(incoming.text, result):
            result = without_passage(result, hands_over=hands_over(incoming, taken))
        result = result.model_copy(update={"question_id": taken.question_id})
        kept = self.record.keep(incoming, taken, result, index_name=library.name)
        self.note_answer(incoming.platform, result, time.perf_counter() - began, kept=kept)
        return result if kept else None

    def _meant(self, turns: tuple[CleanText, ...], library: Library) -> str:
        """Ask the model what a message means whose words leave open whether its writer is in danger; empty for all others."""
        if self.wording is None or not turns:
            return ""
        concern = heard(turns[-1], library.base.course)
        return self.wording.meant(turns[-1]) if concern is not None and concern.concern is Concern.OPEN else ""

    def _refused(self, text: str, near: Answer) -> bool:
        """Return whether a mentor said of this nearest passage that it doesn't settle this question; False if the ledger can't tell."""
        try:
            with self.kept_ledger().transaction(only_reads=True) as session:
                return was_refused(session, text, near.answer)
        except LedgerUnavailable:
            return False

    def note_answer(self, platform: str, result: Answer, took_s: float, *, kept: bool) -> None:
        """Log an answer in one line that has no word of the question, and count it."""
        log.info(
            "question %s of %s %s in %.0f ms, confidence %.2f, cards %s",
            result.question_id or ("(not kept)" if self.record is None else "(spooled)"),
            platform,
            result.status.value if kept else "answered by another process",
            took_s * 1000,
            result.confidence,
            ", ".join(result.cited) or "none",
        )
        if self.observe is not None and kept:
            self.observe(platform, result, took_s)

    @property
    def improves(self) -> bool:
        """Return whether a model is configured."""
        return self.wording is not None

    def word(self, curated: Answer, *, may_write: bool = True) -> Worded:
        """Have the model answer in a curated answer's place; nothing is written down.

        Without `may_write` the model only chooses among the mentors' passages.
        """
        if self.wording is None:
            return Worded(curated, passed=False)
        return self.wording.word(curated, self.library, may_write=may_write)

    def draft_card(self, question: PromotedQuestion) -> Drafted | str:
        """Have the model put a mentor's answer into a new card; return why not, in a line, where that can't be done."""
        return "no model is set" if self.wording is None else self.wording.draft_card(question, self.library)

    def finish(self, curated: Answer) -> Answer:
        """Return the model's answer in a curated answer's place if that passed and is written down, else the curated answer.

        `checks` has what was found in either case. This takes as long as the model does, so adapters send the curated answer first.
        """
        worded = self._worded(curated)
        return worded.answer if worded is not None else curated

    def improve(self, curated: Answer) -> Answer | None:
        """Return the model's answer, checked and written down; None if the curated answer stays."""
        worded = self._worded(curated)
        return worded.answer if worded is not None and worded.passed else None

    def _worded(self, curated: Answer) -> Worded | None:
        """Ask the model and write down what came of it; None if there is no model, or its answer came too late."""
        # While the ledger is away a question has no number yet, and no worded answer could be written down.
        if self.wording is None or (self.record is not None and curated.question_id is None):
            return None
        # A refresh may put another in its place meanwhile.
        library = self.library
        worded = self.wording.word(curated, library)
        kept = self.record is None or self.record.keep_worded(worded, index_name=library.name)
        return worded if kept or not worded.passed else None

    def mentors_words(self, question_id: int) -> str:
        """Return the curated answer that a question had first.

        Raises:
            UsageError: there is no such question.
            LedgerUnavailable: the ledger can't be read now.
        """
        with self.kept_ledger().transaction() as session:
            return curated_text(session, question_id)

    def how(self, question_id: int) -> str:
        """Explain in plain words how a question in the ledger is answered.

        Raises:
            UsageError: there is no such question.
            LedgerUnavailable: the ledger can't be read now.
        """
        ledger = self.kept_ledger()
        with ledger.transaction() as session:
            turns = turns_of(session, question_id)
        return self.explain(turns)

    def feedback(self, question_id: int, *, platform: str, author: str, kind: str, reason: str = "") -> None:
        """Write down a learner's feedback on an answer: `up`, `down` or `person`.

        Raises:
            UsageError: there is no such question.
            LedgerUnavailable: the ledger can't be written now.
        """
        with self.kept_ledger().transaction() as session:
            learner = learner_of(session, platform, author)
            note_feedback(session, question_id, learner_id=learner.id, kind=kind, reason=reason, now=dt.datetime.now(dt.UTC))

    def deliver(self, platform: str, send: Send) -> int:
        """Send a platform's deliveries that are due, each once; return how many were sent.

        Raises:
            LedgerUnavailable: the ledger can't be read now.
        """
        return 0 if self.ledger is None else deliver(self.ledger, platform, send, now=dt.datetime.now(dt.UTC), quiet=self.quiet_hours)

    def knows(self, platform: str, conversation: str) -> bool:
        """Return whether somebody has asked something in a conversation; also if the ledger can't tell now."""
        if self.ledger is None:
            return True
        try:
            with self.ledger.transaction() as session:
                return has_conversation(session, platform, conversation)
        except LedgerUnavailable:
            return True

    def waits(self, platform: str, conversation: str) -> bool:
        """Return whether the newest question of a conversation waits for a mentor; also False if the ledger can't tell now."""
        if self.ledger is None:
            return False
        try:
            with self.ledger.transaction() as session:
                number = newest_question_in(session, platform, conversation)
                row = None if number is None else question_numbered(session, number)
                return row is not None and row.status in WAITING
        except LedgerUnavailable:
            return False

    def find_question(self, platform: str, *, message_id: str = "", sent_as: str = "", conversation: str = "") -> int | None:
        """Return the question that a learner's message asked, whose answer a message carries, or that a conversation had last.

        Raises:
            LedgerUnavailable: the ledger can't be read now.
        """
        with self.kept_ledger().transaction() as session:
            found = question_asked_in(session, platform, message_id) if message_id else None
            if found is None and sent_as:
                found = question_carried_by(session, platform, sent_as)
            return newest_question_in(session, platform, conversation) if found is None and conversation else found

    def decide_once(self, question_id: int, decision: Decision, text: str, *, mentor: str, source: str, written_at: dt.datetime) -> bool:
        """Carry out a mentor's decision as of when it was written; return False if that was done before.

        Raises:
            UsageError: there is no such question, or a text is missing.
            Refused: it can't be decided so, or somebody has decided since.
            LedgerUnavailable: the ledger can't be written now.
        """
        with self.kept_ledger().transaction() as session:
            made = decide_once(session, question_id, decision, text, mentor=mentor, source=source, written_at=written_at)
            return made is not None

    def kept_ledger(self) -> Ledger:
        """Return the ledger.

        Raises:
            UsageError: this runs without one.
        """
        if self.ledger is None:
            raise UsageError("this runs without a ledger (--no-log), so nothing is kept")
        return self.ledger

    def enter_spooled(self) -> int:
        """Enter spooled events if the ledger is back; return how many were new to it."""
        return 0 if self.record is None else self.record.enter_spooled()

    def purge(self, home: Path, keep_days: int) -> int:
        """Remove questions older than `keep_days`; return how many.

        Raises:
            LedgerUnavailable: the ledger can't be written now.
            OSError: the spool can't be written.
        """
        if self.ledger is None:
            return 0
        return purge_everywhere(self.ledger, home, older_than_days=keep_days, now=dt.datetime.now(dt.UTC))

    def refresh(self) -> None:
        """Index changed cards and serve them; answers under way finish with the library that they began with.

        Raises:
            AskwellError: the new index can't be made; the old one stays in service.
        """
        if self._reload is not None:
            self.library = self._reload()
            log.info("now serving %s", self.library.name)

    def sent(self, question_id: int | None, platform_ref: str, incoming: Incoming | None = None) -> None:
        """Note which message on the platform carries an answer; a spooled one has no number and is found by its message `incoming`."""
        if self.record is not None:
            self.record.sent(question_id, platform_ref, incoming)

    def cut_short(self, question_id: int | None) -> None:
        """Queue an answer for sending whose last messages the platform refused; `sent` has noted the others.

        Raises:
            LedgerUnavailable: the ledger can't be written now.
        """
        if self.ledger is not None and question_id is not None:
            with self.ledger.transaction() as session:
                queue_rest_edit(session, question_id, dt.datetime.now(dt.UTC))

    def cited_sources(self, result: Answer) -> list[Source]:
        """Return the sources of the cited cards, each once."""
        cards = [self.library.base.cards[slug] for slug in result.cited if slug in self.library.base.cards]
        return list(dict.fromkeys(source for card in cards for source in card.sources))

    def close(self) -> None:
        """Close the ledger: SQLite then has all in its one file."""
        if self.ledger is not None:
            self.ledger.close()

    def sources(self, result: Answer) -> list[str]:
        """Return the sources of the cited cards as Markdown links, each once; a card in a model's words says so."""
        cards = [self.library.base.cards[slug] for slug in result.cited if slug in self.library.base.cards]
        drafted = [DRAFTED] if any(card.drafted_by for card in cards) else []
        return [*dict.fromkeys(source.markdown() for source in self.cited_sources(result)), *drafted]


def as_read(turns: Sequence[str]) -> tuple[CleanText, ...]:
    """Return the last few of some typed turns, cleaned and masked."""
    return tuple(clean_text(turn) for turn in turns[-TURNS_READ:])


def hands_over(incoming: Incoming, taken: Taken) -> bool | Kept:
    """Return how mentors get a question, so that the answer promises nothing untrue."""
    if not taken.written:
        return False
    return Kept(taken.question_id) if incoming.platform in NOT_REACHED_LATER else True
