"""Arguments of commands: parsers for them, numbers of questions, and texts in files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.app import Progress, no_progress
from bot.review.decisions.mentor_text import MAX_TEXT_CHARS
from knowledge.errors import UsageError

# Argparse has no public name for what `add_subparsers` returns.
Subparsers = Any

# Four bytes a character at most, and a byte order mark; an endless input is read no further than this.
MAX_BYTES = 4 * MAX_TEXT_CHARS + 3


def add_group(commands: Subparsers, name: str, words: str) -> Subparsers:
    """Add a command that has subcommands."""
    group = commands.add_parser(name, help=words, description=words)
    return group.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")


def add_command(commands: Subparsers, name: str, run: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
    """Add a command or a subcommand."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
    parser.set_defaults(run=run)
    return parser


def number(typed: str) -> int:
    """Read the number of a question or of a decision."""
    if not typed.isascii() or not typed.isdigit() or len(typed) > 18 or int(typed) < 1:
        raise argparse.ArgumentTypeError(f"{typed[:40]!r} is no number from 1 on")
    return int(typed)


def numbers(typed: str) -> tuple[int, ...]:
    """Read the numbers of several questions."""
    return tuple(number(part.strip()) for part in typed.split(","))


def read_text(name: str) -> str:
    """Read a mentor's text from a file, or from standard input for `-`.

    Raises:
        UsageError: it can't be read, or is no text of a length that an answer can have.
    """
    shown_name = "standard input" if name == "-" else name
    try:
        if name == "-":
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"can't read {shown_name}: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise UsageError(f"{shown_name} is too long: an answer has at most {MAX_TEXT_CHARS:,} characters")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"can't read {shown_name}: it's not text in UTF-8") from None
    if not text.strip():
        raise UsageError(f"{shown_name} is empty: an answer needs a text")
    return text


def to_stderr(line: str) -> None:
    """Show progress apart from answers and figures."""
    print(line, file=sys.stderr, flush=True)


def progress_if_watched() -> Progress:
    """Return a progress line on a terminal, and none elsewhere."""
    return to_stderr if sys.stderr.isatty() else no_progress
