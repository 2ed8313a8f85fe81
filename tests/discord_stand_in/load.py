"""The bot under load: its own process with the real cards, in the stand-in, asked so many questions a minute.

`python -m tests.discord_stand_in.load` prints the figures, and ends with status 1 if a question was lost or answered twice, or if a request
was not as Discord wants it. With `--write` they are in docs/internals/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings import PROJECT
from index.evaluate.bench import UNDER_LOAD, section
from index.evaluate.labelled_questions import QUESTIONS, read_labelled
from tests.discord_stand_in.client import problems
from tests.discord_stand_in.payloads import ME, user
from tests.discord_stand_in.rest import TOKEN, Recorded
from tests.discord_stand_in.server import StandIn

BOT = "import sys; from bot.command import main; sys.exit(main(['discord']))"
ASKERS = 150
# As bots report it of Discord: so many threads of one channel within five minutes.
THREADS, WITHIN_S = 50, 300.0
STARTS_WITHIN_S = 300.0
# A bot that answers nothing more for so long has lost what is left; one that is slow has not.
GIVES_UP_AFTER_S = 90.0
SAMPLE_EVERY_S = 2.0
PAGE = PROJECT / "docs/internals/benchmarks.md"


@dataclass
class Load:
    """A run: when each question was asked, by its message, and the bot's memory since the start. Units: seconds, MB."""

    asked: dict[str, float] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)
    answered: dict[str, float] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    in_channel: int = 0

    @property
    def waits(self) -> list[float]:
        """Return how long each answered question waited for its first useful message, the shortest first."""
        return sorted(self.answered[one] - at for one, at in self.asked.items() if one in self.answered)

    @property
    def lost(self) -> int:
        """Return how many questions have no answer."""
        return len(set(self.asked) - set(self.answers))

    @property
    def doubled(self) -> int:
        """Return how many questions have more than one."""
        return sum(count > 1 for count in self.answers.values())


def main(arguments: list[str] | None = None) -> int:
    """Run the load and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.discord_stand_in.load")
    parser.add_argument("--minutes", type=float, default=1.0, help="for how long questions are asked")
    parser.add_argument("--per-minute", type=float, default=200.0, help="how many")
    parser.add_argument("--threads", type=int, default=THREADS, help="how many threads the channel takes within five minutes; 0 for all")
    parser.add_argument("--index", type=Path, help="a folder with an index of the cards, so that none is made first")
    parser.add_argument("--log", type=Path, default=Path(os.devnull), help="where the bot's log goes")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/internals/benchmarks.md")
    options = parser.parse_args(arguments)
    load = asyncio.run(run(options.minutes, options.per_minute, options.threads, options.index, options.log))
    lines = table(load, options.minutes, options.per_minute, options.threads)
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stderr.write("".join(f"{problem}\n" for problem in load.wrong))
    if options.write:
        put_on_page(lines)
    return 1 if load.lost or load.doubled or load.wrong or not load.asked else 0


def put_on_page(lines: list[str]) -> None:
    """Replace the section of the load in the page of benchmarks."""
    page = PAGE.read_text(encoding="utf-8")
    before = page.replace(section(page, UNDER_LOAD), "").rstrip()
    PAGE.write_text(f"{before}\n\n## {UNDER_LOAD}\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


async def run(minutes: float, per_minute: float, threads: int, index: Path | None = None, log_file: Path = Path(os.devnull)) -> Load:
    """Start the bot, ask it, wait until all is answered, and stop it."""
    load = Load()
    with tempfile.TemporaryDirectory(prefix="askwell-load-") as home, log_file.open("wb") as log:
        if index is not None:
            shutil.copytree(index, Path(home) / "index")
        async with StandIn() as discord:
            discord.buckets.most, discord.buckets.within_s = threads, WITHIN_S
            bot = await asyncio.create_subprocess_exec(sys.executable, "-c", BOT, cwd=home, env=environment(discord, home), stderr=log)
            try:
                await until(lambda: any(event == "GUILD_CREATE" for event, _ in discord.gateway.history), STARTS_WITHIN_S)
                sampling = asyncio.create_task(sample(bot.pid, load))
                await ask(discord, load, minutes, per_minute)
                await until_all_answered(discord, load)
                sampling.cancel()
            finally:
                ended = bot.returncode
                if ended is None:
                    bot.terminate()
                await bot.wait()
        note(discord, load)
        load.wrong += [] if ended is None else [f"the bot ended by itself, with status {ended}"]
    return load


def environment(discord: StandIn, home: str) -> dict[str, str]:
    """Return the settings of the bot, and none of this machine's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASKWELL_")}
    settings = {"TOKEN": TOKEN, "API_URL": discord.api_url, "GATEWAY_URL": discord.gateway.url}
    own = {f"ASKWELL_DISCORD_{name}": value for name, value in settings.items()}
    return kept | own | {"ASKWELL_HOME": home, "ASKWELL_STATUS_ADDRESS": "off", "PYTHONPATH": str(PROJECT)}


async def until(holds: Callable[[], bool], within_s: float) -> None:
    """Wait until something holds, but no longer than that."""
    end = time.monotonic() + within_s
    while not holds() and time.monotonic() < end:
        await asyncio.sleep(0.1)


async def until_all_answered(discord: StandIn, load: Load) -> None:
    """Wait until every question is answered, or no answer has come for a while."""

    def answered() -> int:
        return len({question for question, _ in answers_in(discord, load)})

    while (before := answered()) < len(load.asked):
        await until(lambda before=before: answered() > before, GIVES_UP_AFTER_S)  # type: ignore[misc]
        if answered() == before:
            return


async def ask(discord: StandIn, load: Load, minutes: float, per_minute: float) -> None:
    """Ask the held-out questions in a random order, at random moments, as many people do."""
    mixer = random.Random(7)
    rows = [row for path in sorted((QUESTIONS / "held_out").glob("*.jsonl")) for row in read_labelled(path) if row.question]
    texts = [str(row.question) for row in rows]
    end = due = time.monotonic()
    end += minutes * 60
    while (due := due + mixer.expovariate(per_minute / 60)) < end:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        asker = mixer.randrange(ASKERS)
        at = time.monotonic()
        message = await discord.say(f"<@{ME}> {mixer.choice(texts)}", author=user(str(9_000 + asker), f"learner-{asker}"))
        load.asked[message["id"]] = at


async def sample(pid: int, load: Load) -> None:
    """Note the memory of the bot every few seconds (Linux)."""
    while True:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        load.memory.append(int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) / 1024)
        await asyncio.sleep(SAMPLE_EVERY_S)


def answers_in(discord: StandIn, load: Load) -> Iterator[tuple[str, Recorded]]:
    """Yield each answer's first message, with the question that it answers: that of its thread, or the one that it replies to.

    A repeat has the nonce of the first, and is no further message; what continues a long answer has one that begins with b.
    """
    seen: set[str] = set()
    for request in discord.requests:
        channel = re.fullmatch(r"/channels/(\d+)/messages", request.path)
        if request.method != "POST" or request.status != 200 or channel is None:
            continue
        nonce = str(request.body.get("nonce", ""))
        replied_to = str((request.body.get("message_reference") or {}).get("message_id"))
        question = next((one for one in (channel[1], replied_to) if one in load.asked), None)
        if question is not None and nonce not in seen and not nonce.startswith("b"):
            seen |= {nonce} if nonce else set()
            yield question, request


def note(discord: StandIn, load: Load) -> None:
    """Note which questions were answered, when, and all that is wrong with the requests."""
    load.wrong, load.in_channel, load.answered = problems(discord), 0, {}
    load.answers.clear()
    for question, request in answers_in(discord, load):
        load.answers[question] += 1
        load.in_channel += question not in load.answered and question not in request.path
        load.answered.setdefault(question, request.at)


def table(load: Load, minutes: float, per_minute: float, threads: int) -> list[str]:
    """Return the figures as a table, with the command that gives them."""
    waits, memory = load.waits or [0.0], load.memory or [0.0]
    # What is loaded and remembered at first is no growth.
    settled = memory[len(memory) // 5 :] or memory
    fifth = max(1, len(settled) // 5)
    growth = statistics.median(settled[-fifth:]) - statistics.median(settled[:fifth])

    def quantile(share: float) -> str:
        return f"{waits[min(len(waits) - 1, int(share * len(waits)))]:.2f} s"

    rows = {
        "questions asked; lost; answered twice": f"{len(load.asked)}; {load.lost}; {load.doubled}",
        "first useful message, p50; p95; longest": f"{quantile(0.5)}; {quantile(0.95)}; {waits[-1]:.2f} s",
        "answered in the channel, since its threads were used up": f"{load.in_channel}",
        "memory after a fifth of the time; at the end; growth": f"{settled[0]:.0f} MB; {settled[-1]:.0f} MB; {growth:+.0f} MB",
        "requests that Discord would not take": f"{len(load.wrong)}",
    }
    command = f"python -m tests.discord_stand_in.load --minutes {minutes:g} --per-minute {per_minute:g} --threads {threads}"
    return [
        f"`{command}` (`make load`): the bot in a process of its own, with the real cards and SQLite, and no language model.",
        f"In the stand-in of Discord the channel takes {threads or 'any number of'} threads within five minutes.",
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end.",
        "",
        "| | |",
        "| --- | --- |",
        *(f"| {name} | {value} |" for name, value in rows.items()),
    ]


if __name__ == "__main__":
    sys.exit(main())
