"""`askwell review next`: the queue question by question, one key a decision."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from typing import NamedTuple

from bot.command.reviewing.lines import plain

Decide = Callable[[int, str, str], str]

# Each key with what it does, and what is asked for before it's done.
KEYS = {
    "y": ("yes, that is the answer", ""),
    "n": ("no, that is not it", ""),
    "a": ("answer", "Your answer, in one line: "),
    "d": ("decline", "The reason, which the learner reads: "),
    "g": ("decline the whole group", "The reason, which the learners read: "),
    "s": ("skip", ""),
    "u": ("undo", ""),
    "q": ("quit", ""),
}
MENU = "  ".join(f"[{key}] {words}" for key, (words, _) in KEYS.items())


class Shown(NamedTuple):
    """The next question of the queue: its number and its lines."""

    number: int
    text: str


def walk(following: Callable[[set[int]], Shown | None], decide: Decide, read: Callable[[], str], ask: Callable[[str], str]) -> int:
    """Show one question after the other until the queue or the mentor is done; return how many decisions were made.

    `following` returns the next question besides those that were skipped; `decide` makes the decision of a key and returns its lines.
    """
    skipped: set[int] = set()
    made = 0
    last = 0
    while (shown := following(skipped)) is not None:
        print(f"\n{shown.text}\n{MENU}", flush=True)
        key = next_key(read)
        if key in {"q", ""}:
            break
        if key == "s":
            skipped.add(shown.number)
            continue
        number = last if key == "u" else shown.number
        prompt = KEYS[key][1]
        text = ask(prompt).strip() if prompt else ""
        if (prompt and not text) or not number:
            print("Nothing was done.")
            continue
        said = decide(number, key, text)
        print(said, flush=True)
        made += not said.startswith("askwell: ") and key != "u"
        last = shown.number
        if key == "n" and not said.startswith("askwell: "):
            # It stays open, and was looked at.
            skipped.add(shown.number)
    print(f"\n{made} decision{'' if made == 1 else 's'} made.")
    return made


def next_key(read: Callable[[], str]) -> str:
    """Return the next key that means something, empty at the end of the input."""
    while key := read():
        if key.lower() in KEYS:
            return key.lower()
        if key in {"\x03", "\x04"}:
            return ""
    return ""


def read_key() -> str:
    """Return one key from a terminal without waiting for Enter, or one character of a file; empty at its end."""
    if not sys.stdin.isatty() or find_spec("termios") is None:
        return sys.stdin.read(1)
    import termios  # noqa: PLC0415  there is none on Windows
    import tty  # noqa: PLC0415

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        return sys.stdin.read(1)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def read_line(prompt: str) -> str:
    """Return a line that a mentor types; empty at the end of the input."""
    print(plain(prompt), end="", flush=True)
    with suppress(EOFError):
        return sys.stdin.readline()
    return ""
