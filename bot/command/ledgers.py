"""`askwell ledger`: upgrade and export the store of questions and answers, and remove people or old questions from it."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import logging
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from bot.command.arguments import Subparsers, add_command, add_group
from bot.forgetting import forget_everywhere, purge_everywhere
from bot.ledger.database import Ledger
from bot.ledger.export import export, export_key
from bot.ledger.safekeeping.known_ledger import note_used, refuse_vanished
from bot.ledger.spool import Spool
from bot.settings import Settings, read_settings
from knowledge.errors import LedgerUnavailable, Refused, UsageError
from knowledge.files import PRIVATE, replacing

log = logging.getLogger(__name__)

LONGEST_DAYS = 36_500


def add_commands(commands: Subparsers) -> None:
    """Add `ledger` and its subcommands."""
    group = add_group(commands, "ledger", "the store of questions and answers: upgrade, export, removal")
    add_command(group, "upgrade", run_upgrade, "bring the tables up to date")
    exported = add_command(group, "export", run_export, "every row as a line of JSON, with keyed hashes in place of people's ids")
    exported.add_argument("--out", type=Path, metavar="FILE.jsonl", help="the file for it; standard output otherwise")
    words = "remove a person's questions and everything that belongs to them, everywhere; there is no confirmation"
    forgotten = add_command(group, "forget", run_forget, words)
    forgotten.add_argument("user", metavar="USER", help="the account's id on the platform")
    forgotten.add_argument("--platform", metavar="P", help="on this platform alone: discord, discourse, console")
    purged = add_command(group, "purge", run_purge, "remove old questions")
    purged.add_argument("--days", type=days, metavar="N", help="older than this many days; ASKWELL_KEEP_DAYS otherwise")


@contextmanager
def opened(settings: Settings) -> Iterator[Ledger]:
    """Open the ledger for one command, upgrade it, and enter spooled events first.

    Raises:
        LedgerUnavailable: it can't be reached, upgraded or written.
    """
    ledger = Ledger(settings.ledger_url)
    try:
        refuse_vanished(settings.home, ledger)
        ledger.upgrade()
        note_used(settings.home, ledger)
        try:
            entered = Spool(settings.home).enter(ledger)
        except OSError as error:
            log.warning("the spooled events in %s are not in the ledger yet: %s", settings.home, error)
        else:
            if entered:
                log.warning("%d spooled event%s entered into the ledger first", entered, "" if entered == 1 else "s")
        yield ledger
    finally:
        ledger.close()


def run_upgrade(options: argparse.Namespace) -> int:
    """Bring the tables up to date."""
    del options
    settings = read_settings()
    ledger = Ledger(settings.ledger_url)
    refuse_vanished(settings.home, ledger)
    before, after = ledger.upgrade()
    done = f"at {after} already" if before == after else f"{before or 'empty'} -> {after}"
    print(f"{ledger.shown}: {done}")
    ledger.close()
    return 0


def run_export(options: argparse.Namespace) -> int:
    """Write every row without people's ids."""
    settings = read_settings()
    if options.out is not None and options.out.is_dir():
        raise UsageError(f"can't write {options.out}: it's a folder")
    key = export_key(settings.home, None if settings.export_key is None else settings.export_key.get_secret_value())
    try:
        with opened(settings) as ledger, unnamed_file(settings.home) as lines:
            rows = write_rows(ledger, key, lines)
            lines.seek(0)
            if options.out is None:
                shutil.copyfileobj(lines, sys.stdout)
                sys.stdout.flush()
            else:
                with replacing(options.out, mode=PRIVATE) as file:
                    shutil.copyfileobj(lines.buffer, file)
                print(f"{options.out}: {rows} rows")
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"the export can't be written to {options.out or settings.home}: {error.strerror or error}") from None
    return 0


def write_rows(ledger: Ledger, key: bytes, lines: TextIO) -> int:
    """Write the rows into a file first, since a slow reader must not hold the ledger; return how many there are."""
    rows = 0
    with ledger.transaction() as session:
        for rows, row in enumerate(export(session, key), start=1):  # noqa: B007  counted
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
    return rows


@contextmanager
def unnamed_file(folder: Path) -> Iterator[TextIO]:
    """Open a file without a name, which is gone when the block ends."""
    # Half a surrogate pair can't be written as UTF-8; backslashreplace writes it as JSON's escape.
    with tempfile.TemporaryFile("w+", dir=folder, encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        yield file


def run_forget(options: argparse.Namespace) -> int:
    """Forget a person, and print how much was removed."""
    settings = read_settings()
    if not options.user.strip():
        raise UsageError("who is to be forgotten? the account's id on the platform")
    where = f" on {options.platform}" if options.platform else ""
    with opened(settings) as ledger:
        try:
            gone = forget_everywhere(ledger, settings.home, options.user, options.platform)
        except OSError as error:
            raise LedgerUnavailable(f"the files in {settings.home} can't be written ({error}): fix that and do the same again") from None
    if not gone.anything:
        raise Refused(f"nothing of '{options.user}'{where} is kept: USER is the account's id on the platform, not a name")
    counts = {name: number for name, number in vars(gone).items() if number and name != "learners"}
    shown = ", ".join(f"{number} {noun(name, number)}" for name, number in counts.items())
    print(f"'{options.user}'{where} is forgotten: {shown or 'the account'} removed")
    return 0


def noun(name: str, number: int) -> str:
    """Return the noun for a count of removed things."""
    words = {"feedback": "words of feedback", "spooled": "spooled events"}
    singular = {"deliveries": "delivery", "feedback": "word of feedback", "spooled": "spooled event"}
    return singular.get(name, name.removesuffix("s")) if number == 1 else words.get(name, name)


def run_purge(options: argparse.Namespace) -> int:
    """Remove old questions."""
    settings = read_settings()
    limit = options.days or settings.keep_days
    with opened(settings) as ledger:
        try:
            removed = purge_everywhere(ledger, settings.home, older_than_days=limit, now=dt.datetime.now(dt.UTC))
        except OSError as error:
            raise LedgerUnavailable(f"the files in {settings.home} can't be written ({error}): fix that and do the same again") from None
    print(f"{removed} question{'' if removed == 1 else 's'} older than {limit} day{'' if limit == 1 else 's'} removed")
    return 0


def days(typed: str) -> int:
    """Read a number of days."""
    if not typed.isascii() or not typed.isdigit() or not 1 <= int(typed[:6]) <= LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"{typed[:40]!r} is no number of days from 1 to {LONGEST_DAYS:,}")
    return int(typed)
