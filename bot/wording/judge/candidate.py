"""The configured judge is opened as a candidate: with what tells it from another, by which its grade is kept."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bot.settings import Settings
from bot.wording.judge.judgement import Judge
from bot.wording.judge.model_judges import ChatJudge, ClaimJudge, InferenceJudge, OffForm, says_by_chance, says_by_chat
from bot.wording.model.chat_model import NoAnswer, open_writer
from bot.wording.model.identity import server_says
from index.encoder.entailment import Entailment
from index.encoder.minicheck import SupportClassifier
from index.encoder.model_files import find_model
from knowledge.errors import AskwellError, PlatformError, UsageError

if TYPE_CHECKING:
    from bot.wording.model.chat_model import Writer
    from bot.wording.prompt.assemble import Prompt

ENTAILMENT = "entailment"
MINICHECK = "minicheck"
# What follows `minicheck:` is one of these with a model's name, or else a folder or a hub name.
SERVED = ("ollama", "openai")
# The versions of what is done with the models that have no prompt.
INFERENCE_VERSION = "inference-1"
CLASSIFIER_VERSION = "classifier-1"


Read = TypeVar("Read")


@dataclass(frozen=True)
class Candidate:
    """A judge that may have passed the exam, or not; `version` is that of its prompt.

    `says` asks the server, or the files, which model it is now; `close` hangs up.
    """

    judge: Judge
    name: str
    base_url: str
    version: str
    says: Callable[[], str]
    close: Callable[[], None]


def open_candidate(settings: Settings) -> Candidate | None:
    """Open the judge of ASKWELL_JUDGE, or the configured model; None if there is neither. No server is asked yet.

    Raises:
        UsageError: the setting can't be used.
        IndexUnusable: a local model can't be loaded.
    """
    name = settings.judge or settings.model
    if name is None:
        return None
    kind, _, rest = name.partition(":")
    if kind == ENTAILMENT and rest:
        return local(name, rest, InferenceJudge(name, one_at_a_time(Entailment(rest))), INFERENCE_VERSION)
    if kind == MINICHECK and rest and rest.partition(":")[0] not in SERVED:
        return local(name, rest, ClaimJudge(name, says_by_chance(one_at_a_time(SupportClassifier(rest)))), CLASSIFIER_VERSION)
    return served(name, rest if kind == MINICHECK and rest else name, settings)


def one_at_a_time(model: Callable[[str, Sequence[str]], Read]) -> Callable[[str, Sequence[str]], Read]:
    """Return a model that is called by one thread at a time; it takes all cores by itself, and its tokenizer isn't made for several."""
    lock = threading.Lock()

    def read(claim: str, notes: Sequence[str]) -> Read:
        with lock:
            return model(claim, notes)

    return read


def local(name: str, location: str, judge: Judge, version: str) -> Candidate:
    """Return a candidate whose model is loaded from a folder or a hub."""
    # The weights in memory stay those that were read now.
    weights = find_model(location).sha256
    return Candidate(judge, name, "", version, lambda: weights, lambda: None)


def served(name: str, model: str, settings: Settings) -> Candidate:
    """Return a candidate whose model is on a server."""
    own = for_judge(settings, model)
    try:
        writer = open_writer(own)
    except UsageError as error:
        raise UsageError(renamed(error, settings)) from error
    assert writer is not None, "a judge has a model"
    ask = asking(writer, settings)
    # LangChain takes seconds to import; whoever has such a judge needs it.
    from bot.wording.prompt.judging import DOCUMENT_VERSION, judging_version  # noqa: PLC0415

    judge: Judge
    if name == model:
        judge, version = ChatJudge(name, ask, writer.budget_tokens), judging_version()
    else:
        judge, version = ClaimJudge(name, says_by_chat(ask)), DOCUMENT_VERSION

    def says() -> str:
        try:
            return server_says(own)
        except PlatformError as error:
            raise PlatformError(renamed(error, settings)) from error

    return Candidate(judge, name, own.model_base_url or "", version, says, writer.close)


def for_judge(settings: Settings, model: str) -> Settings:
    """Return the settings with the judge's model and server in the place of the writing model's."""
    same_provider = model.partition(":")[0] == (settings.model or "").partition(":")[0]
    base_url = settings.judge_base_url or (settings.model_base_url if same_provider else None)
    key = settings.judge_api_key or (settings.model_api_key if base_url == settings.model_base_url and same_provider else None)
    return settings.model_copy(update={"model": model, "model_base_url": base_url, "model_api_key": key})


def asking(writer: Writer, settings: Settings) -> Callable[[Prompt], str]:
    """Return what sends a prompt to the judge's model; its errors name the judge's settings."""

    def ask(prompt: Prompt) -> str:
        try:
            return writer.write(prompt)
        except PlatformError as error:
            # Nothing is a reply too; of a server that is away or busy nothing is known.
            kind = OffForm if isinstance(error, NoAnswer) else PlatformError
            raise kind(renamed(error, settings)) from error

    return ask


def renamed(error: AskwellError, settings: Settings) -> str:
    """Return an error's message with the names of the settings that the judge was opened by."""
    # All settings of a model's server have their counterpart; those of time and room are shared.
    return re.sub(r"ASKWELL_MODEL(?!_(?!BASE_URL|API_KEY))", "ASKWELL_JUDGE", str(error)) if settings.judge else str(error)
