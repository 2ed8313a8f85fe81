"""The composition root: settings, index, model and ledger put together into the one service that every adapter calls."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.answering.answer import answer, explained
from bot.answering.explain import text as explanation_text
from bot.answering.values import Answer, Kept, Question
from bot.ledger.questions import enter_answer, enter_question, note_sent, turns_before, unanswered, waits_for_answer
from bot.ledger.store import Ledger
from bot.settings import Settings
from index.batching import SharedEncoder
from index.build import Built, build, is_current
from index.embedding import Encoder
from index.fitted import Fitted
from index.models import EmbeddingModel, find_model
from index.query import clean
from index.search import Library
from index.storage import load
from knowledge.errors import IndexUnusable, LedgerUnavailable

log = logging.getLogger(__name__)

TURNS_READ = 6
# Platforms on which a mentor's later answer can't reach the learner: a terminal is closed by then.
NOT_REACHED_LATER = frozenset({"console"})

STALE = "ranking and confidence were fitted on other cards: 'askwell index fit' renews them"


@dataclass(frozen=True)
class Incoming:
    """One message of a learner on a platform; `message_id` is unique there, `conversation` is its thread."""

    platform: str
    message_id: str
    conversation: str
    author: str
    text: str


Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Show nothing."""


class Service:
    """Answers, and keeps the ledger; its methods block and may be called from several threads."""

    def __init__(self, library: Library, ledger: Ledger | None, reload: Callable[[], Library] | None = None) -> None:
        self.library = library
        self._reload = reload
        self._stale = False
        self.ledger = ledger

    def answer(self, turns: tuple[str, ...], *, hands_over: bool | Kept, library: Library | None = None) -> Answer:
        """Answer the last turn, read with the few before it, and time the stages; the ledger is not touched."""
        started = time.perf_counter()
        laps: dict[str, float] = {}

        def lap(stage: str) -> None:
            laps[stage] = round((time.perf_counter() - started) * 1000 - sum(laps.values()), 2)

        result = answer(Question(turns[-TURNS_READ:], hands_over), library or self.library, lap)
        laps["total"] = round((time.perf_counter() - started) * 1000, 2)
        return result.model_copy(update={"timings_ms": laps})

    def explain(self, turns: tuple[str, ...]) -> str:
        """Say in plain words how the last turn is read, what is found for it and how sure that is."""
        return explanation_text(explained(Question(turns[-TURNS_READ:]), self.library))

    def ask(self, incoming: Incoming) -> Answer | None:
        """Enter a message into the ledger, answer it, enter the answer; None if the message was answered before.

        A message that was entered by a process that was killed before it answered is answered when the platform sends it again.

        Raises:
            LedgerUnavailable: the question could not be written down, so nothing was answered.
        """
        if self.ledger is None:
            return self.answer((incoming.text,), hands_over=False)
        with self.ledger.transaction() as session:
            row = enter_question(
                session,
                platform=incoming.platform,
                message_id=incoming.message_id,
                place=incoming.conversation,
                author=incoming.author,
                text=clean(incoming.text),
                now=dt.datetime.now(dt.UTC),
            )
            # Nobody looks for such rows at the start: what the platform does not send again waits for the deliveries.
            row = row or unanswered(session, platform=incoming.platform, message_id=incoming.message_id)
            if row is None:
                return None
            question_id = row.id
            turns = (*turns_before(session, row, most=TURNS_READ - 1), row.text)
        library = self.library
        hands_over = Kept(question_id) if incoming.platform in NOT_REACHED_LATER else True
        result = self.answer(turns, hands_over=hands_over, library=library).model_copy(update={"question_id": question_id})
        try:
            with self.ledger.transaction() as session:
                if not waits_for_answer(session, question_id):
                    # The same message was being answered elsewhere, and that answer came first.
                    return None
                enter_answer(session, question_id, result, index_name=library.name, now=dt.datetime.now(dt.UTC))
        except LedgerUnavailable as error:
            # The learner is better served by an answer that is not written down than by none.
            log.error("the answer to question %s is given, but not written down: %s", question_id, error)
        return result

    def refresh(self) -> None:
        """Index what changed in the cards and serve it; answers under way finish with the library that they began with.

        Raises:
            AskwellError: the new index can't be made; the old one goes on being served.
        """
        if self._reload is not None:
            self.library = self._reload()
            log.info("now serving %s", self.library.name)
            self.tell_if_stale()

    def tell_if_stale(self) -> None:
        """Warn, once in a process, that ranking and confidence were fitted on other cards than those served."""
        if not self._stale and self.library.fitted.is_stale(self.library.passages):
            self._stale = True
            log.warning(STALE)

    def sent(self, question_id: int, platform_ref: str) -> None:
        """Remember which message on the platform carries the answer."""
        if self.ledger is not None:
            with self.ledger.transaction() as session:
                note_sent(session, question_id, platform_ref)

    def sources(self, result: Answer) -> list[str]:
        """Return the sources of the cited cards as Markdown links, each once."""
        cards = [self.library.base.cards[slug] for slug in result.cited if slug in self.library.base.cards]
        return list(dict.fromkeys(source.markdown() for card in cards for source in card.sources))


def open_service(settings: Settings, *, with_ledger: bool = True, progress: Progress = silent) -> Service:
    """Make everything ready to answer: the ledger upgraded, the index brought up to date, the model loaded.

    Raises:
        AskwellError: something that answering needs can't be had; the message says what to do.
    """
    ledger = None
    if with_ledger:
        ledger = Ledger(settings.ledger_url)
        before, after = ledger.upgrade()
        if before != after:
            progress(f"Ledger made ready at {ledger.shown}.")
    model = find_model(settings.embedding_model)
    progress(f"Loading the embedding model {model.name} …")
    encoder = Encoder(model)
    shared = SharedEncoder(encoder.encode)
    fitted = Fitted.for_model(model, settings.home)

    def read() -> Library:
        return open_library(settings, model, encoder, shared, fitted)

    def latest(show: Progress = silent) -> Library:
        return open_latest(settings, model, encoder, read, show)

    try:
        library = latest(progress)
    except IndexUnusable as error:
        library = open_earlier(read, error)
    service = Service(library, ledger, latest)
    service.tell_if_stale()
    return service


def open_latest(
    settings: Settings, model: EmbeddingModel, encoder: Encoder, read: Callable[[], Library], progress: Progress = silent
) -> Library:
    """Bring the index up to date and read it; one that turns out to be damaged is built anew.

    Raises:
        IndexUnusable: it can't be written, or can't be read even now.
    """
    bring_up_to_date(settings, model, lambda: encoder, progress)
    try:
        return read()
    except IndexUnusable as error:
        log.warning("the index is built anew, since it can't be used: %s", error)
    rebuild(settings, model, lambda: encoder, progress)
    return read()


def open_earlier(read: Callable[[], Library], error: IndexUnusable) -> Library:
    """Read the index of earlier cards because the newest could not be published, and say so; without one, raise the error that it was."""
    try:
        library = read()
    except IndexUnusable:
        raise error from None
    log.warning("the cards are served as they were indexed last: %s", error)
    return library


def bring_up_to_date(settings: Settings, model: EmbeddingModel, encoder: Callable[[], Encoder], progress: Progress) -> Built | None:
    """Build the index if the cards or the model changed."""
    if is_current(settings.index_dir, settings.knowledge_dir, model):
        return None
    return rebuild(settings, model, encoder, progress)


def rebuild(settings: Settings, model: EmbeddingModel, encoder: Callable[[], Encoder], progress: Progress) -> Built:
    """Build the index; say what is wrong with cards, and go on.

    Raises:
        IndexUnusable: it can't be written.
    """
    progress("Indexing the cards (only what changed is embedded) …")
    try:
        built = build(settings.index_dir, settings.knowledge_dir, encoder, model)
    except OSError as error:
        raise IndexUnusable(f"the index can't be written to {settings.index_dir}: {error}") from error
    for problem in built.problems:
        log.warning("%s", problem)
    progress(f"Index ready: {built.cards} cards, {built.passages} passages, {built.embedded} embedded now.")
    return built


def open_library(
    settings: Settings, model: EmbeddingModel, encoder: Encoder, shared: SharedEncoder | None = None, fitted: Fitted | None = None
) -> Library:
    """Load the published index for searching, and refuse one of another model.

    Raises:
        IndexUnusable: it's missing, damaged or of another model.
    """
    generation = load(settings.index_dir)
    if generation.manifest.model_identity != model.identity:
        raise IndexUnusable(
            f"the index in {settings.index_dir} was made with {generation.manifest.model}, not {model.name}: run 'askwell index build'"
        )
    return Library(generation, shared or SharedEncoder(encoder.encode), fitted or Fitted.for_model(model, settings.home), encoder.words())
