"""`askwell doctor`: a check of each part of the setup, and what to do about each failure."""

from __future__ import annotations

import argparse
import datetime as dt
import os
from collections.abc import Callable
from dataclasses import replace

from bot.command.arguments import Subparsers, add_command
from bot.ledger.database import Ledger
from bot.settings import Settings, read_settings, unknown_settings
from bot.values import CleanText
from bot.wording.judge.candidate import open_candidate
from bot.wording.judge.passed_judge import grade_now, verdict
from bot.wording.model.chat_model import open_writer
from index.encoder.model_files import find_model
from index.learned.reader_weights import ReaderWeights
from index.store.build import is_current
from index.store.generations import load
from knowledge.checking.rules import check
from knowledge.errors import AskwellError, IndexUnusable, KnowledgeError, UsageError
from knowledge.reading.base import read_knowledge
from knowledge.reading.exam import EXAM


def add_commands(commands: Subparsers) -> None:
    """Add `doctor`."""
    add_command(commands, "doctor", run_doctor, "check settings, cards, index, ledger, models and tokens")


def run_doctor(options: argparse.Namespace) -> int:
    """Print one line per check; the status is 1 if any fails."""
    del options
    settings = read_settings()
    checks: dict[str, Callable[[Settings], str]] = {
        "settings": settings_check,
        "home": home_check,
        "cards": cards_check,
        "model": model_check,
        "index": index_check,
        "ledger": ledger_check,
        "answers": writer_check,
        "judge": judge_check,
        "discord": discord_check,
    }
    failed = 0
    for name, one in checks.items():
        try:
            print(f"ok    {name:<9} {one(settings)}")
        except AskwellError as error:
            failed += 1
            print(f"FAIL  {name:<9} {error}")
    return 1 if failed else 0


def settings_check(settings: Settings) -> str:
    """Look for settings that nothing reads."""
    del settings
    unknown = unknown_settings()
    if unknown:
        raise UsageError(f"{'; '.join(unknown)} (.env.example has the names)")
    return "all names known"


def home_check(settings: Settings) -> str:
    """Try to write into the home."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe = settings.home / f".probe-{os.getpid()}"
        probe.write_text("askwell", encoding="utf-8")
        probe.unlink()
    except OSError as error:
        raise UsageError(
            f"ASKWELL_HOME {settings.home} can't be written ({error.strerror}): choose another folder or change its permissions"
        ) from None
    return str(settings.home)


def cards_check(settings: Settings) -> str:
    """Check the cards as `askwell knowledge check` does."""
    base, problems = check(settings.knowledge_dir, today=dt.datetime.now(dt.UTC).date())
    if problems:
        raise KnowledgeError(f"{len(problems)} problems, the first: {problems[0]}; run 'askwell knowledge check'")
    return f"{len(base.cards)} cards in {settings.knowledge_dir}"


def model_check(settings: Settings) -> str:
    """Find the embedding model and what the reader learned for it."""
    model = find_model(settings.embedding_model)
    ReaderWeights.for_model(model, settings.home)
    return f"{model.name} ({model.sha256[:12]})"


def index_check(settings: Settings) -> str:
    """Load the index and compare it with the cards."""
    generation = load(settings.index_dir)
    if not is_current(settings.index_dir, settings.knowledge_dir, find_model(settings.embedding_model)):
        raise IndexUnusable("the cards or the model changed since the index was built: run 'askwell index build'")
    return f"{generation.name}, {generation.manifest.passages} passages"


def ledger_check(settings: Settings) -> str:
    """Reach the ledger and compare its tables with this program."""
    ledger = Ledger(settings.ledger_url)
    try:
        revision, newest = ledger.revision(), ledger.newest()
        if revision != newest:
            raise UsageError(f"{ledger.shown} is at {revision or 'nothing'}, this program wants {newest}: run 'askwell ledger upgrade'")
        return f"{ledger.shown} at {revision}"
    finally:
        ledger.close()


def writer_check(settings: Settings) -> str:
    """Ask the language model something small, if there is one, whatever it answers."""
    writer = open_writer(settings)
    if writer is None:
        return "no language model set (ASKWELL_MODEL), so answers are the mentors' own words"
    from bot.wording.prompt.understanding import understanding_prompt  # noqa: PLC0415  LangChain takes seconds to import

    try:
        writer.write(replace(understanding_prompt((CleanText("Is water wet?"),), budget_tokens=writer.budget_tokens), share_of_time=1.0))
    finally:
        writer.close()
    return f"{writer.name} answers"


def judge_check(settings: Settings) -> str:
    """Look up the grade of the model that would judge drafts; nothing is judged. Without an exam or a sitting nothing is wrong yet."""
    candidate = open_candidate(settings)
    if candidate is None:
        return "no language model set, so there are no drafts to judge"
    try:
        if not any(settings.knowledge_dir.glob(EXAM)):
            return f"this course has no exam ({EXAM}), so no drafts are judged, and the model chooses passages"
        grade = grade_now(settings, candidate, read_knowledge(settings.knowledge_dir)[0])
        if grade is not None and not grade.passed:
            raise UsageError(f"{verdict(candidate.name, grade)}, so no drafts are judged: set ASKWELL_JUDGE to a better one")
        return verdict(candidate.name, grade)
    finally:
        candidate.close()


def discord_check(settings: Settings) -> str:
    """Report whether a Discord token is set; `askwell discord` tries it."""
    return "a token is set" if settings.discord_token else "no token set (ASKWELL_DISCORD_TOKEN), so Discord is off"
