"""`askwell knowledge`: check, list, start and import cards."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from typing import Any

from bot.settings import read_settings
from knowledge.base import read_knowledge
from knowledge.check import check

Subparsers = Any


def add_commands(commands: Subparsers) -> None:
    """Add `knowledge` and its subcommands."""
    group = commands.add_parser("knowledge", help="check, list, start and import cards").add_subparsers(
        dest="subcommand", required=True, metavar="SUBCOMMAND"
    )
    group.add_parser("check", help="every problem of every card, with file and line").set_defaults(run=run_check)
    listing = group.add_parser("list", help="all cards by group")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run=run_list)


def run_check(options: argparse.Namespace) -> int:
    """Print every problem; the status says whether there is one."""
    del options
    settings = read_settings()
    base, problems = check(settings.knowledge_dir, today=dt.datetime.now(dt.UTC).date())
    for problem in problems:
        print(f"{settings.knowledge_dir}/{problem}", file=sys.stderr)
    if problems:
        print(f"{len(problems)} problems in {len(base.cards)} readable cards", file=sys.stderr)
        return 1
    print(f"{len(base.cards)} cards, {len(base.contrasts)} contrasts, {len(base.beyond)} topics beyond: no problems")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Print all cards."""
    base, problems = read_knowledge(read_settings().knowledge_dir)
    cards = sorted(base.cards.values(), key=lambda card: (card.group, card.slug))
    if options.json:
        keys = {"slug", "title", "group", "asked_as", "confused_with", "related", "review_by"}
        print(json.dumps([card.model_dump(mode="json", include=keys) for card in cards], ensure_ascii=False, indent=2))
    else:
        for card in cards:
            print(f"{card.group:<12} {card.slug:<40} {card.title}")
    for problem in problems:
        print(f"askwell: {problem}", file=sys.stderr)
    return 1 if problems else 0
