"""Which messages are heard, where the answer comes, and what a learner reads where something can't be done."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.discord.asking.respond import NO_PICTURES, ONLY_BY_NAME, TEXT_ALONE
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import QUICK, FakeService, in_discord
from tests.discord_stand_in.components import as_read
from tests.discord_stand_in.payloads import DIRECT, GENERAL, LEARNER, ME, OWN_ROLE, PUBLIC_THREADS, SEND, USUAL_RIGHTS, Payload, user

MESSAGES = "/channels/[0-9]+/messages"
THREADS = "/channels/[0-9]+/messages/[0-9]+/threads"
TYPING = "/channels/[0-9]+/typing"
GRACE = user("5", "grace")
PICTURE = {
    "id": "77",
    "filename": "loss.png",
    "size": 9,
    "url": "https://x.test/a",
    "proxy_url": "https://x.test/b",
    "content_type": "image/png",
}


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


async def threaded(discord: StandIn) -> Payload:
    """Let the learner ask, and wait for the answer in its thread."""
    asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
    await discord.wait_for("POST", f"/channels/{asked['id']}/messages")
    return asked


async def test_a_direct_message_is_answered_without_a_mention_or_a_thread() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        await discord.say("Is pretraining supervised?", channel=DIRECT, names_us=False)
        (answer,) = await discord.wait_for("POST", MESSAGES)
    assert answer.path == f"/channels/{DIRECT}/messages"
    assert "To ask further" not in as_read(answer.body)
    assert [(one.conversation, one.author, one.text) for one in service.incoming] == [(DIRECT, LEARNER, "Is pretraining supervised?")]


async def test_a_mention_of_the_bots_own_role_is_answered_where_the_text_can_be_read_and_explained_where_not() -> None:
    service = FakeService()
    by_role: dict[str, Any] = {"names_us": False, "mention_roles": [OWN_ROLE]}
    async with in_discord(service, read_threads=True) as discord:
        await discord.say(f"<@&{OWN_ROLE}> Is pretraining supervised?", **by_role)
        await discord.wait_for("POST", MESSAGES)
    assert [one.text for one in service.incoming] == ["Is pretraining supervised?"]
    async with in_discord(service) as discord:
        await discord.say(f"<@&{OWN_ROLE}> Is pretraining supervised?", **by_role)
        (answer,) = await discord.wait_for("POST", MESSAGES)
    assert as_read(answer.body) == ONLY_BY_NAME
    assert len(service.incoming) == 1


async def test_of_a_picture_with_a_question_the_text_is_answered_and_a_picture_alone_gets_one_sentence() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        await discord.say(f"<@{ME}> What is this loss?", attachments=[PICTURE])
        await discord.say(f"<@{ME}>", attachments=[PICTURE])
        answers = await discord.wait_for("POST", MESSAGES, count=2)
    texts = [as_read(one.body) for one in answers]
    assert NO_PICTURES in texts
    assert max(texts, key=len).startswith(f"{TEXT_ALONE}\n\nThe next token is the label.")


async def test_a_question_deleted_before_its_answer_is_answered_nowhere() -> None:
    service = FakeService(takes_s=0.2)
    async with in_discord(service) as discord:
        asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.until(lambda: len(service.incoming) == 1)
        await discord.delete(asked)
        await discord.say(f"<@{ME}> And MLM?")
        (answer,) = await discord.wait_for("POST", MESSAGES)
    assert answer.path != f"/channels/{asked['id']}/messages"
    assert len(discord.recorded("POST", MESSAGES)) == 1
    assert len(discord.recorded("POST", THREADS)) == 1


async def test_a_question_deleted_while_its_thread_is_opened_is_not_answered_in_the_channel() -> None:
    async with in_discord(FakeService()) as discord:
        discord.refuse("POST", THREADS, 404, 10008, "Unknown Message", times=1)
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.wait_for("POST", THREADS)
        second = await discord.say(f"<@{ME}> And MLM?")
        await discord.wait_for("POST", MESSAGES)
    assert [one.path for one in discord.recorded("POST", MESSAGES)] == [f"/channels/{second['id']}/messages"]


async def test_a_mention_that_an_edit_adds_is_answered() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        asked = await discord.say("Is pretraining supervised?", names_us=False)
        await discord.rewrite(asked, f"<@{ME}> Is pretraining supervised?")
        await discord.wait_for("POST", f"/channels/{asked['id']}/messages")
    assert [one.text for one in service.incoming] == ["Is pretraining supervised?"]


@pytest.mark.parametrize("reset_s", [219.0, 20.0])
async def test_where_discord_limits_threads_the_answer_comes_in_the_channel_while_typing_shows(
    reset_s: float, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.discord.asking.respond.TYPING_AFTER_S", 0.05)
    async with in_discord(FakeService(), timing=replace(QUICK, thread_s=0.4)) as discord:
        discord.buckets.most, discord.buckets.within_s = 2, reset_s
        asked = [await discord.say(f"<@{ME}> Question {number}?") for number in range(4)]
        answers = await discord.wait_for("POST", MESSAGES, count=4)
    paths = [one.path for one in answers]
    assert sorted(path for path in paths if path != f"/channels/{GENERAL}/messages") == sorted(
        f"/channels/{one['id']}/messages" for one in asked if one["id"] in discord.threads
    )
    assert len(discord.threads) == 2
    assert paths.count(f"/channels/{GENERAL}/messages") == 2
    assert discord.recorded("POST", TYPING)
    assert any("no thread could be opened" in line for line in warnings(caplog))


async def test_an_event_that_cannot_be_read_is_logged_and_the_next_question_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    async with in_discord(FakeService()) as discord:
        await discord.gateway.dispatch("CHANNEL_CREATE", {"id": "x", "type": 0, "guild_id": "y"})
        await discord.gateway.dispatch("MESSAGE_UPDATE", {"id": "7", "channel_id": GENERAL, "guild_id": "41771983423143937"})
        await threaded(discord)
    assert len(discord.gateway.identified) == 1
    assert len([line for line in warnings(caplog) if "can't be read and is passed over" in line]) == 2


async def test_what_the_bot_may_not_do_in_a_channel_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    async with in_discord(FakeService(), StandIn(rights=USUAL_RIGHTS & ~PUBLIC_THREADS & ~SEND)) as discord:
        for number in range(3):
            await discord.say(f"<@{ME}> Question {number}?")
        await discord.wait_for("POST", MESSAGES, count=3)
    told = [line for line in warnings(caplog) if "lacks" in line]
    assert told == [
        f"in #questions ({GENERAL}) Askwell lacks Send Messages and Create Public Threads: docs/operators/discord.md says what for"
    ]


async def test_in_a_thread_that_is_read_only_its_asker_needs_no_mention() -> None:
    service = FakeService()
    async with in_discord(service, read_threads=True) as discord:
        asked = await threaded(discord)
        await discord.say("👍", channel=asked["id"], names_us=False, author=GRACE)
        await discord.say("same here", channel=asked["id"], names_us=False, author=GRACE)
        await discord.say("And MLM?", channel=asked["id"], names_us=False)
        await discord.wait_for("POST", MESSAGES, count=2)
    assert [one.text for one in service.incoming] == ["Is pretraining supervised?", "And MLM?"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_once_a_person_has_answered_in_a_thread_the_bot_steps_back_until_it_is_asked_by_name(
    restarted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = FakeService()
    monkeypatch.setattr("bot.adapters.discord.asking.own_threads.asker_in", lambda *about: LEARNER)
    async with in_discord(service, read_threads=True) as discord:
        asked = await threaded(discord)
        await discord.say(
            "The next token is given by the text itself, so nobody labels it.", channel=asked["id"], names_us=False, author=GRACE
        )
        await discord.say("Thank you, and why is that?", channel=asked["id"], names_us=False)
        if not restarted:
            await discord.say(f"<@{ME}> and MLM?", channel=asked["id"])
            await discord.wait_for("POST", MESSAGES, count=2)
            await discord.say("And then?", channel=asked["id"], names_us=False)
            await discord.wait_for("POST", MESSAGES, count=3)
    after = StandIn()
    after.channels.threads |= discord.threads
    after.channels.messages |= discord.messages
    async with in_discord(service, after, read_threads=True):
        if restarted:
            await after.say("Thank you, and why is that so?", channel=asked["id"], names_us=False)
            await after.wait_for("GET", f"/channels/{asked['id']}/messages")
            await after.say(f"<@{ME}> and MLM?", channel=asked["id"])
            await after.wait_for("POST", MESSAGES)
        await after.say("And in the end?", channel=asked["id"], names_us=False)
        await after.wait_for("POST", MESSAGES, count=2 if restarted else 1)
    wanted = ["and MLM?", "And in the end?"] if restarted else ["and MLM?", "And then?", "And in the end?"]
    assert [one.text for one in service.incoming][1:] == wanted
