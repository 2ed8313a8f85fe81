"""`askwell init`: a few questions, and `.env`, the cards' own repository and a folder for backups are there."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.command.arguments import Subparsers, add_command
from bot.command.operating.own_cards import make_own_cards
from bot.settings import ENV_FILE
from knowledge.errors import AskwellError, PlatformError, TurnedAway, UsageError
from knowledge.files import PRIVATE, write_new

# Checks what was typed; returns it as it's kept.
Check = Callable[[str], str]
PASSWORD_BYTES = 24
CONTAINER_USER = 1000
HEAD = "# Made by 'askwell init'. .env.example has every setting in words. It holds secrets: keep it out of git.\n"


def add_commands(commands: Subparsers) -> None:
    """Add `init`."""
    made = add_command(commands, "init", run_init, "ask a few questions, and write .env, a repository for your cards, a folder for backups")
    made.add_argument("--discord-api-url", help=argparse.SUPPRESS)


def run_init(options: argparse.Namespace) -> int:
    """Ask, make and write."""
    if ENV_FILE.exists():
        raise UsageError(f"there is a {ENV_FILE} here already: edit it, or move it away first")
    here = Path.cwd()
    print("Return takes what is in brackets. A secret isn't shown while you type it.")
    api_url = options.discord_api_url
    given = {
        "ASKWELL_DISCORD_TOKEN": ask(
            "Discord bot's token (docs/operators/discord.md; empty: later)", "", lambda it: token(it, api_url), hidden=True
        ),
        "ASKWELL_DISCORD_GUILD": ask("Your Discord server's id (empty: all servers)", "", server_id),
        "ASKWELL_MODEL": ask("A language model as PROVIDER:NAME (empty: none, the mentors' own words)", "", model),
    }
    if given["ASKWELL_MODEL"] and not given["ASKWELL_MODEL"].startswith("ollama:"):
        given["ASKWELL_MODEL_API_KEY"] = ask("Its key (empty: none)", "", one_word, hidden=True)
    said: list[str] = []

    def own_cards(typed: str) -> str:
        said.append(make_own_cards(absolute(typed)))
        return str(absolute(typed))

    cards = ask("A folder for your cards, as a git repository of its own", str(here.parent / "askwell-cards"), own_cards)
    kept = ask("A folder for backups, outside of this one", str(here.parent / "askwell-backups"), lambda it: backups_folder(it, here))
    given |= {
        "ASKWELL_KNOWLEDGE_DIR": cards,
        "KNOWLEDGE_DIR": cards,
        "BACKUP_DIR": kept,
        "POSTGRES_PASSWORD": secrets.token_hex(PASSWORD_BYTES),
    }
    given |= {"APP_UID": str(os.getuid()), "APP_GID": str(os.getgid())} if os.getuid() != 0 else given_to_user(cards, kept)
    write_env(given)
    if os.getuid() == 0:
        # The container looks at its names.
        os.chown(ENV_FILE, CONTAINER_USER, CONTAINER_USER)
    print("\n".join([*said, f"{ENV_FILE} is written, readable by you alone.", "Next: docker compose up -d --build, or make discord."]))
    return 0


def ask(question: str, default: str, check: Check, *, hidden: bool = False) -> str:
    """Ask until what is typed passes its check; return it as it's kept.

    Raises:
        UsageError: the input ends.
    """
    prompt = f"{question}{f' [{default}]' if default else ''}: "
    while True:
        typed = (read(prompt, hidden=hidden).strip() or default).strip()
        if not typed:
            return ""
        try:
            return check(typed)
        except AskwellError as error:
            print(f"  {error}")


def read(prompt: str, *, hidden: bool) -> str:
    """Read a line; a hidden one isn't shown on a terminal.

    Raises:
        UsageError: the input ends.
    """
    if hidden and sys.stdin.isatty():
        return getpass.getpass(prompt)
    print(prompt, end="", flush=True)
    line = sys.stdin.readline()
    if not line:
        raise UsageError("the input ended before all was answered; nothing was written into .env")
    if not sys.stdin.isatty():
        print()
    return line


def token(typed: str, api_url: str | None) -> str:
    """Return a token that Discord takes, or that can't be tried now.

    Raises:
        TurnedAway: Discord refuses it.
    """
    from bot.adapters.discord import check_login  # noqa: PLC0415  discord.py takes a second to import

    try:
        print(f"  Discord knows it as {asyncio.run(check_login(typed, api_url)).name}.")
    except TurnedAway:
        raise
    except PlatformError as error:
        print(f"  It's kept, but could not be tried: {error}")
    return typed


def server_id(typed: str) -> str:
    """Return a server's id."""
    if not re.fullmatch(r"\d{15,20}", typed):
        raise UsageError("an id is a number of 17 digits or more: developer mode, then Copy Server ID")
    return typed


def model(typed: str) -> str:
    """Return the name of a model."""
    if not re.fullmatch(r"[a-z][\w-]*:\S+", typed):
        raise UsageError("a model is PROVIDER:NAME, such as ollama:NAME or openai:NAME")
    return one_word(typed)


def one_word(typed: str) -> str:
    """Return a value without spaces and quotes."""
    if re.search(r"""[\s'"]""", typed):
        raise UsageError("there must be no space and no quote in it")
    return typed


def absolute(typed: str) -> Path:
    """Return a typed path as it's written down, without a link followed: in a container it's the host's path as well."""
    return Path(os.path.normpath(Path(one_word(typed)).expanduser().absolute()))


def backups_folder(typed: str, here: Path) -> str:
    """Make the folder for backups, its owner's alone."""
    folder = absolute(typed)
    if folder == here or here in folder.parents:
        raise UsageError("it must be outside of this folder, so that no backup is ever committed")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} can't be made: {error.strerror}") from None
    return str(folder)


def given_to_user(*folders: str) -> dict[str, str]:
    """Give folders that root has made to the user that the container runs as, which is never root; return that user's numbers."""
    for folder in map(Path, folders):
        for path in (folder, *folder.rglob("*")):
            os.chown(path, CONTAINER_USER, CONTAINER_USER, follow_symlinks=False)
    return {"APP_UID": str(CONTAINER_USER), "APP_GID": str(CONTAINER_USER)}


def write_env(given: Mapping[str, str]) -> None:
    """Write `.env`, readable by its owner alone."""
    lines = [f"{name}='{value}'\n" for name, value in given.items() if value]
    try:
        write_new(ENV_FILE, (HEAD + "".join(lines)).encode(), mode=PRIVATE)
    except OSError as error:
        raise UsageError(f"{ENV_FILE} can't be written: {error.strerror or error}") from None
