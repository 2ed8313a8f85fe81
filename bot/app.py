"""The composition root: it makes the service out of settings, index, model and ledger."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack

from bot.door.help_lines import lines_for
from bot.ledger.database import Ledger
from bot.ledger.safekeeping.known_ledger import note_used, refuse_vanished, was_used
from bot.ledger.spool import Spool
from bot.review.outbox.quiet_hours import read_quiet_hours
from bot.service import Service
from bot.settings import Settings
from bot.wording.judge.passed_judge import PassedJudge
from bot.wording.model.chat_model import open_writer
from bot.wording.word import FindJudge, Wording, no_judge
from index.encoder.batching import SharedEncoder
from index.encoder.embedding import Encoder
from index.encoder.model_files import EmbeddingModel, find_model
from index.learned.reader_weights import ReaderWeights
from index.search.library import Library
from index.store.build import Built, build, is_current
from index.store.generations import load, read_manifest
from knowledge.errors import IndexUnusable, LedgerAway
from knowledge.files import why_not_writable

log = logging.getLogger(__name__)

Progress = Callable[[str], None]


def no_progress(_: str) -> None:
    """Show no progress."""


def open_service(settings: Settings, *, with_ledger: bool = True, progress: Progress = no_progress) -> Service:
    """Upgrade the ledger, update the index and load the models; return the service over them.

    Raises:
        AskwellError: something that answering needs is missing; the message says what to do.
    """
    ledger = open_ledger(settings, progress) if with_ledger else None
    with ExitStack() as undo:
        if ledger is not None:
            undo.callback(ledger.close)
        service = open_over(ledger, settings, progress)
        undo.pop_all()
    return service


def open_over(ledger: Ledger | None, settings: Settings, progress: Progress) -> Service:
    """Update the index and load the models; return the service over them and a ledger."""
    quiet_hours = read_quiet_hours(settings.quiet_hours)
    model = find_model(settings.embedding_model)
    refuse_without_index(settings)
    progress(f"Loading the embedding model {model.name} …")
    encoder = Encoder(model)
    shared = SharedEncoder(encoder.encode)
    weights = ReaderWeights.for_model(model, settings.home)

    def read() -> Library:
        return open_library(settings, model, encoder, shared, weights)

    def latest(show: Progress = no_progress) -> Library:
        return open_latest(settings, model, encoder, read, show)

    try:
        library = latest(progress)
    except IndexUnusable as error:
        library = open_earlier(read, error)
    service = Service(
        library,
        ledger,
        latest,
        None if ledger is None else Spool(settings.home),
        wording=open_wording(settings),
        hints_first=settings.hints_first,
        help_lines=lines_for(settings.help_countries),
        quiet_hours=quiet_hours,
    )
    service.enter_spooled()
    return service


def refuse_without_index(settings: Settings) -> None:
    """Raise IndexUnusable if there is no index, and none can be made: before the seconds of loading."""
    try:
        read_manifest(settings.index_dir)
    except IndexUnusable:
        refuse_unwritable_index(settings)


def refuse_unwritable_index(settings: Settings) -> None:
    """Raise IndexUnusable if no index can be written."""
    if why := why_not_writable(settings.index_dir):
        raise IndexUnusable(f"the index can't be written to {settings.index_dir}: {why}")


def open_ledger(settings: Settings, progress: Progress) -> Ledger:
    """Open and upgrade the ledger; one that this home has used before may be away or locked now.

    Raises:
        LedgerUnavailable: it can't be used, or has vanished, or it's away and this home has never used it.
    """
    ledger = Ledger(settings.ledger_url)
    with ExitStack() as undo:
        undo.callback(ledger.close)
        try:
            refuse_vanished(settings.home, ledger)
            before, after = ledger.upgrade()
        except LedgerAway as error:
            # What this home has used before is away for a moment; anything else may be a wrong address.
            if not was_used(settings.home, ledger):
                raise
            log.warning("%s; questions are answered meanwhile, and entered when it is back", error)
            ledger.upgrade_when_back()
        else:
            if before != after:
                progress(f"Ledger made ready at {ledger.shown}.")
            note_used(settings.home, ledger)
        undo.pop_all()
    return ledger


def open_wording(settings: Settings) -> Wording | None:
    """Open the configured model; None without one. A judge that can't be loaded is left out with a warning.

    Raises:
        UsageError: ASKWELL_MODEL or ASKWELL_JUDGE can't be used.
    """
    writer = open_writer(settings)
    if writer is None:
        return None
    try:
        judge: FindJudge = PassedJudge(settings)
    except IndexUnusable as error:
        log.warning("drafts are not judged: %s", error)
        judge = no_judge
    return Wording(writer, settings.knowledge_dir, settings.home, judge=judge)


def open_latest(
    settings: Settings, model: EmbeddingModel, encoder: Encoder, read: Callable[[], Library], progress: Progress = no_progress
) -> Library:
    """Update the index and read it; rebuild it if it's damaged.

    Raises:
        IndexUnusable: it can't be written, or not even the new one can be read.
    """
    bring_up_to_date(settings, model, lambda: encoder, progress)
    try:
        return read()
    except IndexUnusable as error:
        log.warning("the index is rebuilt, since it can't be used: %s", error)
    rebuild(settings, model, lambda: encoder, progress)
    return read()


def open_earlier(read: Callable[[], Library], error: IndexUnusable) -> Library:
    """Read the earlier index because the newest could not be published, with a warning; without one, raise that error."""
    try:
        library = read()
    except IndexUnusable:
        raise error from None
    log.warning("the cards are served from the earlier index: %s", error)
    return library


def bring_up_to_date(settings: Settings, model: EmbeddingModel, encoder: Callable[[], Encoder], progress: Progress) -> Built | None:
    """Build the index if the cards or the model changed."""
    if is_current(settings.index_dir, settings.knowledge_dir, model):
        return None
    return rebuild(settings, model, encoder, progress)


def rebuild(settings: Settings, model: EmbeddingModel, encoder: Callable[[], Encoder], progress: Progress) -> Built:
    """Build the index, and warn of problems in cards.

    Raises:
        IndexUnusable: it can't be written.
    """
    progress("Indexing the cards (only what changed is embedded) …")
    built = publish(settings, model, encoder)
    for problem in built.problems:
        log.warning("%s", problem)
    progress(f"Index ready: {built.cards} cards, {built.passages} passages, {built.embedded} embedded now.")
    return built


def publish(settings: Settings, model: EmbeddingModel, encoder: Callable[[], Encoder]) -> Built:
    """Build the index of the cards and publish it.

    Raises:
        IndexUnusable: it can't be written, which is mostly found before minutes of embedding.
    """
    refuse_unwritable_index(settings)
    try:
        return build(settings.index_dir, settings.knowledge_dir, encoder, model)
    except OSError as error:
        raise IndexUnusable(f"the index can't be written to {settings.index_dir}: {error}") from error


def open_library(
    settings: Settings, model: EmbeddingModel, encoder: Encoder, shared: SharedEncoder | None = None, weights: ReaderWeights | None = None
) -> Library:
    """Load the published index for searching.

    Raises:
        IndexUnusable: it's missing, damaged or made with another model.
    """
    generation = load(settings.index_dir)
    if generation.manifest.model_identity != model.identity:
        raise IndexUnusable(
            f"the index in {settings.index_dir} was made with {generation.manifest.model}, not {model.name}: run 'askwell index build'"
        )
    return Library(
        generation, shared or SharedEncoder(encoder.encode), weights or ReaderWeights.for_model(model, settings.home), encoder.words()
    )
