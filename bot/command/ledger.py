"""`askwell ledger`: keep the store of questions and answers in shape."""

from __future__ import annotations

import argparse
from typing import Any

from bot.ledger.store import Ledger
from bot.settings import read_settings

Subparsers = Any


def add_commands(commands: Subparsers) -> None:
    """Add `ledger` and its subcommands."""
    group = commands.add_parser("ledger", help="keep the store of questions and answers").add_subparsers(
        dest="subcommand", required=True, metavar="SUBCOMMAND"
    )
    group.add_parser("upgrade", help="bring the tables up to date").set_defaults(run=run_upgrade)


def run_upgrade(options: argparse.Namespace) -> int:
    """Migrate the ledger."""
    del options
    ledger = Ledger(read_settings().ledger_url)
    before, after = ledger.upgrade()
    done = f"at {after} already" if before == after else f"{before or 'empty'} -> {after}"
    print(f"{ledger.shown}: {done}")
    ledger.close()
    return 0
