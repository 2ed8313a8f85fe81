"""The composition root: settings, index, model and ledger put together into the service that every adapter calls."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path

from bot.ledger.database import Ledger
from bot.ledger.spool import Spool
from bot.record import Incoming
from bot.service import STALE, Service
from bot.settings import Settings
from bot.wording.check.signals import SIGNALS
from bot.wording.model.chat_model import open_writer
from bot.wording.word import Wording
from index.encoder.batching import SharedEncoder
from index.encoder.embedding import Encoder
from index.encoder.entailment import Entailment
from index.encoder.model_files import EmbeddingModel, find_model
from index.learned.fitted import Fitted
from index.learned.kernel import KernelModel
from index.search.library import Library
from index.store.build import Built, build, is_current
from index.store.generations import load
from knowledge.errors import IndexUnusable, LedgerAway
from knowledge.files import PRIVATE, write_durably

__all__ = ["STALE", "Incoming", "Progress", "Service", "open_service", "silent"]

log = logging.getLogger(__name__)

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Show nothing."""


def open_service(settings: Settings, *, with_ledger: bool = True, progress: Progress = silent) -> Service:
    """Make everything ready to answer: the ledger upgraded, the index brought up to date, the model loaded.

    Raises:
        AskwellError: something that answering needs can't be had; the message says what to do.
    """
    ledger = open_ledger(settings, progress) if with_ledger else None
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
    service = Service(
        library,
        ledger,
        latest,
        Spool(settings.home) if with_ledger else None,
        wording=open_wording(settings, model),
        hints_first=settings.hints_first,
    )
    service.enter_spooled()
    service.tell_if_stale()
    return service


def open_ledger(settings: Settings, progress: Progress) -> Ledger:
    """Open the ledger and bring it up to date; one that was there before and is away or locked now may come back later.

    Raises:
        LedgerUnavailable: it can't be used, or it is away and never was there.
    """
    ledger = Ledger(settings.ledger_url)
    # Which ledger this home has used: an address with a slip in it is no ledger that is away for a moment.
    known = settings.home / "ledger-url"
    try:
        before, after = ledger.upgrade()
    except LedgerAway as error:
        if not was_there(known, ledger):
            raise
        log.warning("%s; questions are answered meanwhile, and entered when it is back", error)
        ledger.upgrade_when_back()
        return ledger
    if before != after:
        progress(f"Ledger made ready at {ledger.shown}.")
    if not was_there(known, ledger):
        with contextlib.suppress(OSError):
            known.parent.mkdir(parents=True, exist_ok=True)
            write_durably(known, ledger.shown.encode(), mode=PRIVATE)
    return ledger


def was_there(known: Path, ledger: Ledger) -> bool:
    """Say whether this home has used a ledger before."""
    try:
        return known.read_bytes() == ledger.shown.encode()
    except OSError:
        return False


def open_wording(settings: Settings, model: EmbeddingModel) -> Wording | None:
    """Make the configured model and the check of what it writes ready; None without a model.

    Raises:
        UsageError: ASKWELL_MODEL can't be used.
        IndexUnusable: the check was not fitted for this embedding model, or the entailment model can't be loaded.
    """
    writer = open_writer(settings)
    if writer is None:
        return None
    support = KernelModel.for_model(model.identity, SIGNALS, settings.home)
    readers = (Entailment(settings.entailment_model),) if settings.entailment_model else ()
    return Wording(writer, support, settings.knowledge_dir, settings.home, readers=readers, second_reader=settings.second_reader)


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
    built = publish(settings, model, encoder)
    for problem in built.problems:
        log.warning("%s", problem)
    progress(f"Index ready: {built.cards} cards, {built.passages} passages, {built.embedded} embedded now.")
    return built


def publish(settings: Settings, model: EmbeddingModel, encoder: Callable[[], Encoder]) -> Built:
    """Build the index of the cards as they are and publish it.

    Raises:
        IndexUnusable: it can't be written.
    """
    try:
        return build(settings.index_dir, settings.knowledge_dir, encoder, model)
    except OSError as error:
        raise IndexUnusable(f"the index can't be written to {settings.index_dir}: {error}") from error


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
