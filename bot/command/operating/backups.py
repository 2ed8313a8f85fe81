"""`askwell backup` and `askwell restore`: the ledger and the home in one file, once or daily, and back."""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.backup import Kept, back_up, back_up_daily, next_daily, restore
from bot.command.arguments import Subparsers, add_command
from bot.command.serving.log_lines import log_to_stderr
from bot.command.serving.stopping import end_on_sigterm
from bot.ledger.database import Ledger
from bot.settings import Settings, read_settings
from knowledge.errors import AskwellError, UsageError

log = logging.getLogger(__name__)

# A backup that failed is tried again so soon.
RETRY_S = 600.0
LOOK_EVERY_S = 60.0


def add_commands(commands: Subparsers) -> None:
    """Add `backup` and `restore`."""
    kept = add_command(commands, "backup", run_backup, "write the ledger and the home, without the index, into one file, while all runs")
    kept.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the file for it, outside of the checkout, such as x.tar.gz")
    kept.add_argument("--daily", type=Path, metavar="FOLDER", help="one a day into this folder, until stopped")
    kept.add_argument("--keep", type=int, metavar="N", help="how many daily ones are kept; ASKWELL_BACKUPS_KEPT otherwise")
    back = add_command(commands, "restore", run_restore, "put back what a backup holds; stop the bot first")
    back.add_argument("file", type=Path, metavar="FILE", help="the backup")
    back.add_argument("--replace", action="store_true", help="remove all that the ledger has now")


@contextmanager
def ledger_of(settings: Settings) -> Iterator[Ledger]:
    """Open the ledger as it is, without upgrading it."""
    ledger = Ledger(settings.ledger_url)
    try:
        yield ledger
    finally:
        ledger.close()


def run_backup(options: argparse.Namespace) -> int:
    """Write one backup, or one a day."""
    if (options.file is None) == (options.daily is None):
        raise UsageError("give the FILE for a backup, or --daily FOLDER, and not both")
    settings = read_settings()
    if options.daily is not None:
        return every_day(settings, options.daily, settings.backups_kept if options.keep is None else options.keep)
    if options.keep is not None:
        raise UsageError("--keep goes with --daily FOLDER")
    with ledger_of(settings) as ledger:
        kept = back_up(ledger, settings.home, options.file, now=dt.datetime.now(dt.UTC))
    print(f"{options.file}: {shown(kept)}")
    return 0


def every_day(settings: Settings, folder: Path, keep: int) -> int:
    """Write a backup a day until stopped; one that fails is an error in the log, and is tried again."""
    if keep < 1:
        raise UsageError("--keep needs a number from 1 on")
    end_on_sigterm()
    log_to_stderr(settings.log_format)
    while True:
        now = dt.datetime.now(dt.UTC)
        if next_daily(folder, now) > now:
            time.sleep(LOOK_EVERY_S)
            continue
        try:
            with ledger_of(settings) as ledger:
                path, kept = back_up_daily(ledger, settings.home, folder, keep=keep, now=now)
        except (AskwellError, OSError) as error:
            log.error("no backup today: %s; the next try is in %.0f min", error, RETRY_S / 60)
            time.sleep(RETRY_S)
        else:
            log.info("backup %s: %s", path, shown(kept))


def run_restore(options: argparse.Namespace) -> int:
    """Put back what a backup holds."""
    settings = read_settings()
    with ledger_of(settings) as ledger:
        kept = restore(ledger, settings.home, options.file, replace=options.replace)
        print(f"{options.file}: {shown(kept)}; restored into {ledger.shown} and {settings.home}")
    return 0


def shown(kept: Kept) -> str:
    """Return what a backup holds in words."""
    return f"{kept.rows} rows of the ledger, {kept.files} files of the home, {kept.size:,} bytes, SHA-256 {kept.sha256}"
