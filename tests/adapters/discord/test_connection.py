"""The connection: the client's requests at its start, and its one line on each refusal."""

from __future__ import annotations

import asyncio
import logging
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from discord import utils

from bot.adapters.discord.choices import Choices
from bot.adapters.discord.client import SoonAgain, run
from knowledge.errors import PlatformError, TurnedAway
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import QUICK, FakeService, in_discord, problems
from tests.discord_stand_in.description import PATH, description
from tests.discord_stand_in.payloads import ME
from tests.discord_stand_in.rest import TOKEN, Recorded

GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15
MESSAGES = "/channels/[0-9]+/messages"


class ZlibContext:
    """A twin of the class that discord.py defines only where zstandard is missing."""

    COMPRESSION_TYPE = "zlib-stream"

    def __init__(self) -> None:
        self.stream = zlib.decompressobj()

    def decompress(self, raw: bytes, /) -> str:
        return self.stream.decompress(raw).decode()


async def test_it_identifies_with_the_least_intents_says_ready_once_and_touches_the_health_file(tmp_path: Path) -> None:
    told: list[str] = []
    alive = tmp_path / "home" / "discord.alive"
    alive.parent.mkdir()
    alive.write_text("left by an earlier run")
    async with in_discord(FakeService(), ready=lambda: told.append("ready"), health_file=alive) as discord:
        assert not alive.exists()
        await discord.until(lambda: bool(told))
        await discord.gateway.drop()
        await discord.until(lambda: len(discord.gateway.resumed) == 1)
    (identity,) = discord.gateway.identified
    assert identity["token"] == TOKEN
    assert identity["intents"] == GUILDS | GUILD_MESSAGES | DIRECT_MESSAGES
    assert discord.gateway.heartbeats >= 1
    assert told == ["ready"]


async def test_the_health_file_is_touched_while_the_gateway_is_alive(tmp_path: Path) -> None:
    alive = tmp_path / "discord.alive"
    async with in_discord(FakeService(), health_file=alive, timing=replace(QUICK, touch_every_s=0.05)) as discord:
        await discord.until(alive.exists)
        alive.unlink()
        await discord.until(alive.exists)


async def test_a_health_file_that_cannot_be_written_is_one_line_and_is_touched_once_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("not a folder")
    async with in_discord(
        FakeService(), health_file=tmp_path / "file" / "discord.alive", timing=replace(QUICK, touch_every_s=0.05)
    ) as discord:
        await discord.until(lambda: "health file" in caplog.text)
        (tmp_path / "file").unlink()
        await discord.until((tmp_path / "file" / "discord.alive").exists)
    assert caplog.text.count("health file") == 1


async def test_the_health_file_of_an_earlier_connection_is_gone_before_the_login_and_the_own_one_at_the_end(tmp_path: Path) -> None:
    alive = tmp_path / "discord.alive"
    alive.write_text("left by an earlier run")
    async with StandIn() as discord:
        with pytest.raises(TurnedAway):
            await run(
                FakeService(), token="wrong", api_url=discord.api_url, gateway_url=discord.gateway.url, choices=Choices(health_file=alive)
            )
    assert not alive.exists()
    async with in_discord(FakeService(), health_file=alive) as discord:
        await discord.until(alive.exists)
    assert not alive.exists()


def test_after_an_outage_the_next_try_to_connect_is_within_a_minute() -> None:
    waits = SoonAgain()
    assert max(waits.delay() for _ in range(200)) <= 32


async def test_a_lost_connection_is_resumed_and_what_was_asked_meanwhile_is_answered() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.wait_for("POST", MESSAGES)
        await discord.gateway.drop()
        await discord.say(f"<@{ME}> And MLM?")
        await discord.wait_for("POST", MESSAGES, count=2)
    assert [one.text for one in service.incoming] == ["Is pretraining supervised?", "And MLM?"]
    assert len(discord.gateway.identified) == 1
    assert len(discord.gateway.resumed) == 1


async def test_what_waits_for_one_more_server_ends_with_the_connection() -> None:
    async with in_discord(FakeService(), timing=replace(QUICK, guild_ready_s=0.2)):
        pass
    waiting = [task for task in asyncio.all_tasks() if "_delay_ready" in repr(task.get_coro())]
    await asyncio.wait({asyncio.create_task(asyncio.sleep(0.3)), *waiting})
    assert [task for task in waiting if not task.cancelled() and task.exception() is not None] == []


@pytest.mark.parametrize("compression", ["zlib-stream", "zstd-stream"])
async def test_the_stand_in_speaks_the_compression_that_the_client_asks_for(compression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    contexts: dict[str, Any] = {"zlib-stream": ZlibContext, "zstd-stream": utils._ActiveDecompressionContext}
    if compression != contexts[compression].COMPRESSION_TYPE:
        pytest.skip("discord.py finds no zstandard here")
    monkeypatch.setattr(utils, "_ActiveDecompressionContext", contexts[compression])
    async with in_discord(FakeService()) as discord:
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.wait_for("POST", MESSAGES)
    assert discord.gateway.connections == [compression]


async def test_a_wrong_token_is_one_clear_line() -> None:
    async with StandIn() as discord:
        for token in ("wrong", "", "two\nlines", "ключ"):
            with pytest.raises(TurnedAway, match=r"\A.*refuses.*ASKWELL_DISCORD_TOKEN.*\Z"):
                await run(FakeService(), token=token, api_url=discord.api_url, gateway_url=discord.gateway.url)
    assert discord.gateway.identified == []


async def test_a_token_that_only_the_gateway_refuses_is_the_same_line() -> None:
    with pytest.raises(TurnedAway, match="ASKWELL_DISCORD_TOKEN"):
        async with in_discord(FakeService(), StandIn(gateway_token="another")):
            pass


async def test_the_content_intent_where_discord_has_it_turned_off_is_one_clear_line() -> None:
    with pytest.raises(TurnedAway, match=r"\A.*message content intent.*\Z"):
        async with in_discord(FakeService(), StandIn(refused_intents=MESSAGE_CONTENT), read_threads=True):
            pass


async def test_an_api_that_cannot_be_reached_is_one_clear_line() -> None:
    async with StandIn() as discord:
        gone = discord.api_url
    with pytest.raises(PlatformError, match=r"\ADiscord can't be reached at http://127.0.0.1.*\Z"):
        await run(FakeService(), token=TOKEN, api_url=gone, gateway_url=discord.gateway.url)


async def test_a_gateway_that_cannot_be_reached_is_one_clear_line(caplog: pytest.LogCaptureFixture) -> None:
    async with StandIn() as gone:
        pass
    with pytest.raises(PlatformError, match=r"\ADiscord's gateway can't be reached at ws://127.0.0.1.*\Z"):
        async with in_discord(FakeService(), gateway_url=gone.gateway.url):
            pass
    assert [record.exc_info for record in caplog.records if record.levelno >= logging.ERROR] == [None]


async def test_something_else_than_discord_at_the_address_is_one_clear_line() -> None:
    async with StandIn() as discord:
        discord.refuse("GET", "/users/@me", 200, 0, "Welcome to nginx!")
        with pytest.raises(PlatformError, match=r"\Awhat answers at .* is not Discord's API.*\Z"):
            await run(FakeService(), token=TOKEN, api_url=discord.api_url, gateway_url=discord.gateway.url)


def test_requests_that_discord_would_not_take_are_seen_by_the_check() -> None:
    if description() is None:
        pytest.skip(f"Discord's OpenAPI description is not beside the project ({PATH.name})")
    discord = StandIn()
    mentions: dict[str, list[str]] = {"parse": []}
    wrong = [
        ("/channels/7/messages", {"content": "x" * 2001, "allowed_mentions": mentions}, "2001 characters"),
        ("/channels/7/messages", {"content": "x"}, "may ping somebody"),
        ("/channels/7/messages", {"content": "x", "allowed_mentions": mentions, "supress": 1}, "'supress' was unexpected"),
        ("/channels/7/messages/8/threads", {"name": "x" * 101}, "too long"),
        ("/channels/7/nonsense", {}, "no such route"),
    ]
    for path, body, complaint in wrong:
        discord.requests = [Recorded("POST", path, {}, body, 0.0, 200)]
        assert [complaint in problem for problem in problems(discord)] == [True], (path, problems(discord))
    reference = {"message_id": 41771983423143937}
    body = {"content": "x", "allowed_mentions": mentions, "message_reference": reference}
    discord.requests = [Recorded("POST", "/channels/7/messages", {}, body, 0.0, 200)]
    assert problems(discord) == []
