"""`askwell serve`: all platforms that are set up and the desk, in one process over one ledger and one index."""

from __future__ import annotations

import argparse

from bot.command.arguments import Subparsers, add_command
from bot.command.serving.platforms import serve
from bot.command.serving.run_desk import DESK
from bot.command.serving.run_discord import DISCORD
from bot.command.serving.run_discourse import DISCOURSE, forum_options
from bot.settings import read_settings
from knowledge.errors import UsageError

# Where learners are; the desk goes with them.
PLATFORMS = (DISCORD, DISCOURSE)


def add_commands(commands: Subparsers) -> None:
    """Add `serve`."""
    parser = add_command(commands, "serve", run_serve, "answer on all platforms that are set up, with the mentors' desk, in one process")
    parser.set_defaults(serves=True)
    parser.add_argument("--no-desk", action="store_true", help="leave the desk to another process")


def run_serve(options: argparse.Namespace) -> int:
    """Serve on all platforms that are set up, and the desk, until stopped."""
    settings = read_settings()
    chosen = [platform for platform in PLATFORMS if not platform.missing(settings)]
    if not chosen:
        raise UsageError("; ".join(platform.missing(settings) for platform in PLATFORMS))
    if DISCOURSE in chosen:
        # A setting that can't be used is said now, not in an hour.
        forum_options(settings)
    return serve(chosen if options.no_desk else [*chosen, DESK], settings)
