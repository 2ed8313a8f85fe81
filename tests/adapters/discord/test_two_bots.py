"""Two bots on one ledger, as while one is upgraded: each question is answered once, each click thanked once, and nobody is warned."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.adapters.discord.client import run
from bot.ledger.database import Ledger
from bot.ledger.spool import Spool
from bot.ledger.tables import Feedback, QuestionRow
from bot.service import Service
from tests.adapters.discord.test_missed import begin
from tests.conftest import NewDatabase
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import QUICK, in_discord, problems
from tests.discord_stand_in.gateway import Gateway
from tests.discord_stand_in.payloads import ME
from tests.discord_stand_in.rest import TOKEN

MESSAGES = "/channels/[0-9]+/messages"
QUESTIONS = 12


@pytest.fixture(params=["sqlite", "postgresql"])
def ledgers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Ledger, Ledger]]:
    """One ledger, opened twice."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    else:
        new: NewDatabase = request.getfixturevalue("new_postgresql")
        url = new()
    opened = Ledger(url), Ledger(url)
    for each in opened:
        each.upgrade()
    yield opened
    for each in opened:
        each.close()


@pytest.mark.slow
async def test_two_bots_on_one_ledger_answer_everything_once_without_a_warning_also_when_one_goes(
    ledgers: tuple[Ledger, Ledger], service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old, new = (Service(service.library, each, spool=Spool(tmp_path)) for each in ledgers)
    told: list[str] = []
    async with in_discord(old) as discord:
        options = {"token": TOKEN, "api_url": discord.api_url, "gateway_url": discord.gateway.url, "timing": QUICK}
        second = asyncio.create_task(run(new, ready=lambda: told.append("in"), **options))  # type: ignore[arg-type]
        await discord.until(lambda: bool(told))
        for number in range(QUESTIONS):
            await discord.say(f"<@{ME}> Is pretraining supervised, and why, for reader {number}?")
            await discord.use_ask(f"What is masked language modelling? ({number})")
        await discord.until(
            lambda: sum(not one.get("token") and one["author"]["id"] == ME for one in discord.messages.values()) >= QUESTIONS
        )
        await discord.wait_for("PATCH", "/webhooks/.*/@original", count=QUESTIONS, status=200)
        answered = next(one for one in discord.messages.values() if one["author"]["id"] == ME and one["components"])
        clicked = await discord.click(answered, "Helped")
        await discord.until(lambda: bool(discord.people.whispered(clicked)))
        await asyncio.sleep(0.5)
        assert len(discord.recorded("POST", MESSAGES, status=200)) == QUESTIONS
        assert len(discord.recorded("PATCH", "/webhooks/.*/@original", status=200)) == QUESTIONS + 1
        second.cancel()
        await asyncio.wait({second})
        await discord.say(f"<@{ME}> What is a token?")
        await discord.wait_for("POST", MESSAGES, count=QUESTIONS + 1, status=200)
    # A thread that still writes would put its connection back into a closed pool, where nobody closes it.
    await asyncio.get_running_loop().shutdown_default_executor()
    with ledgers[0].transaction() as session:
        assert session.query(Feedback).count() == 1
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.slow
async def test_of_two_processes_on_one_ledger_each_question_is_answered_by_one_also_while_one_is_killed(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.sqlite3")
    ledger.upgrade()
    async with StandIn() as discord:

        def is_in(gateway: Gateway | None) -> bool:
            return gateway is not None and any(event == "GUILD_CREATE" for event, _ in gateway.history)

        def answers() -> Counter[str]:
            return Counter(one["channel_id"] for one in discord.messages.values() if one["author"]["id"] == ME)

        async def wait(holds: Callable[[], bool]) -> None:
            async with asyncio.timeout(90):
                while not holds():
                    await asyncio.sleep(0.05)

        first = await begin(discord, tmp_path)
        await wait(lambda: is_in(discord.gateway))
        second = await begin(discord, tmp_path)
        await wait(lambda: is_in(discord.gateway.second))
        asked = [(await discord.say(f"<@{ME}> Question {number}?"))["id"] for number in range(QUESTIONS)]
        await wait(lambda: len(answers()) == QUESTIONS)
        second.kill()
        await second.wait()
        asked += [(await discord.say(f"<@{ME}> Further question {number}?"))["id"] for number in range(QUESTIONS)]
        await wait(lambda: len(answers()) == 2 * QUESTIONS)
        first.kill()
        await first.wait()
    assert answers() == Counter(asked)
    assert problems(discord) == []
    with ledger.transaction() as session:
        assert session.query(QuestionRow).count() == 2 * QUESTIONS
    ledger.close()
