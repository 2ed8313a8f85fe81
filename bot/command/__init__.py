"""The command `askwell`: reads what was typed, calls once, prints; every failure is one line and an exit status."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from bot.command import ask, cards, doctor, evaluation, indexes, ledgers, reviews, run, show_prompt
from bot.settings import unknown_settings
from knowledge.errors import AskwellError


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line and exits with 2."""

    def error(self, message: str) -> NoReturn:
        """Print one line and exit."""
        self.exit(2, f"{self.prog}: {message} (see '{self.prog} --help')\n")


def parser() -> Parser:
    """Return the whole command's parser; each group of commands adds its own."""
    top = Parser(prog="askwell", description="Answers learners of a machine-learning course out of explanations that mentors wrote.")
    top.add_argument("--verbose", action="store_true", help="log what happens to standard error")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    for group in (ask, show_prompt, cards, indexes, evaluation, reviews, ledgers, run, doctor):
        group.add_commands(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 1 (what was checked does not hold) or 2 (can't be taken)."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.WARNING, format="askwell: %(message)s", stream=sys.stderr)
    if not sys.stderr.isatty():
        # Where nobody watches, the bar that shows a model being loaded is only noise in a log.
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    try:
        for line in unknown_settings():
            print(f"askwell: {line}", file=sys.stderr)
        status: int = options.run(options)
    except AskwellError as error:
        print(f"askwell: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status
