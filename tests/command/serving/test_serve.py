"""All platforms in one process: one decision settles like questions of both, and one that fails doesn't stop the others."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.discord import run as run_client
from bot.adapters.discourse import ForumOptions, run_forum
from bot.background.measures import Measures
from bot.command.serving.platforms import Platform, first_login, reasons_not_ready, serve_all
from bot.ledger.database import Ledger
from bot.review.decisions import decide
from bot.review.decisions.mentor_text import mentor_answer
from bot.service import Service
from bot.settings import Settings
from knowledge.errors import PlatformError
from tests.command.said import Run
from tests.command.serving.test_stopping import bot_process, ended_by_sigterm, left_open, said
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import QUICK as QUICK_DISCORD
from tests.discord_stand_in.payloads import LEARNER
from tests.discord_stand_in.payloads import ME as DISCORDS_ME
from tests.discord_stand_in.rest import TOKEN
from tests.discourse_stand_in import ForumStandIn
from tests.discourse_stand_in.forum_server import KEY, ME
from tests.discourse_stand_in.in_forum import QUICK, OneAnswer, carried, deliveries, free_address

SETTINGS = Settings(_env_file=None)
WHO = "Who makes the labels?"


def platform(name: str, run: Callable[[Settings, Service, Measures], Awaitable[None]], *, away: str = "") -> Platform:
    async def log_in(settings: Settings) -> str:
        if away:
            raise PlatformError(away)
        return "askwell"

    return Platform(name, lambda _: "", lambda _: None, log_in, run, lambda _: away)


@contextlib.asynccontextmanager
async def served(service: Service, *platforms: Platform) -> AsyncIterator[None]:
    serving = asyncio.create_task(serve_all(platforms, SETTINGS, service, Measures("all", lambda: ""), begin_again_s=0.02))
    try:
        yield
    finally:
        serving.cancel()
        await asyncio.wait({serving})


async def test_one_decision_settles_like_questions_of_both_and_each_is_told_where_they_asked(ledger: Ledger, tmp_path: Path) -> None:
    service = OneAnswer(ledger)
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    async with StandIn() as discord, ForumStandIn() as forum:
        chat = partial(run_client, token=TOKEN, api_url=discord.api_url, gateway_url=discord.gateway.url, timing=QUICK_DISCORD)
        options = ForumOptions(forum.url, KEY, ME, categories=("llm-course",), wait_min=0, poll_every_s=0.02)
        board = partial(run_forum, options=options, home=tmp_path, timing=QUICK)
        both = (platform("discord", lambda _, given, measures: chat(given)), platform("discourse", lambda _, given, measures: board(given)))
        async with served(service, *both):
            await discord.until(lambda: any(event == "GUILD_CREATE" for event, _ in discord.gateway.history))
            await forum.until(lambda: forum.calls("GET", "/posts.json", status=200))
            message = await discord.say(f"<@{DISCORDS_ME}> {WHO}")
            await discord.until(lambda: len([each for each in carried(ledger) if each]) == 1)
            topic = await forum.open_topic("ada", WHO, "In pretraining, I mean.")
            await forum.until(lambda: len([each for each in carried(ledger) if each]) == 2)
            with ledger.transaction() as session:
                now = dt.datetime.now(dt.UTC)
                decide.correct(session, 1, also=[2], mentor="Mia", source="desk", now=now, replacement=mentor_answer("The text does."))
            await forum.until(lambda: [state for _, state, _ in deliveries(ledger)] == ["sent"] * 4)
        changed, told = discord.channels.seen(str(message["id"]))
        assert "The text does." in changed
        assert told.startswith(f"<@{LEARNER}> ")
        shown, notice = forum.ours(topic["topic_id"])
        assert "The text does." in shown["raw"]
        assert notice["reply_to_post_number"] == 1
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


async def test_a_platform_that_is_away_or_has_a_fault_stops_no_other_and_begins_again(
    ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = OneAnswer(ledger)
    faults: list[int] = []

    async def away(settings: Settings, service: Service, measures: Measures) -> None:
        raise PlatformError("it is away")

    async def faulty(settings: Settings, service: Service, measures: Measures) -> None:
        faults.append(1)
        raise RuntimeError("a fault of ours")

    async with ForumStandIn() as forum:
        options = ForumOptions(forum.url, KEY, ME, categories=("llm-course",), wait_min=0, poll_every_s=0.02)
        board = partial(run_forum, options=options, home=tmp_path, timing=QUICK)
        working = platform("discourse", lambda _, given, measures: board(given))
        async with served(service, platform("discord", away), platform("desk", faulty), working):
            await forum.until(lambda: forum.calls("GET", "/posts.json", status=200) and len(faults) > 1)
            topic = await forum.open_topic("ada", WHO, "In pretraining, I mean.")
            await forum.until(lambda: forum.ours(topic["topic_id"]))
    assert "it is away; the next try is in" in caplog.text
    assert "Desk ended; it begins again in" in caplog.text
    assert "RuntimeError: a fault of ours" in caplog.text


async def test_it_loads_once_one_platform_lets_it_in_and_is_not_ready_while_another_does_not() -> None:
    async def nothing(settings: Settings, service: Service, measures: Measures) -> None:
        """Serve nobody."""

    platforms = [platform("discord", nothing, away="not connected to Discord"), platform("discourse", nothing)]
    await asyncio.wait_for(first_login(platforms, SETTINGS), 5)
    assert reasons_not_ready(platforms, SETTINGS) == "not connected to Discord"


def test_without_any_platform_it_says_what_to_set(run: Run) -> None:
    done = run("serve")
    assert done.status == 2
    assert "ASKWELL_DISCORD_TOKEN=..." in done.err
    assert "ASKWELL_DISCOURSE_URL=..." in done.err
    assert run("discourse").status == 2
    wrong = run("serve", discourse_url="forum.example.org", discourse_api_key=KEY)
    assert wrong.status == 2
    assert "is an address such as https://forum.example.org" in wrong.err


@pytest.mark.slow
async def test_with_a_wrong_discord_token_the_process_answers_on_the_forum_out_of_the_cards_and_ends_in_order(home: Path) -> None:
    async with StandIn() as discord, ForumStandIn() as forum:
        given = {"discourse_url": forum.url, "discourse_api_key": KEY, "discourse_categories": "llm-course", "discourse_wait_min": 0}
        given |= {"discourse_poll_s": 5, "discord_token": "wrong", "desk_address": (desk := free_address())}
        async with bot_process(discord, home, command="serve", **given) as (process, lines):
            await said(lines, "Askwell is on the forum")
            await forum.until(lambda: forum.calls("GET", "/posts.json", status=200))
            topic = await forum.open_topic("ada", "what is loss masking?", "I read it in the notes of week 2.")
            await forum.until(lambda: forum.ours(topic["topic_id"]))
            assert [line for line in lines if "refuses the bot's token" in line]
            async with aiohttp.ClientSession() as mentor, mentor.get(f"http://{desk}/healthz") as page:
                assert page.status == 200
            assert await ended_by_sigterm(process) == 0
    assert left_open(home) == []
    assert "the label -100" in forum.ours()[0]["raw"]
    assert not [line for line in lines if "Traceback" in line]
