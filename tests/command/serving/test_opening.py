"""What can't be opened when a bot starts: the process stays up, says so once, and serves as soon as a person has mended it."""

from __future__ import annotations

import asyncio
import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.health_files import health_file
from bot.command.serving.opening import WAIT_MOST_S, WAIT_S, open_patiently
from bot.ledger.database import Ledger
from knowledge.errors import IndexUnusable, LedgerUnavailable, UsageError
from tests.command.serving.test_stopping import bot_process, ended_by_sigterm, left_open, said
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.rest import TOKEN
from tests.discourse_stand_in.in_forum import free_address

AWAY = LedgerUnavailable("the ledger is newer")


def opening(*outcomes: Exception | str) -> Callable[[], str]:
    """Return what fails so often, and then opens."""
    left = list(outcomes)

    def open_it() -> str:
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return open_it


def test_it_is_tried_again_with_waits_that_grow_to_a_minute_and_each_new_reason_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    waits: list[float] = []
    told: list[str] = []
    denied = PermissionError(13, "Permission denied", "/home/fitted")
    opened = open_patiently(opening(AWAY, AWAY, IndexUnusable("no room"), AWAY, denied, "open"), told.append, wait=waits.append)
    assert opened == "open"
    assert waits == [WAIT_S, 20.0, 40.0, WAIT_MOST_S, WAIT_MOST_S]
    assert told[:3] == ["the ledger is newer", "the ledger is newer", "no room"]
    assert told[-2:] == ["/home/fitted can't be used (Permission denied): mend it or its permissions", ""]
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert [line.split(";")[0] for line in lines] == ["the ledger is newer", "no room", "the ledger is newer", told[-2]]


def test_a_setting_that_cannot_be_used_is_not_tried_again() -> None:
    with pytest.raises(UsageError):
        open_patiently(opening(UsageError("ASKWELL_MODEL"), "open"), lambda _: None, wait=lambda _: pytest.fail("it waits"))


async def readiness(address: str) -> str:
    """Return what the status page says of a process, ready or not."""

    def read() -> str:
        try:
            with urllib.request.urlopen(f"http://{address}/readyz", timeout=5) as reply:
                return str(reply.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return error.read().decode()

    return await asyncio.to_thread(read)


@pytest.mark.slow
async def test_a_ledger_newer_than_the_program_keeps_the_bot_up_and_unhealthy_until_it_is_restored(home: Path, small: Path) -> None:
    ledger = Ledger(f"sqlite:///{home / 'ledger.sqlite3'}")
    ledger.upgrade()
    (revision,) = set_revision(ledger, "tomorrow")
    status = free_address()
    given: dict[str, Any] = {"discord_token": TOKEN, "status_address": status, "knowledge_dir": small}
    async with StandIn() as discord, bot_process(discord, home, **given) as (process, lines):
        line = await said(lines, "which a newer Askwell made")
        assert " ERROR " in line
        assert "nothing is served until that is mended" in line
        assert "which a newer Askwell made" in await readiness(status)
        assert not health_file(home, "discord").exists()
        assert process.returncode is None
        set_revision(ledger, revision)
        ledger.close()
        await said(lines, "Askwell is in Discord")
        assert await ended_by_sigterm(process) == 0
    assert len([line for line in lines if " ERROR " in line]) == 1
    assert left_open(home) == []


def set_revision(ledger: Ledger, revision: str) -> list[str]:
    """Put another revision into a ledger, and return the one that it had."""
    with ledger.engine.begin() as connection:
        before = [str(row[0]) for row in connection.exec_driver_sql("SELECT version_num FROM alembic_version")]
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
    return before


@pytest.mark.slow
@pytest.mark.parametrize("command", ["discord", "desk"])
async def test_a_home_that_cannot_be_written_is_one_line_and_is_used_once_it_can(command: str, tmp_path: Path, small: Path) -> None:
    home, volume = tmp_path / "home", tmp_path / "volume"
    home.symlink_to(volume)
    volume.write_text("no folder", encoding="utf-8")
    given: dict[str, Any] = {"discord_token": TOKEN, "knowledge_dir": small, "desk_address": free_address()}
    async with StandIn() as discord, bot_process(discord, home, command=command, **given) as (process, lines):
        await said(lines, "nothing is served until that is mended")
        assert len([line for line in lines if " ERROR " in line]) == 1, lines
        assert process.returncode is None
        volume.unlink()
        volume.mkdir()
        await said(lines, "Index ready")
        await said(lines, "Askwell is in Discord" if command == "discord" else "Index ready")
        assert await ended_by_sigterm(process) == 0
    assert not [line for line in lines if "Traceback" in line]
    assert left_open(home) == []
