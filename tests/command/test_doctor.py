"""`askwell doctor`: it tells right from wrong, one line for each part, and leaves everything as it was."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.adapters.discord import needed
from bot.ledger.database import Ledger
from bot.settings import PROJECT
from tests.command.said import Run, Said
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.payloads import HISTORY, MANAGE_THREADS, ME, SEND, USUAL_RIGHTS
from tests.discord_stand_in.rest import TOKEN
from tests.discourse_stand_in import ForumStandIn
from tests.discourse_stand_in.forum_server import KEY
from tests.discourse_stand_in.in_forum import problems

P = TypeVar("P", bound=AbstractAsyncContextManager[Any])

SHAPED = "MTE4MDM1MTExMDIyNDY3ODkxMw.GqX2bY.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def line(said: Said, name: str) -> str:
    """Return what is said of one part."""
    (found,) = [each for each in said.out.splitlines() if each.split()[1] == name]
    return found


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Run Discord's stand-in in a thread of its own, since the command runs in this one."""
    with in_thread(StandIn()) as discord:
        yield discord


@contextmanager
def in_thread(platform: P) -> Iterator[P]:
    """Run a platform's stand-in in a thread of its own."""
    loop, ready, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with platform:
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield platform
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


def everything_in(folder: Path) -> dict[Path, bytes | None]:
    return {path: path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def test_a_right_token_is_told_from_a_wrong_one_and_from_one_of_the_wrong_shape(run: Run) -> None:
    with stand_in() as discord:
        told = [line(run("doctor", discord_token=token, discord_api_url=discord.api_url), "discord") for token in (TOKEN, SHAPED, "abc")]
        away = discord.api_url
    assert told[0].startswith("ok    discord   the token is right: ")
    assert told[1].startswith("FAIL  discord   Discord refuses the bot's token")
    assert "doesn't look like" not in told[1]
    assert "refuses the bot's token" in told[2]
    assert "doesn't look like a bot's token" in told[2]
    assert discord.gateway.identified == []
    assert "can't be reached" in line(run("doctor", discord_token=TOKEN, discord_api_url=away), "discord")


def test_the_link_that_lets_it_in_asks_for_the_permissions_that_it_names_and_for_no_others(run: Run) -> None:
    with stand_in() as discord:
        given = {"discord_token": TOKEN, "discord_api_url": discord.api_url}
        plain, with_forums = run("discord", "invite", **given), run("discord", "invite", **given, discord_forums="5", discord_guild="7")
        told = line(run("doctor", **given), "discord")
    (link,) = [each.strip() for each in plain.out.splitlines() if "https://" in each]
    asked = parse_qs(urlsplit(link).query)
    assert asked == {"client_id": [ME], "scope": ["bot applications.commands"], "permissions": [str(USUAL_RIGHTS)]}
    assert link in told
    assert str(USUAL_RIGHTS | MANAGE_THREADS) in with_forums.out
    assert "guild_id=7" in with_forums.out
    page = (PROJECT / "docs/operators/discord.md").read_text(encoding="utf-8")
    assert str(USUAL_RIGHTS) in page
    for each in needed(forums=True):
        assert each.name in page
        assert f"{each.name}  " in with_forums.out
        assert (f"{each.name}  " in plain.out) == (each.name != "Manage Threads")


def test_a_server_in_which_it_lacks_permissions_is_named_with_them(run: Run) -> None:
    with stand_in() as discord:
        given = {"discord_token": TOKEN, "discord_api_url": discord.api_url}

        def told(rights: int, **more: Any) -> str:
            discord.channels.rights = rights
            return line(run("doctor", **given, **more), "discord")

        assert told(USUAL_RIGHTS).startswith("ok    discord   the token is right: askwell, in A machine-learning course;")
        discord.application["flags"] |= 1 << 19  # the message content intent
        lacks = told(USUAL_RIGHTS & ~HISTORY & ~SEND)
        assert lacks.startswith("FAIL")
        assert "in 'A machine-learning course' it lacks Send Messages and Read Message History: give its role" in lacks
        assert "it lacks Manage Threads" in told(USUAL_RIGHTS, discord_forums="5")
        assert told(1 << 3, discord_forums="5").startswith("ok")
        discord.is_in_server = False
        assert "it's in no server yet, and https://discord.com/oauth2/authorize" in told(0)


def test_it_leaves_everything_as_it_was(run: Run, tmp_path: Path) -> None:
    before = everything_in(tmp_path)
    said = run("doctor")
    assert said.status == 1
    assert "there is no ledger at" in line(said, "ledger")
    assert line(said, "home").startswith("ok")
    assert everything_in(tmp_path) == before


@pytest.mark.parametrize("broken", ["home", "cards", "both"])
def test_a_home_or_cards_that_cannot_be_read_are_one_line_each_and_no_traceback(broken: str, run: Run, small: Path, tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    given = {"home": {"home": loop}, "cards": {"knowledge_dir": loop}, "both": {"home": loop, "knowledge_dir": loop}}[broken]
    said = run("doctor", **given)
    assert (said.status, said.err) == (1, "")
    assert len(said.out.splitlines()) == 10
    for part in ("home", "cards") if broken == "both" else (broken,):
        assert line(said, part).startswith("FAIL"), said.out


def test_what_is_of_the_wrong_shape_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    assert "is no folder" in line(run("doctor", knowledge_dir=tmp_path / "file"), "cards")
    assert "is no folder" in line(run("doctor", home=tmp_path / "file"), "home")
    assert "ASKWELL_MODEL_API_KEY has a space" in line(run("doctor", model_api_key="two words"), "settings")
    assert "ASKWELL_JUDGE_API_KEY has quotes" in line(run("doctor", judge_api_key="'sk-x'"), "settings")
    assert "ASKWELL_EXPORT_KEY needs at least 16" in line(run("doctor", export_key="short"), "settings")
    both = line(run("doctor", status_address="9464", desk_address="8765"), "settings")
    assert "ASKWELL_STATUS_ADDRESS is HOST:PORT" in both and "ASKWELL_DESK_ADDRESS is HOST:PORT" in both
    assert "ASKWELL_QUIET_HOURS is a span" in line(run("doctor", quiet_hours="at night"), "settings")
    assert "short" not in line(run("doctor", export_key="short"), "settings").replace("shorter", "")


def test_a_ledger_of_a_newer_program_says_so_and_what_to_do(run: Run, ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'tomorrow'")
    told = line(run("doctor"), "ledger")
    assert told.startswith("FAIL")
    assert "which a newer Askwell made" in told
    assert "restore a backup from before the upgrade" in told


def test_a_database_that_is_not_there_and_an_address_of_the_wrong_form_say_what_to_do(run: Run) -> None:
    told = line(run("doctor", database_url="postgresql+psycopg://askwell@127.0.0.1:9/askwell"), "ledger")
    assert told.startswith("FAIL")
    assert told.endswith("does it run, and is ASKWELL_DATABASE_URL right?")
    for wrong in ("postgres://askwell@127.0.0.1/askwell", "mysql+aiomysql://x/y"):
        assert line(run("doctor", database_url=wrong), "ledger").endswith("begin it with postgresql+psycopg:// or sqlite:///")


def test_each_setting_of_the_forum_is_checked_against_it_and_nothing_is_left_there(run: Run) -> None:
    with in_thread(ForumStandIn()) as forum:
        right = {"discourse_url": forum.url, "discourse_api_key": KEY}
        named = {"discourse_categories": "llm-course", "discourse_tags": "llm", "discourse_mentor_groups": "mentors"}
        told = line(run("doctor", **right, **named), "discourse")
        assert told == (
            "ok    discourse the key is right: @askwell answers new topics in llm-course, #llm; "
            "posts are heard every 60 s, without whispers and likes"
        )
        told = line(run("doctor", **right), "discourse")
        assert "answers whoever mentions it, and no new topics" in told
        for wrong, words in (
            ({"discourse_api_key": "wrong"}, "the forum refuses the API key"),
            ({"discourse_user": "nobody"}, "the forum refuses the API key"),
            ({"discourse_categories": "llm-course,nowhere"}, "the forum has no category 'nowhere'"),
            ({"discourse_mentor_groups": "nobody"}, "the forum has no group 'nobody'"),
            ({"discourse_review_category": "review"}, "nobody may decide there"),
            ({"discourse_url": "forum.example.org"}, "is an address such as"),
            ({"discourse_url": "http://127.0.0.1:9"}, "can't be reached at http://127.0.0.1:9"),
            ({"discourse_webhook_address": "127.0.0.1:0"}, "needs ASKWELL_DISCOURSE_WEBHOOK_SECRET"),
            ({"discourse_api_key": ""}, "ASKWELL_DISCOURSE_API_KEY=..."),
        ):
            told = line(run("doctor", **(right | wrong)), "discourse")
            assert told.startswith("FAIL  discourse "), told
            assert words in told
        forum.users["askwell"]["trust_level"] = 1
        assert "it can't change its post after a day: raise it to 2" in line(run("doctor", **right), "discourse")
        forum.users["askwell"]["trust_level"] = 2
        forum.scopes.remove("PUT")
        assert "lacks the scope 'posts: edit'" in line(run("doctor", **right), "discourse")
    assert forum.posts == {}
    assert problems(forum) == []
