"""`askwell doctor`: a check of each part of the setup, and what to do about each failure; it changes nothing."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from pydantic import SecretStr

from bot.background.status_page import OFF, split_address
from bot.command.arguments import Subparsers, add_command
from bot.command.serving.run_discourse import DISCOURSE, forum_options
from bot.ledger.database import Ledger
from bot.ledger.export import LEAST_KEY_CHARS
from bot.ledger.safekeeping.known_ledger import refuse_vanished
from bot.review.outbox.quiet_hours import read_quiet_hours
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
from knowledge.errors import AskwellError, IndexUnusable, KnowledgeError, LedgerAway, PlatformError, TurnedAway, UsageError
from knowledge.files import why_not_writable
from knowledge.reading.base import read_knowledge
from knowledge.reading.exam import EXAM

# Source: Discord's API reference, "authentication": an id, a moment and a signature, each in base 64, with dots between them.
TOKEN_SHAPE = re.compile(r"[\w-]{17,}\.[\w-]{6,}\.[\w-]{27,}")
WRONG_SHAPE = "it doesn't look like a bot's token, three parts with dots between: take it from Bot, Reset Token in the developer portal"


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
        "discourse": discourse_check,
    }
    failed = 0
    for name, one in checks.items():
        try:
            print(f"ok    {name:<9} {one(settings)}")
        except AskwellError as error:
            failed += 1
            print(f"FAIL  {name:<9} {error}")
        except OSError as error:
            failed += 1
            print(f"FAIL  {name:<9} {error.filename or name} can't be used ({error.strerror or error}): mend it or its permissions")
    return 1 if failed else 0


def settings_check(settings: Settings) -> str:
    """Look for settings that nothing reads, and for secrets and an address of the wrong shape."""
    unknown = unknown_settings()
    if unknown:
        raise UsageError(f"{'; '.join(unknown)} (.env.example has the names)")
    wrong = [f"ASKWELL_{name.upper()} {why}" for name, value in settings if isinstance(value, SecretStr) and (why := wrong_in(value))]
    addresses = {"ASKWELL_DESK_ADDRESS": settings.desk_address}
    if (settings.status_address or OFF).lower() != OFF:
        addresses["ASKWELL_STATUS_ADDRESS"] = str(settings.status_address)
    reads: list[Callable[[], object]] = [partial(split_address, address, name) for name, address in addresses.items()]
    reads.append(partial(read_quiet_hours, settings.quiet_hours))
    for read in reads:
        try:
            read()
        except UsageError as error:
            wrong.append(str(error))
    if settings.export_key is not None and len(settings.export_key.get_secret_value()) < LEAST_KEY_CHARS:
        wrong.append(f"ASKWELL_EXPORT_KEY needs at least {LEAST_KEY_CHARS} characters")
    if wrong:
        raise UsageError("; ".join(wrong))
    return "all names known, every secret in one piece"


def wrong_in(secret: SecretStr) -> str:
    """Return what no token or key can have in it; empty if nothing is wrong."""
    value = secret.get_secret_value()
    if re.search(r"\s", value):
        return "has a space or a line end in it: copy it again"
    if not value.isascii() or not value.isprintable():
        return "has a character that no key has: copy it again"
    if value[0] in "\"'<" or value[-1] in "\"'>":
        return "has quotes or brackets around it: give it without them"
    return ""


def home_check(settings: Settings) -> str:
    """Look whether the home, and the index and the learned numbers in it, can be written."""
    for folder in (settings.home, settings.index_dir, settings.home / "fitted", settings.home / "spool"):
        if why := why_not_writable(folder):
            raise UsageError(f"{folder} (in ASKWELL_HOME) can't be written ({why}): choose another home or change its permissions")
    return f"{settings.home}{'' if settings.home.exists() else ', which is made when something is written'}"


def cards_check(settings: Settings) -> str:
    """Check the cards as `askwell knowledge check` does, and whether a promotion can write one."""
    if settings.knowledge_dir.exists() and not settings.knowledge_dir.is_dir():
        raise KnowledgeError(f"ASKWELL_KNOWLEDGE_DIR {settings.knowledge_dir} is no folder")
    base, problems = check(settings.knowledge_dir, today=dt.datetime.now(dt.UTC).date())
    if problems:
        raise KnowledgeError(f"{len(problems)} problems, the first: {problems[0]}; run 'askwell knowledge check'")
    if not base.cards:
        raise KnowledgeError(f"no cards in {settings.knowledge_dir}: ASKWELL_KNOWLEDGE_DIR is the folder that has cards/ in it")
    notes = [f", and no promotion can write one ({why})" for why in [why_not_writable(settings.knowledge_dir / "cards")] if why]
    if not notes and shutil.which("git") is None:
        notes.append(", and no promotion is committed: there is no git here")
    return f"{len(base.cards)} cards in {settings.knowledge_dir}{''.join(notes)}"


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
        refuse_vanished(settings.home, ledger)
        revision, newest = ledger.revision() if ledger.has_file else None, ledger.newest()
        if revision is None:
            raise UsageError(f"there is no ledger at {ledger.shown} yet: Askwell makes it when it starts, or run 'askwell ledger upgrade'")
        ledger.refuse_newer(revision)
        if revision != newest:
            raise UsageError(f"{ledger.shown} is at {revision}, this program wants {newest}: run 'askwell ledger upgrade'")
        return f"{ledger.shown} at {revision}"
    except LedgerAway as error:
        if ledger.file is not None:
            raise
        raise LedgerAway(f"{error}: does it run, and is ASKWELL_DATABASE_URL right?") from None
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
    """Log in to Discord with the token, if one is set, and look whether the message content intent is on where it's needed."""
    if settings.discord_token is None:
        return "no token set (ASKWELL_DISCORD_TOKEN), so Discord is off"
    from bot.adapters.discord import check_login, invite_link, lacking  # noqa: PLC0415  discord.py takes a second to import

    token = settings.discord_token.get_secret_value()
    shape = "" if TOKEN_SHAPE.fullmatch(token.strip()) else f"; {WRONG_SHAPE}"
    try:
        login = asyncio.run(check_login(token, settings.discord_api_url, servers=True))
    except TurnedAway as error:
        raise TurnedAway(f"{error}{shape}") from None
    except PlatformError as error:
        raise PlatformError(f"{error}{shape}") from None
    if (settings.discord_read_threads or settings.forums) and not login.reads_all:
        raise TurnedAway(
            "the token is right, but ASKWELL_DISCORD_READ_THREADS or ASKWELL_DISCORD_FORUMS needs Message Content Intent: "
            "turn it on under Bot"
        )
    forums = bool(settings.forums)
    link = invite_link(login.application, forums=forums, guild=settings.discord_guild)
    if not login.rights:
        return f"the token is right: {login.name}; it's in no server yet, and {link} lets it into one"
    missing = {server: lacks for server, rights in login.rights.items() if (lacks := lacking(rights, forums=forums))}
    if missing:
        where = "; ".join(f"in {server!r} it lacks {' and '.join(lacks)}" for server, lacks in missing.items())
        raise TurnedAway(f"the token is right, but {where}: give its role these permissions, or let it in once more by {link}")
    return f"the token is right: {login.name}, in {', '.join(login.rights)}; {link} lets it into a server"


def discourse_check(settings: Settings) -> str:
    """Check each setting of the forum against the forum, if one is set; nothing is left behind there."""
    if settings.discourse_url is None and settings.discourse_api_key is None:
        return "no forum set (ASKWELL_DISCOURSE_URL), so Discourse is off"
    if why := DISCOURSE.missing(settings):
        raise UsageError(why)
    options = forum_options(settings)
    from bot.adapters.discourse import check_setup  # noqa: PLC0415  aiohttp takes a moment to import

    return asyncio.run(check_setup(options))
