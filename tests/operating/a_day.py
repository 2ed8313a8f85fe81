"""`make day`: an operator's day as a transcript, with the program's own commands, PostgreSQL, and a server that speaks as Discord does."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree

from bot.settings import PROJECT
from tests.command.serving.test_stopping import bot_process, ended_by_sigterm, said
from tests.conftest import ASKWELL
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.rest import TOKEN
from tests.discourse_stand_in.in_forum import free_address
from tests.operating.crowd import Crowd, questions
from tests.operating.database_server import DatabaseServer, database_server
from tests.operating.figures import IN_DISCORD, PATIENCE_S, entered, in_ledger

PAGE = PROJECT / "docs/operators/a-day.md"
HANGS_S = 60.0
MOST_CHARS = 180
# Of the log, what an operator would look for.
TOLD = re.compile(r" (WARNING|ERROR) |logged in|Indexing|Index ready|is in Discord|bot\.service: question|the ledger is back")
HEAD = """# A day of an operator

Written by `make day`: the program's own commands on {cores} shared cores, with PostgreSQL and a server that speaks as Discord does. Under
Compose, `docker compose up` starts what `askwell discord` starts here. Times are seconds since the beginning; `…` stands for the rest of a
long line.
"""


@dataclass
class Day:
    """The transcript so far, and what the day's commands share."""

    folder: Path
    server: DatabaseServer
    discord: StandIn
    status: str
    began: float = field(default_factory=time.monotonic)
    lines: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """Return the home."""
        return self.checkout / "home"

    @property
    def checkout(self) -> Path:
        """Return the folder in which the day's commands are given, which has the `.env`."""
        return self.folder / "askwell"

    def settings(self, token: str) -> dict[str, str]:
        """Return the settings of this day with a token."""
        return {
            "database_url": self.server.url_of("askwell"),
            "discord_token": token,
            "discord_api_url": self.discord.api_url,
            "discord_gateway_url": self.discord.gateway.url,
            "status_address": self.status,
        }

    def bot(self, token: str = TOKEN, **changed: str) -> AbstractAsyncContextManager[tuple[asyncio.subprocess.Process, list[str]]]:
        """Start a bot."""
        given: dict[str, object] = {**self.settings(token), **changed}
        return bot_process(self.discord, self.home, command="discord", **given)

    def heading(self, words: str) -> None:
        """Begin a part."""
        self.lines += ["```", ""] if self.lines else []
        self.lines += [f"## {words}", "", "```text"]
        sys.stdout.write(f"\n## {words}\n")

    def tell(self, words: str) -> None:
        """Write a line with its time."""
        self.put(f"[{time.monotonic() - self.began:3.0f}] {words}")

    def put(self, line: str) -> None:
        """Write a line, without the names of this run's folders and addresses."""
        line = line.replace(self.status, "127.0.0.1:9464").replace(f"{self.checkout}/", "").replace(f"{self.folder}/", "../").rstrip()
        line = re.sub(r"postgresql\+psycopg://\S*", "postgresql+psycopg://…", line)
        line = line if len(line) <= MOST_CHARS else line[: MOST_CHARS - 1] + "…"
        self.lines.append(line)
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    async def command(self, *words: str, token: str = TOKEN, most: int = 12, typed: str = "") -> None:
        """Run a command, and write what it says; of many lines those with some words."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ASKWELL_")}
        given = self.settings(token) | {"home": str(self.home)}
        environment |= {f"ASKWELL_{name.upper()}": value for name, value in given.items()} | {"OMP_NUM_THREADS": "1"}
        shown = [word for word in words if not word.startswith("--discord")]
        self.tell(f"$ askwell {' '.join(shown)}".replace(f"{self.folder}/", "../"))
        process = await asyncio.create_subprocess_exec(
            ASKWELL,
            *words,
            cwd=self.checkout,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate(typed.encode())
        for line in [line for line in said.decode().splitlines() if line.strip()][:most]:
            self.put(f"      {line}")

    async def look_at(self, page: str, only: str = "") -> None:
        """Read a page of the status, and write what it says."""

        def read() -> str:
            try:
                with urllib.request.urlopen(f"http://{self.status}/{page}", timeout=5) as reply:
                    return f"{reply.status} {reply.read().decode()}" if page == "readyz" else str(reply.read().decode())
            except urllib.error.HTTPError as error:
                with error:
                    return f"{error.code} {error.read().decode()}"

        self.tell(f"$ curl 127.0.0.1:9464/{page}")
        for line in (await asyncio.to_thread(read)).splitlines():
            if re.search(only, line) and not line.startswith("#"):
                self.put(f"      {line}")

    async def heard(self, lines: list[str], words: str, *, seen: set[int]) -> None:
        """Wait until a log has some words, and write its lines until there that an operator would look for."""
        last = await said(lines, words, PATIENCE_S)
        for number, line in enumerate(lines[: lines.index(last) + 1]):
            if number not in seen and TOLD.search(line):
                self.tell(line.partition("Z ")[2])
            seen.add(number)

    async def asks(self, crowd: Crowd, text: str) -> None:
        """Let a learner ask, and write how long the answer took."""
        number = await crowd.ask(text)
        answers = await crowd.all_answered(60)
        self.tell(f"a learner asks: {f'answered after {answers[number][0]:.2f} s' if answers[number] else 'NOT ANSWERED within a minute'}")

    async def ends(self, process: asyncio.subprocess.Process, name: str) -> None:
        """End a process in order."""
        self.tell(f"$ kill -TERM {name}")
        self.tell(f"it ended with exit status {await ended_by_sigterm(process)}")


async def installed(day: Day) -> None:
    """Answer the questions of `askwell init`: the token, and Return for the rest."""
    day.heading("Set up")
    await day.command("init", f"--discord-api-url={day.discord.api_url}", typed=f"{TOKEN}\n\n\n\n\n")


async def wrong_token(day: Day) -> None:
    """Start with a wrong token."""
    day.heading("The wrong token")
    day.tell("$ askwell discord")
    async with day.bot("wrong") as (process, lines):
        await day.heard(lines, "refuses the bot's token", seen=set())
        await day.look_at("readyz")
        await day.command("doctor", token="wrong")
        await day.ends(process, "bot")


async def right_token_and_upgrade(day: Day) -> None:
    """Start with the right token, answer, and let a second bot take over."""
    day.heading("The right token, and the first questions")
    crowd = Crowd(day.discord)
    day.tell("$ askwell discord")
    async with day.bot() as (old, told):
        seen: set[int] = set()
        await day.heard(told, IN_DISCORD, seen=seen)
        await day.command("doctor")
        for text in ("Is pretraining supervised?", "Which GPU should I buy for finetuning, 3090 or 4070 Ti?"):
            await day.asks(crowd, text)
        await day.heard(told, "question 2 of discord", seen=seen)
        await day.look_at("readyz")
        await day.look_at("metrics", r"askwell_(answers_total|up|waiting_q)")
        day.heading("An upgrade by two bots")
        day.tell("$ askwell discord         (the new one, beside the old one)")
        async with day.bot(status_address="off") as (new, lines):
            await day.heard(lines, IN_DISCORD, seen=set())
            both = Crowd(day.discord)
            await both.ask_all(questions(20), 10)
            answers = await both.all_answered(PATIENCE_S)
            warned = [line for line in [*told, *lines] if " WARNING " in line or " ERROR " in line]
            once = sum(len(each) == 1 for each in answers.values())
            day.tell(f"20 questions while both run: {once} answered once, {len(warned)} warnings")
            for line in warned:
                day.put(f"      {line.partition('Z ')[2]}")
            await day.ends(old, "old")
            await day.asks(crowd, "What is a token?")
            await day.ends(new, "new")


async def disaster(day: Day) -> None:
    """Back up, lose everything, restore, and let the database hang."""
    day.heading("A backup, everything gone, and back")
    backup = day.folder / "askwell.tar.gz"
    await day.command("backup", str(backup))
    day.tell("$ rm -r home; dropdb askwell; createdb askwell")
    rmtree(day.home)
    day.home.mkdir()
    day.server.drop("askwell")
    day.server.new("askwell")
    await day.command("restore", str(backup))
    day.tell("$ askwell discord")
    crowd = Crowd(day.discord)
    async with day.bot() as (process, lines):
        seen: set[int] = set()
        await day.heard(lines, IN_DISCORD, seen=seen)
        await day.command("review", "list", most=4)
        await hanging_database(day, crowd, lines, seen)
        await day.ends(process, "bot")


async def hanging_database(day: Day, crowd: Crowd, lines: list[str], seen: set[int]) -> None:
    """Freeze PostgreSQL for a minute, and let learners ask meanwhile."""
    day.heading("A database that hangs for a minute")
    url = day.server.url_of("askwell")
    before = in_ledger(url)
    texts = questions(40)[20:]
    with day.server.hanging():
        day.tell("every process of PostgreSQL is stopped, its connections still open")
        until = time.monotonic() + HANGS_S
        for number, text in enumerate(texts):
            await day.asks(crowd, text)
            if number == 0:
                await day.heard(lines, "questions are answered and kept in", seen=seen)
                await day.look_at("readyz")
            if time.monotonic() + HANGS_S / 8 > until:
                break
            await asyncio.sleep(HANGS_S / 8)
        await asyncio.sleep(max(0.0, until - time.monotonic()))
    day.tell("PostgreSQL goes on")
    await day.heard(lines, "the ledger is back", seen=seen)
    await day.asks(crowd, "Who makes the labels?")
    wanted = before[0] + len(crowd.asked_at)
    kept, single = await entered(url, wanted)
    day.tell(f"asked meanwhile and after: {len(crowd.asked_at)}; in the ledger {kept - before[0]}, with one answer {single - before[1]}")


async def whole_day(folder: Path) -> list[str]:
    """Live through the day, and return the transcript."""
    with database_server(folder / "postgresql") as server:
        server.new("askwell")
        async with StandIn() as discord:
            day = Day(folder, server, discord, free_address())
            day.checkout.mkdir()
            await installed(day)
            await wrong_token(day)
            await right_token_and_upgrade(day)
            await disaster(day)
            return [*day.lines, "```"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Live through the day, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.operating.a_day", description=__doc__)
    parser.add_argument("--no-page", action="store_true", help="only print it")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="askwell-day-") as folder:
        lines = asyncio.run(whole_day(Path(folder).resolve()))
    if not options.no_page:
        PAGE.write_text("\n".join([HEAD.format(cores=os.cpu_count()), *lines]) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
