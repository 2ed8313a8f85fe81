"""A mention in a server, from the learner's message to the answer in its thread."""

from __future__ import annotations

import logging

import pytest

from bot.adapters.discord.asking.respond import NOT_NOW
from bot.answering.compose.decline_or_ask_back import NOTHING_ASKED
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import FakeService, in_discord
from tests.discord_stand_in.components import as_read, labels, links
from tests.discord_stand_in.payloads import GENERAL, LEARNER, ME, PUBLIC_THREADS, ROOM, USUAL_RIGHTS, user

MESSAGES = "/channels/[0-9]+/messages"
THREADS = "/channels/[0-9]+/messages/[0-9]+/threads"


async def test_a_mention_opens_a_thread_named_by_the_question_and_is_answered_there() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
        (answer,) = await discord.wait_for("POST", MESSAGES)
        (thread,) = discord.recorded("POST", THREADS)
        await discord.until(lambda: bool(service.refs))
    assert thread.path == f"/channels/{GENERAL}/messages/{asked['id']}/threads"
    assert thread.body["name"] == "Is pretraining supervised?"
    assert answer.path == f"/channels/{asked['id']}/messages"
    assert as_read(answer.body).startswith("The next token is the label.\n\n-# Draft: put together from the mentors' cards")
    assert "-# Cards: Pretraining" in as_read(answer.body)
    assert links(answer.body) == {"Attention Is All You Need (Vaswani et al., 2017)": "https://arxiv.org/abs/1706.03762"}
    (incoming,) = service.incoming
    assert (incoming.platform, incoming.message_id, incoming.author) == ("discord", asked["id"], LEARNER)
    assert (incoming.conversation, incoming.text) == (asked["id"], "Is pretraining supervised?")
    carrier = next(one for one in discord.messages.values() if one["author"]["id"] == ME)
    assert service.refs == {1: f"{asked['id']}/{carrier['id']}"}


async def test_a_follow_up_in_the_thread_is_answered_in_the_thread_and_belongs_to_its_conversation() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.wait_for("POST", MESSAGES)
        by_mention = await discord.say(f"And MLM, <@!{ME}>?", channel=asked["id"])
        await discord.wait_for("POST", MESSAGES, count=2)
        by_reply = await discord.say("Can you give me an example?", channel=asked["id"], type=19)
        answers = await discord.wait_for("POST", MESSAGES, count=3)
    assert {one.path for one in answers} == {f"/channels/{asked['id']}/messages"}
    assert [one.body["message_reference"]["message_id"] for one in answers[1:]] == [int(by_mention["id"]), int(by_reply["id"])]
    assert len(discord.recorded("POST", THREADS)) == 1
    assert [one.text for one in service.incoming] == ["Is pretraining supervised?", "And MLM,  ?", "Can you give me an example?"]
    assert {one.conversation for one in service.incoming} == {asked["id"]}


async def test_without_the_content_intent_a_follow_up_without_mention_passes_by_unread() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.wait_for("POST", MESSAGES)
        await discord.say("I will think about it.", channel=asked["id"], names_us=False)
        await discord.say(f"<@{ME}> and MLM?", channel=asked["id"])
        await discord.wait_for("POST", MESSAGES, count=2)
    assert [one.text for one in service.incoming] == ["Is pretraining supervised?", "and MLM?"]


async def test_with_the_content_intent_a_follow_up_in_our_own_thread_needs_no_mention() -> None:
    service = FakeService()
    async with in_discord(service, read_threads=True) as discord:
        asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.wait_for("POST", MESSAGES)
        await discord.say("Anyone for lunch?", names_us=False)
        await discord.say("@grace look at this", channel=asked["id"], names_us=False, mentions=[user("5", "grace")])
        await discord.say("And MLM?", channel=asked["id"], names_us=False)
        await discord.wait_for("POST", MESSAGES, count=2)
    assert [one.text for one in service.incoming] == ["Is pretraining supervised?", "And MLM?"]


async def test_a_repeat_of_a_message_is_answered_once() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.wait_for("POST", MESSAGES)
        await discord.gateway.dispatch("MESSAGE_CREATE", asked)
        await discord.until(lambda: len(service.incoming) == 2)
        await discord.say(f"<@{ME}> And MLM?")
        await discord.wait_for("POST", MESSAGES, count=2)
    assert len(discord.recorded("POST", MESSAGES)) == 2
    assert len(discord.recorded("POST", THREADS)) == 2


async def test_bots_and_its_own_messages_are_not_answered() -> None:
    service = FakeService(f"You wrote to <@{ME}>.")
    async with in_discord(service) as discord:
        await discord.say(f"<@{ME}> I am a bot.", author=user("99", "other", bot=True))
        await discord.say(f"<@{ME}> I am a webhook.", webhook_id="98")
        await discord.say(f"<@{ME}> pinned a message.", type=6)
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.wait_for("POST", MESSAGES)
    assert [one.text for one in service.incoming] == ["Is pretraining supervised?"]


async def test_an_empty_mention_gets_one_kind_sentence_and_no_thread() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        asked = await discord.say(f" <@{ME}> ")
        (answer,) = await discord.wait_for("POST", MESSAGES)
    assert as_read(answer.body) == NOTHING_ASKED
    assert answer.body["message_reference"]["message_id"] == int(asked["id"])
    assert service.incoming == []
    assert discord.recorded("POST", THREADS) == []


async def test_without_the_right_to_open_threads_the_answer_stands_in_the_channel() -> None:
    service = FakeService()
    async with in_discord(service, StandIn(rights=USUAL_RIGHTS & ~PUBLIC_THREADS)) as discord:
        asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
        (answer,) = await discord.wait_for("POST", MESSAGES)
    assert answer.path == f"/channels/{GENERAL}/messages"
    assert answer.body["message_reference"]["message_id"] == int(asked["id"])
    assert service.incoming[0].conversation == GENERAL
    assert discord.recorded("POST", THREADS) == []


async def test_a_refused_thread_does_not_cost_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    async with in_discord(FakeService()) as discord:
        discord.refuse("POST", THREADS, 403, 50013, "Missing Permissions")
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        (answer,) = await discord.wait_for("POST", MESSAGES)
    assert answer.path == f"/channels/{GENERAL}/messages"
    assert "no thread could be opened" in caplog.text


async def test_a_connection_lost_while_the_thread_is_opened_does_not_cost_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    async with in_discord(FakeService()) as discord:
        discord.cut("POST", THREADS)
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        (answer,) = await discord.wait_for("POST", MESSAGES)
    assert as_read(answer.body).startswith("The next token is the label.")
    # In the thread if the gateway told of it in time.
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) == (answer.path == f"/channels/{GENERAL}/messages")
    assert all("no thread could be opened" in line and "\n" not in line for line in lines)


async def test_in_a_voice_channels_chat_the_answer_stands_where_it_was_asked() -> None:
    async with in_discord(FakeService()) as discord:
        await discord.say(f"<@{ME}> Is pretraining supervised?", channel=ROOM)
        (answer,) = await discord.wait_for("POST", MESSAGES)
    assert answer.path == f"/channels/{ROOM}/messages"


async def test_a_refused_message_is_logged_in_one_line_and_not_noted_as_sent(caplog: pytest.LogCaptureFixture) -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        discord.refuse("POST", MESSAGES, 403, 50013, "Missing Permissions", times=1)
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.wait_for("POST", MESSAGES, status=403)
        await discord.say(f"<@{ME}> And MLM?")
        await discord.until(lambda: bool(service.refs))
    (line,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "Missing Permissions" in line.getMessage()
    assert "\n" not in line.getMessage()
    assert list(service.refs) == [2]


async def test_a_rate_limited_message_is_sent_again() -> None:
    async with in_discord(FakeService()) as discord:
        limited = {"retry_after": 0.1, "global": False}
        discord.refuse("POST", MESSAGES, 429, 0, "You are being rate limited.", times=1, **limited)
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        (sent,) = await discord.wait_for("POST", MESSAGES, status=200)
    (refused,) = discord.recorded("POST", MESSAGES, status=429)
    assert refused.body == sent.body


async def test_while_an_answer_takes_its_time_the_channel_shows_that_we_are_typing() -> None:
    async with in_discord(FakeService(takes_s=1.0)) as discord:
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        (typing,) = await discord.wait_for("POST", "/channels/[0-9]+/typing")
        (answer,) = await discord.wait_for("POST", MESSAGES)
    assert typing.path == f"/channels/{GENERAL}/typing"
    assert typing.at < answer.at


async def test_when_the_ledger_is_away_the_learner_is_told_to_ask_again(caplog: pytest.LogCaptureFixture) -> None:
    async with in_discord(FakeService(away=True)) as discord:
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        (answer,) = await discord.wait_for("POST", MESSAGES)
    assert as_read(answer.body) == NOT_NOW
    assert "the ledger is locked" in caplog.text


async def test_a_long_answer_is_sent_in_order_and_only_its_last_part_has_the_state() -> None:
    paragraphs = [f"Paragraph {number}. " + "The label is a part of the text. " * 12 for number in range(24)]
    service = FakeService("\n\n".join(paragraphs))
    async with in_discord(service) as discord:
        asked = await discord.say(f"<@{ME}> Explain everything.")
        await discord.until(lambda: bool(service.refs))
    parts = [as_read(one.body) for one in discord.recorded("POST", f"/channels/{asked['id']}/messages")]
    assert len(parts) == 3
    assert "-# Draft" not in parts[0] + parts[1]
    assert "-# Draft" in parts[2]
    assert [paragraph.strip() for part in parts for paragraph in part.split("\n\n")][:-1] == [one.strip() for one in paragraphs]
    carriers = [one for one in discord.messages.values() if as_read(one) in parts]
    assert service.refs == {1: f"{asked['id']}/{','.join(one['id'] for one in carriers)}"}
    assert [bool(labels(one)) for one in carriers] == [False, False, True]
