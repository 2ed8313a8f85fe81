"""`make running`: the figures of a running bot under load, with its database stopped, with a second bot, and with one of two killed.

The program's own process, PostgreSQL, and a server that speaks as Discord does; no container engine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import psycopg

from bot.settings import PROJECT
from tests.command.serving.test_stopping import bot_process, ended_by_sigterm, said
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.rest import TOKEN
from tests.operating.crowd import Crowd, answered_by, questions
from tests.operating.database_server import DatabaseServer, database_server

PAGE = PROJECT / "docs/internals/running.md"
IN_DISCORD = "Askwell is in Discord"
# Long enough for an index on a busy machine, and for a killed process to count as dead.
PATIENCE_S = 600.0
CARD, WORDS = "loss-masking", "This sentence was written while the bot ran."
OWN_PART = re.compile(r"question \S+ of discord \w+ in (\d+) ms")


@dataclass(frozen=True)
class Figure:
    """One line of the table; `before` is what the first version had under a container engine, on another machine."""

    name: str
    measured: str
    before: str
    detail: str


@dataclass(frozen=True)
class Operated:
    """What the bots of one run share: a home, a folder of cards, a database, and how much is asked of them."""

    home: Path
    knowledge: Path
    server: DatabaseServer
    share: float

    def count(self, number: int) -> int:
        """Return how many of so many questions are asked."""
        return max(4, round(number * self.share))

    def settings(self, url: str) -> dict[str, Any]:
        """Return the settings of a bot on a database."""
        return {"discord_token": TOKEN, "knowledge_dir": self.knowledge, "database_url": url}


def in_ledger(url: str) -> tuple[int, int]:
    """Return how many questions a ledger has, and how many of them have one answer each."""
    with psycopg.connect(url.replace("+psycopg", "", 1)) as connection:
        rows = connection.execute(
            "SELECT q.id, count(a.id) FROM question q LEFT JOIN answer a ON a.question_id = q.id GROUP BY q.id"
        ).fetchall()
    return len(rows), sum(count == 1 for _, count in rows)


def once(answers: dict[str, list[float]]) -> int:
    """Return how many questions have one answer."""
    return sum(len(each) == 1 for each in answers.values())


def seconds(values: Sequence[float]) -> str:
    """Return the median and the 95th percentile of some seconds."""
    last = statistics.quantiles(values, n=20)[-1] if len(values) > 1 else max(values)
    return f"p50 {statistics.median(values):.2f} s, p95 {last:.2f} s"


async def starts(run: Operated) -> list[Figure]:
    """Time a first start, which embeds all cards, and a later one."""
    url, took = run.server.new("starts"), []
    for _ in range(2):
        async with StandIn() as discord:
            began = time.monotonic()
            async with bot_process(discord, run.home, **run.settings(url)) as (process, lines):
                await said(lines, IN_DISCORD, PATIENCE_S)
                took.append(time.monotonic() - began)
                await ended_by_sigterm(process)
    first, later = took
    return [
        Figure("first start until it answers", f"{first:.0f} s", "26 s", "with the index of all cards"),
        Figure("later start until it answers", f"{later:.0f} s", "10 s", "one process"),
    ]


async def steady(run: Operated) -> list[Figure]:
    """Ask twenty questions a second."""
    texts, url = questions(run.count(200)), run.server.new("steady")
    async with StandIn() as discord, bot_process(discord, run.home, **run.settings(url)) as (process, lines):
        await said(lines, IN_DISCORD, PATIENCE_S)
        crowd = Crowd(discord)
        await crowd.ask_all(texts, 20)
        answers = await crowd.all_answered(PATIENCE_S)
        edit = await edited_card(run, crowd, lines)
        await ended_by_sigterm(process)
    kept, single = in_ledger(url)
    of = len(texts)
    name = f"{of} mentions, 20 a second: answered once"
    times = seconds([each[0] for each in answers.values() if each])
    own = [float(found[1]) / 1000 for line in lines if (found := OWN_PART.search(line))][:of]
    return [
        Figure(name, f"{once(answers)} of {of}", "200 of 200", f"in the ledger {kept - 1}, with one answer {single - 1}"),
        Figure("… the answer itself, by the bot's log", seconds(own), "p95 0.03 s", "with the waits for ledger and processor"),
        Figure("… from the mention to the answer in Discord", times, "-", "the thread that is opened for it, and the stand-in's own work"),
        edit,
    ]


async def edited_card(run: Operated, crowd: Crowd, lines: list[str]) -> Figure:
    """Time from an edit of a card's file until the bot answers with its new words."""
    (path,) = run.knowledge.glob(f"cards/**/{CARD}.md")
    text = path.read_text(encoding="utf-8")
    heading = "## Short answer\n"
    began = time.monotonic()
    path.write_text(text.replace(heading, f"{heading}\n{WORDS}", 1), encoding="utf-8")
    await said(lines, "now serving", PATIENCE_S)
    took = time.monotonic() - began
    number = await crowd.ask("What is loss masking?")
    await crowd.all_answered(60)
    shown = [json.dumps(one) for one in crowd.discord.messages.values() if number in {one["channel_id"], answered_by(one)}]
    path.write_text(text, encoding="utf-8")
    seen = "its new words are in the answer" if any(WORDS in each for each in shown) else "THE ANSWER LACKS ITS NEW WORDS"
    return Figure("an edit of a card is served after", f"{took:.1f} s", "1.2 s", f"while nobody asks; {seen}")


async def stopped_database(run: Operated) -> list[Figure]:
    """Ask five questions a second, and stop PostgreSQL for the middle half of them."""
    texts, url = questions(run.count(60)), run.server.new("stopped")
    quarter = len(texts) // 4

    async def switch(number: int) -> None:
        if number == quarter:
            await asyncio.to_thread(run.server.stop)
        if number == 3 * quarter:
            await asyncio.to_thread(run.server.start)

    async with StandIn() as discord, bot_process(discord, run.home, **run.settings(url)) as (process, lines):
        await said(lines, IN_DISCORD, PATIENCE_S)
        crowd = Crowd(discord)
        await crowd.ask_all(texts, 5, meanwhile=switch)
        answers = await crowd.all_answered(PATIENCE_S)
        await said(lines, "the ledger is back", PATIENCE_S)
        kept, single = await entered(url, len(texts))
        answers = crowd.answers()
        await ended_by_sigterm(process)
    of = len(texts)
    times = seconds([each[0] for each in answers.values() if each])
    detail = f"in the ledger {kept}, with one answer {single}; {times}"
    return [Figure(f"{of} mentions, PostgreSQL stopped for half of them: answered once", f"{once(answers)} of {of}", "60 of 60", detail)]


async def entered(url: str, wanted: int) -> tuple[int, int]:
    """Wait until a ledger has as many answered questions as were asked; return what it has."""
    until = time.monotonic() + PATIENCE_S
    while (found := await asyncio.to_thread(in_ledger, url)) != (wanted, wanted) and time.monotonic() < until:
        await asyncio.sleep(0.5)
    return found


async def two_bots(run: Operated, *, killed: bool) -> list[Figure]:
    """Ask two bots on one database ten questions a second; one of them may be killed in the middle."""
    texts, url = questions(run.count(100)), run.server.new("killed" if killed else "two_bots")
    async with StandIn() as discord, bot_process(discord, run.home, **run.settings(url)) as (first, told):
        await said(told, IN_DISCORD, PATIENCE_S)
        async with bot_process(discord, run.home, **run.settings(url)) as (second, lines):
            await said(lines, IN_DISCORD, PATIENCE_S)
            crowd = Crowd(discord)

            async def kill(number: int) -> None:
                if killed and number == len(texts) // 2:
                    first.kill()

            await crowd.ask_all(texts, 10, meanwhile=kill)
            await crowd.all_answered(PATIENCE_S)
            kept, single = await entered(url, len(texts))
            answers = crowd.answers()
            for process in (first, second):
                if process.returncode is None:
                    await ended_by_sigterm(process)
    of = len(texts)
    name = f"{of} mentions, two bots on one database{', one killed (SIGKILL)' if killed else ''}: answered once"
    longest = max((each[0] for each in answers.values() if each), default=0.0)
    detail = f"in the ledger {kept}, with one answer {single}; the last after {longest:.1f} s"
    return [Figure(name, f"{once(answers)} of {of}", "100 of 100", detail)]


SCENES: dict[str, Callable[[Operated], Awaitable[list[Figure]]]] = {
    "starts": starts,
    "steady": steady,
    "stopped": stopped_database,
    "two": lambda run: two_bots(run, killed=False),
    "killed": lambda run: two_bots(run, killed=True),
}


async def measured(scenes: Sequence[str], share: float, folder: Path) -> list[Figure]:
    """Run some scenes, one after the other, and return their figures."""
    knowledge = Path(copytree(PROJECT / "knowledge", folder / "knowledge", ignore=lambda *_: {"__pycache__"}))
    home = folder / "home"
    home.mkdir()
    figures: list[Figure] = []
    with database_server(folder / "postgresql") as server:
        run = Operated(home, knowledge, server, share)
        for name in scenes:
            for figure in await SCENES[name](run):
                figures.append(figure)
                sys.stdout.write(f"{figure.name}: {figure.measured} (before: {figure.before}; {figure.detail})\n")
                sys.stdout.flush()
    return figures


def page_of(figures: Sequence[Figure], on: str) -> str:
    """Return the page."""
    lines = [
        "# A running bot, in figures",
        "",
        "Written by `make running`: the program's own process with PostgreSQL, and a server that speaks as Discord does. *Before* is what",
        "the version before this one had under a container engine on another machine, with nothing else running.",
        "",
        f"{on}.",
        "",
        "| figure | measured | before | detail |",
        "| --- | --- | --- | --- |",
        *(f"| {each.name} | {each.measured} | {each.before} | {each.detail} |" for each in figures),
        "",
        "A question that a killed bot had taken and not answered is answered by the other one once the first counts as dead, after two",
        "minutes: [background work](background.md).",
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the figures; all of them, and in full, go into the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.operating.figures", description=__doc__)
    parser.add_argument("scenes", nargs="*", choices=[*SCENES, []], default=[], help="only these; by default all")
    parser.add_argument("--share", type=float, default=1.0, help="ask this share of the questions")
    options = parser.parse_args(arguments)
    on = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
    with tempfile.TemporaryDirectory(prefix="askwell-load-") as folder:
        figures = asyncio.run(measured(options.scenes or list(SCENES), options.share, Path(folder).resolve()))
    if not options.scenes and options.share == 1.0:
        PAGE.write_text(page_of(figures, f"{on}, {os.getloadavg()[0]:.1f} at the end"), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
