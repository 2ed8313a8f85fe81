"""The command `askwell`: it parses, calls once and prints; every failure is one line and an exit status."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from bot.command import ask, cards, doctor, evaluation, indexes, ledgers, show_prompt, sit_exam
from bot.command.operating import backups, given_settings, setting_up
from bot.command.reviewing import reviews
from bot.command.serving import run_all, run_desk, run_discord, run_discourse
from bot.command.serving.stopping import stay_up
from bot.settings import unknown_settings
from knowledge.errors import AskwellError


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line and exits with 2."""

    def error(self, message: str) -> NoReturn:
        """Print one line and exit."""
        self.exit(2, f"{self.prog}: {message} (see '{self.prog} --help')\n")


def parser() -> Parser:
    """Return the parser of all commands."""
    top = Parser(prog="askwell", description="Answers the learners of a course with explanations that its mentors wrote.")
    top.add_argument("--verbose", action="store_true", help="log what happens to standard error")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    answering = (ask, show_prompt, cards, indexes, evaluation, sit_exam, reviews, run_discord, run_discourse, run_desk, run_all)
    for group in (*answering, ledgers, backups, setting_up, given_settings, doctor):
        group.add_commands(commands)
    return top


def runs_for_days(options: argparse.Namespace) -> bool:
    """Return whether a command serves people, or makes a backup a day."""
    return bool(getattr(options, "serves", False) or getattr(options, "daily", None))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 1 (a check failed) or 2 (wrong usage)."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.WARNING, format="askwell: %(message)s", stream=sys.stderr)
    if not sys.stderr.isatty():
        # In a log, the progress bar of a model being loaded is only noise.
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    try:
        # A process that runs for days has them in its log.
        if not runs_for_days(options):
            for line in unknown_settings():
                print(f"askwell: {line}", file=sys.stderr)
        status: int = options.run(options)
    except AskwellError as error:
        if runs_for_days(options):
            stay_up(error)
        print(f"askwell: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status
