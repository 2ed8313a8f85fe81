"""`askwell ledger`: keep the store of questions and answers in shape, and let go of what people want gone."""

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
from typing import Any, TextIO

from bot.forgetting import forget_everywhere, purge_everywhere
from bot.ledger.database import Ledger
from bot.ledger.privacy import export, export_key
from bot.ledger.spool import enter_spooled
from bot.settings import Settings, read_settings
from knowledge.errors import LedgerUnavailable, Refused, UsageError
from knowledge.files import PRIVATE, replacing

Subparsers = Any

log = logging.getLogger(__name__)

LONGEST_DAYS = 36_500


def add_commands(commands: Subparsers) -> None:
    """Add `ledger` and its subcommands."""
    words = "keep the store of questions and answers"
    group = commands.add_parser("ledger", help=words, description=words).add_subparsers(
        dest="subcommand", required=True, metavar="SUBCOMMAND"
    )
    words = "bring the tables up to date"
    group.add_parser("upgrade", help=words, description=words).set_defaults(run=run_upgrade)
    words = "every row as a line of JSON, with keyed hashes where people's ids stood"
    exported = group.add_parser("export", help=words, description=words)
    exported.add_argument("--out", type=Path, metavar="FILE.jsonl", help="where it goes; standard output otherwise")
    exported.set_defaults(run=run_export)
    words = "remove a person's questions, and all that hangs on them, everywhere; it asks nothing"
    forgotten = group.add_parser("forget", help=words, description=words)
    forgotten.add_argument("user", metavar="USER", help="the account's id on the platform")
    forgotten.add_argument("--platform", metavar="P", help="on this platform alone: discord, discourse, console")
    forgotten.set_defaults(run=run_forget)
    words = "remove questions that are older than they are to be kept"
    purged = group.add_parser("purge", help=words, description=words)
    purged.add_argument("--days", type=days, metavar="N", help="older than this many days; ASKWELL_KEEP_DAYS otherwise")
    purged.set_defaults(run=run_purge)


@contextmanager
def opened(settings: Settings) -> Iterator[Ledger]:
    """Open the ledger for one command: its tables are brought up to date, and what was spooled while it was away is entered.

    Raises:
        LedgerUnavailable: it can't be reached, upgraded or written.
    """
    ledger = Ledger(settings.ledger_url)
    try:
        ledger.upgrade()
        try:
            entered = enter_spooled(ledger, settings.home)
        except OSError as error:
            log.warning("what was spooled in %s is not in the ledger yet: %s", settings.home, error)
        else:
            if entered:
                log.warning("%d spooled event%s entered into the ledger first", entered, "" if entered == 1 else "s")
        yield ledger
    finally:
        ledger.close()


def run_upgrade(options: argparse.Namespace) -> int:
    """Migrate the ledger."""
    del options
    ledger = Ledger(read_settings().ledger_url)
    before, after = ledger.upgrade()
    done = f"at {after} already" if before == after else f"{before or 'empty'} -> {after}"
    print(f"{ledger.shown}: {done}")
    ledger.close()
    return 0


def run_export(options: argparse.Namespace) -> int:
    """Write every row, without people's ids."""
    settings = read_settings()
    if options.out is not None and options.out.is_dir():
        raise UsageError(f"can't write {options.out}: it's a folder")
    key = export_key(settings.home, None if settings.export_key is None else settings.export_key.get_secret_value())
    try:
        with opened(settings) as ledger, unnamed(settings.home) as lines:
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
    """Write the rows into a file, from which they go on: whoever reads slowly must not hold the ledger meanwhile."""
    rows = 0
    with ledger.transaction() as session:
        for rows, row in enumerate(export(session, key), start=1):  # noqa: B007  counted
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
    return rows


@contextmanager
def unnamed(folder: Path) -> Iterator[TextIO]:
    """Open a file without a name, of which nothing is left when the block ends."""
    # Half a surrogate pair can't be written as UTF-8; backslashreplace writes it as JSON's escape.
    with tempfile.TemporaryFile("w+", dir=folder, encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        yield file


def run_forget(options: argparse.Namespace) -> int:
    """Forget a person, and say how much of them there was."""
    settings = read_settings()
    if not options.user.strip():
        raise UsageError("who is to be forgotten? the account's id on the platform")
    where = f" on {options.platform}" if options.platform else ""
    with opened(settings) as ledger:
        try:
            gone = forget_everywhere(ledger, settings.home, options.user, options.platform)
        except OSError as error:
            raise LedgerUnavailable(f"the files in {settings.home} can't be written ({error}): mend that and do the same again") from None
    if not gone.anything:
        raise Refused(f"nothing of '{options.user}'{where} is kept (any more): it goes by the account's id on the platform, not by a name")
    counts = {name: number for name, number in vars(gone).items() if number and name != "learners"}
    shown = ", ".join(f"{number} {word(name, number)}" for name, number in counts.items())
    print(f"'{options.user}'{where} is forgotten: {shown or 'the account'} removed")
    return 0


def word(name: str, number: int) -> str:
    """Return what is counted, as it's said of so many."""
    words = {"feedback": "words of feedback", "spooled": "spooled events"}
    singular = {"deliveries": "delivery", "feedback": "word of feedback", "spooled": "spooled event"}
    return singular.get(name, name.removesuffix("s")) if number == 1 else words.get(name, name)


def run_purge(options: argparse.Namespace) -> int:
    """Remove what is too old."""
    settings = read_settings()
    limit = options.days or settings.keep_days
    with opened(settings) as ledger:
        try:
            removed = purge_everywhere(ledger, settings.home, older_than_days=limit, now=dt.datetime.now(dt.UTC))
        except OSError as error:
            raise LedgerUnavailable(f"the files in {settings.home} can't be written ({error}): mend that and do the same again") from None
    print(f"{removed} question{'' if removed == 1 else 's'} older than {limit} day{'' if limit == 1 else 's'} removed")
    return 0


def days(typed: str) -> int:
    """Read a number of days."""
    if not typed.isascii() or not typed.isdigit() or not 1 <= int(typed[:6]) <= LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"{typed[:40]!r} is no number of days from 1 to {LONGEST_DAYS:,}")
    return int(typed)
