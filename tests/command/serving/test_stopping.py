"""The bot's process from outside: it stays up with a wrong token, isn't healthy before it's in Discord, and ends in order."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.health_files import health_file
from bot.command.serving.stopping import STAYS_UP
from tests.conftest import ASKWELL, Askwell
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.rest import TOKEN


@asynccontextmanager
async def bot_process(
    discord: StandIn, home: Path, *, command: str = "discord", **settings: object
) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    """Run `askwell discord`, or another command, at the stand-in; yield its process and the lines that it has logged so far."""
    given = {"home": home, "discord_api_url": discord.api_url, "discord_gateway_url": discord.gateway.url, "status_address": "off"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASKWELL_")}
    environment |= {f"ASKWELL_{name.upper()}": str(value) for name, value in {**given, **settings}.items()} | {"OMP_NUM_THREADS": "1"}
    process = await asyncio.create_subprocess_exec(
        ASKWELL, *command.split(), cwd=home.parent, env=environment, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    lines: list[str] = []

    async def read() -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            lines.append(line.decode().rstrip())

    reading = asyncio.create_task(read())
    try:
        yield process, lines
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


async def said(lines: list[str], words: str, within_s: float = 180) -> str:
    """Wait until a line has some words in it, and return it."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        for line in lines:
            if words in line:
                return line
        await asyncio.sleep(0.05)
    raise AssertionError(f"{words!r} was not said: {lines}")


async def ended_by_sigterm(process: asyncio.subprocess.Process) -> int:
    process.send_signal(signal.SIGTERM)
    return await asyncio.wait_for(process.wait(), 90)


def left_open(home: Path) -> list[str]:
    """Return the files that SQLite has beside a ledger which nobody closed."""
    return [path.name for path in home.glob("ledger.sqlite3-*")]


@pytest.mark.slow
async def test_with_a_wrong_token_it_loads_nothing_stays_up_unhealthy_and_ends_with_status_zero(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    health_file(home, "discord").write_text("left by an earlier run")
    async with StandIn() as discord, bot_process(discord, home, discord_token="wrong", kep_days=1) as (process, lines):
        line = await said(lines, "refuses the bot's token")
        assert " ERROR " in line
        assert line.endswith("the next try is in 1 min")
        assert "ASKWELL_KEP_DAYS is no setting" in await said(lines, "KEP_DAYS")
        assert process.returncode is None
        assert list(home.iterdir()) == []
        assert await ended_by_sigterm(process) == 0
    assert len(discord.requests) == 1
    assert discord.gateway.identified == []


@pytest.mark.slow
async def test_with_the_right_token_it_is_healthy_once_it_is_in_discord_and_ends_with_status_zero(home: Path) -> None:
    async with StandIn() as discord, bot_process(discord, home, discord_token=TOKEN) as (process, lines):
        while not discord.gateway.identified:
            assert not health_file(home, "discord").exists()
            assert process.returncode is None, lines
            await asyncio.sleep(0.02)
        await said(lines, "Askwell is in Discord")
        until = time.monotonic() + 20
        while not health_file(home, "discord").exists() and time.monotonic() < until:
            await asyncio.sleep(0.05)
        assert health_file(home, "discord").exists()
        assert (home / "ledger.sqlite3-wal").exists()
        assert await ended_by_sigterm(process) == 0
    assert not health_file(home, "discord").exists()
    assert left_open(home) == []
    assert not [line for line in lines if "Traceback" in line or " ERROR " in line or " WARNING " in line]


@pytest.mark.slow
async def test_sigterm_while_it_loads_ends_it_with_status_zero(home: Path) -> None:
    async with StandIn() as discord, bot_process(discord, home, discord_token=TOKEN) as (process, lines):
        await said(lines, "Loading the embedding model")
        assert await ended_by_sigterm(process) == 0
    assert left_open(home) == []
    assert not [line for line in lines if "Traceback" in line]


@pytest.mark.slow
async def test_where_it_would_be_started_again_in_circles_a_setting_that_cannot_be_used_keeps_it_up_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STAYS_UP, "1")
    cases: list[dict[str, Any]] = [
        {"command": f"backup --daily {tmp_path}", "keep_days": "ever"},
        {"discord_token": ""},
        {"discord_token": TOKEN, "keep_days": "ever"},
        {"discord_token": TOKEN, "status_address": "9464"},
    ]
    for wrong in cases:
        async with StandIn() as discord, bot_process(discord, tmp_path / "home", **wrong) as (process, lines):
            await said(lines, "nothing is served until that is mended and this is started again")
            assert await ended_by_sigterm(process) == 0
        assert len(lines) == 1, lines
        assert discord.requests == []


@pytest.mark.slow
def test_a_command_that_ends_anyway_ends_there_too(askwell: Askwell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STAYS_UP, "1")
    for words in (("desk", "--link"), ("discord", "invite"), ("doctor",)):
        done = askwell(*words, keep_days="ever")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
