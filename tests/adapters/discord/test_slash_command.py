"""`/ask`, from the interaction to the answer in place of "is thinking"."""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.discord.asking.respond import NOT_NOW
from bot.answering.compose.decline_or_ask_back import NOTHING_ASKED
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import FakeService, in_discord
from tests.discord_stand_in.components import as_read, links
from tests.discord_stand_in.payloads import EPHEMERAL, GENERAL, GUILD, LEARNER, ME

CALLBACK = "/interactions/[0-9]+/[^/]+/callback"
ORIGINAL = f"/webhooks/{ME}/[^/]+/messages/@original"
FOLLOW_UP = f"/webhooks/{ME}/[^/]+"
COMMANDS = f"/applications/{ME}/commands"
DEFERRED = 5


async def test_ask_is_deferred_before_the_answer_is_there_and_then_edited() -> None:
    service = FakeService(takes_s=0.5)
    async with in_discord(service) as discord:
        used = await discord.use_ask("Is *pretraining*\nsupervised?")
        (deferral,) = await discord.wait_for("POST", CALLBACK)
        assert discord.recorded("PATCH", ORIGINAL) == []
        (edit,) = await discord.wait_for("PATCH", ORIGINAL)
        await discord.until(lambda: bool(service.refs))
    assert deferral.body == {"type": DEFERRED}
    assert as_read(edit.body).startswith("> Is \\*pretraining\\* supervised?\n\nThe next token is the label.")
    assert list(links(edit.body)) == ["Attention Is All You Need (Vaswani et al., 2017)"]
    (incoming,) = service.incoming
    assert (incoming.platform, incoming.message_id, incoming.author) == ("discord", used["id"], LEARNER)
    assert (incoming.conversation, incoming.text) == (GENERAL, "Is *pretraining*\nsupervised?")
    assert service.refs == {1: f"{GENERAL}/{discord.acknowledged[used['token']]}"}


async def test_a_long_answer_to_ask_goes_on_in_follow_ups() -> None:
    code = "\n".join(f"token {number:3}   ->   label {number + 1:3}" for number in range(300))
    service = FakeService(f"Look:\n\n```text\n{code}\n```\n\nThat is all.")
    async with in_discord(service) as discord:
        await discord.use_ask("Show me the labels")
        await discord.until(lambda: bool(service.refs))
    texts = [as_read(one.body) for one in [*discord.recorded("PATCH", ORIGINAL), *discord.recorded("POST", FOLLOW_UP)]]
    assert len(texts) >= 3
    assert all(text.count("```") % 2 == 0 for text in texts)
    lines = [line for text in texts for line in text.splitlines() if line.startswith("token ")]
    assert lines == code.splitlines()
    assert "-# Draft" in texts[-1]


async def test_what_is_refused_as_a_follow_up_is_sent_to_the_channel_and_nothing_stands_there_twice() -> None:
    service = FakeService("\n\n".join(f"Paragraph {number}. " + "The label is a part of the text. " * 12 for number in range(24)))
    async with in_discord(service) as discord:
        discord.refuse("POST", FOLLOW_UP, 404, 10015, "Unknown Webhook", times=1)
        await discord.use_ask("Explain everything.")
        await discord.until(lambda: bool(service.refs))
    texts = discord.channels.seen(GENERAL)
    assert len(texts) >= 3
    assert ["".join(texts).count(f"Paragraph {number}. ") for number in range(24)] == [1] * 24
    assert len(service.refs[1].split(",")) == len(texts)
    assert "-# Draft" in texts[-1]


async def test_ask_in_a_thread_belongs_to_the_threads_conversation() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.wait_for("POST", f"/channels/{asked['id']}/messages")
        await discord.use_ask("And MLM?", channel=asked["id"])
        await discord.wait_for("PATCH", ORIGINAL)
    assert [one.conversation for one in service.incoming] == [asked["id"], asked["id"]]


async def test_a_repeated_interaction_is_answered_once() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        used = await discord.use_ask("Is pretraining supervised?")
        await discord.wait_for("PATCH", ORIGINAL)
        await discord.gateway.dispatch("INTERACTION_CREATE", used)
        await discord.until(lambda: len(service.incoming) == 2)
        await discord.use_ask("And MLM?")
        await discord.wait_for("PATCH", ORIGINAL, count=2)
    assert len(discord.recorded("PATCH", ORIGINAL)) == 2
    assert len(discord.recorded("POST", CALLBACK, status=400)) == 1


async def test_an_interaction_that_discord_gave_up_is_answered_in_the_channel(caplog: pytest.LogCaptureFixture) -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        discord.refuse("POST", CALLBACK, 404, 10062, "Unknown interaction")
        await discord.use_ask("Is pretraining supervised?")
        (answer,) = await discord.wait_for("POST", f"/channels/{GENERAL}/messages")
        await discord.until(lambda: bool(service.refs))
    assert as_read(answer.body).startswith("> Is pretraining supervised?")
    assert all("\n" not in record.getMessage() for record in caplog.records)


async def test_a_blank_question_gets_one_kind_sentence() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        await discord.use_ask("   ")
        (edit,) = await discord.wait_for("PATCH", ORIGINAL)
    assert as_read(edit.body) == NOTHING_ASKED
    assert service.incoming == []


async def test_when_the_ledger_is_away_thinking_ends_with_a_word() -> None:
    async with in_discord(FakeService(away=True)) as discord:
        await discord.use_ask("Is pretraining supervised?")
        (edit,) = await discord.wait_for("PATCH", ORIGINAL)
    assert as_read(edit.body) == NOT_NOW


async def test_a_fault_of_ours_is_logged_and_thinking_ends_with_a_word(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeService):
        def ask(self, incoming: object) -> None:
            raise ZeroDivisionError("a fault of ours")

    async with in_discord(Broken()) as discord:
        await discord.use_ask("Is pretraining supervised?")
        (edit,) = await discord.wait_for("PATCH", ORIGINAL)
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        (answer,) = await discord.wait_for("POST", "/channels/[0-9]+/messages")
    assert as_read(edit.body) == as_read(answer.body) == NOT_NOW
    assert "a fault of ours" in caplog.text


async def test_the_command_is_registered_for_all_servers_and_only_once() -> None:
    discord = StandIn()
    async with in_discord(FakeService(), discord):
        pass
    (put,) = discord.recorded("PUT", COMMANDS)
    names = ["Ask about this message", "ask", "concept", "howto", "my-questions", "privacy"]
    assert sorted(command["name"] for command in put.body) == names
    (ask,) = [command for command in put.body if command["name"] == "ask"]
    assert [(option["name"], option["required"]) for option in ask["options"]] == [("question", True), ("private", False)]
    assert {(tuple(each["contexts"]), tuple(each["integration_types"])) for each in put.body} == {((0, 1), (0,))}
    again = StandIn()
    again.commands = discord.commands
    async with in_discord(FakeService(), again):
        pass
    assert again.recorded("PUT", COMMANDS) == []


async def test_with_the_mentors_menu_the_commands_are_registered_only_once_too() -> None:
    discord, again = StandIn(), StandIn()
    async with in_discord(FakeService(), discord, mentor_role=7):
        pass
    again.commands = discord.commands
    async with in_discord(FakeService(), again, mentor_role=7):
        pass
    assert len(discord.recorded("PUT", COMMANDS)) == 1
    assert again.recorded("PUT", COMMANDS) == []


async def test_a_command_that_differs_is_registered_again() -> None:
    discord = StandIn()
    discord.commands[""] = [{"id": "7", "application_id": ME, "version": "8", "type": 1, "name": "ask", "description": "An older one"}]
    async with in_discord(FakeService(), discord):
        pass
    assert len(discord.recorded("PUT", COMMANDS)) == 1


async def test_every_command_says_where_and_for_whom_it_is_and_none_leaves_it_to_discord() -> None:
    async with in_discord(FakeService(), mentor_role=7) as discord:
        (put,) = await discord.wait_for("PUT", COMMANDS)
    assert all({"contexts", "integration_types", "default_member_permissions"} <= set(command) for command in put.body)
    assert all(command["contexts"] and command["integration_types"] == [0] for command in put.body)
    # Without a right that is needed, everybody may use it; the mentors' menu is shown to moderators, and the role is checked on each use.
    kept_back = {command["name"]: command["default_member_permissions"] for command in put.body if command["default_member_permissions"]}
    assert kept_back == dict.fromkeys(("Use as the answer", "Make it a card", "desk"), 1 << 13)


@pytest.mark.parametrize(
    "changed",
    [
        {"contexts": [0]},
        {"contexts": None},
        {"integration_types": [0, 1]},
        {"default_member_permissions": "8"},
        {"description": "Ask"},
        {"options": []},
    ],
)
async def test_a_command_whose_places_rights_or_options_were_changed_is_registered_again(changed: dict[str, Any]) -> None:
    before, after = StandIn(), StandIn()
    async with in_discord(FakeService(), before):
        pass
    after.commands[""] = [command | (changed if command["name"] == "ask" else {}) for command in before.commands[""]]
    async with in_discord(FakeService(), after):
        pass
    assert len(after.recorded("PUT", COMMANDS)) == 1


async def test_in_one_server_commands_have_no_places_of_their_own_and_are_registered_once_all_the_same() -> None:
    before, after = StandIn(), StandIn()
    async with in_discord(FakeService(), before, guild=int(GUILD)):
        pass
    after.commands[GUILD] = [command | {"contexts": None, "integration_types": [0]} for command in before.commands[GUILD]]
    async with in_discord(FakeService(), after, guild=int(GUILD)):
        pass
    assert after.recorded("PUT", "/applications/.*/commands") == []


async def test_the_command_is_registered_in_one_server_if_that_is_wanted() -> None:
    async with in_discord(FakeService(), guild=int(GUILD)) as discord:
        await discord.use_ask("Is pretraining supervised?")
        await discord.wait_for("PATCH", ORIGINAL)
    assert len(discord.recorded("PUT", f"/applications/{ME}/guilds/{GUILD}/commands")) == 1
    assert discord.recorded("PUT", COMMANDS) == []


async def test_a_server_that_refuses_the_command_does_not_stop_the_bot(caplog: pytest.LogCaptureFixture) -> None:
    discord = StandIn()
    discord.refuse("GET", ".*/commands", 403, 50001, "Missing Access")
    async with in_discord(FakeService(), discord, guild=int(GUILD)):
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.wait_for("POST", "/channels/[0-9]+/messages")
    assert "ASKWELL_DISCORD_GUILD" in caplog.text


@pytest.mark.parametrize("private", [False, True])
async def test_an_answer_to_ask_is_followed_up_by_a_form_as_openly_as_it_was_asked(private: bool) -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        used = await discord.use("ask", question="Is pretraining supervised?", private=private)
        await discord.until(lambda: bool(service.refs))
        opened = await discord.click(discord.messages[discord.acknowledged[used["token"]]], "Follow up")
        await discord.until(lambda: opened["id"] in discord.people.forms)
        sent = await discord.fill_in(opened, "And MLM?")
        await discord.until(lambda: len(service.refs) == 2)
    answer = discord.messages[discord.acknowledged[sent["token"]]]
    assert as_read(answer).startswith("> And MLM?\n\nThe next token is the label.")
    assert bool(answer["flags"] & EPHEMERAL) == private
    assert [one.text for one in service.incoming] == ["Is pretraining supervised?", "And MLM?"]
    assert len({one.conversation for one in service.incoming}) == 1
