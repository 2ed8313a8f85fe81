"""An answer that gets better in its place: the mentors' words at once, a model's in the same messages when they have passed."""

from __future__ import annotations

import logging

import pytest

from bot.values import Status
from knowledge.errors import PlatformError
from tests.discord_stand_in.client import FakeService, in_discord
from tests.discord_stand_in.components import as_read, labels
from tests.discord_stand_in.payloads import GENERAL, ME

MESSAGES = "/channels/[0-9]+/messages"
ONE_MESSAGE = "/channels/[0-9]+/messages/[0-9]+"
ORIGINAL = f"/webhooks/{ME}/[^/]+/messages/@original"
OF_TOKEN = f"/webhooks/{ME}/[^/]+/messages/[0-9@a-z]+"
FOLLOW_UP = f"/webhooks/{ME}/[^/]+"
CURATED = "The next token is the label."
LONG = "\n\n".join(f"Paragraph {number}. " + "The label is a part of the text. " * 12 for number in range(24))


def improving(text: str = CURATED, improved: str | PlatformError = "It's the next token, so nobody labels [1].") -> FakeService:
    """Return a service whose model is not done until its event is set."""
    service = FakeService(text)
    service.improved = improved
    service.model.clear()
    return service


async def test_the_curated_answer_stands_at_once_and_is_changed_in_place() -> None:
    service = improving()
    async with in_discord(service) as discord:
        asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.until(lambda: bool(service.refs))
        assert discord.channels.seen(asked["id"])[0].startswith(CURATED)
        service.model.set()
        (edit,) = await discord.wait_for("PATCH", ONE_MESSAGE)
    (text,) = discord.channels.seen(asked["id"])
    assert text.startswith("It's the next token, so nobody labels [1].\n\n-# Draft: worded by a language model")
    assert "-# Cards: [1] Pretraining" in text
    assert len(discord.recorded("POST", MESSAGES)) == 1
    assert edit.path == f"/channels/{service.refs[1].replace('/', '/messages/')}"
    assert labels(edit.body) == labels(discord.messages[service.refs[1].split("/")[1]])


async def test_an_answer_to_ask_is_changed_in_place_and_keeps_the_question() -> None:
    service = improving()
    async with in_discord(service) as discord:
        await discord.use_ask("Is pretraining supervised?")
        await discord.until(lambda: bool(service.refs))
        service.model.set()
        await discord.wait_for("PATCH", OF_TOKEN, count=2)
    (text,) = discord.channels.seen(GENERAL)
    assert text.startswith("> Is pretraining supervised?\n\nIt's the next token")
    assert discord.recorded("POST", FOLLOW_UP) == []


async def test_an_answer_to_ask_that_is_improved_after_its_token_ran_out_is_changed_by_the_bot_itself() -> None:
    service = improving()
    async with in_discord(service) as discord:
        used = await discord.use_ask("Is pretraining supervised?")
        await discord.until(lambda: bool(service.refs))
        discord.people.expired.add(used["token"])
        service.model.set()
        await discord.wait_for("PATCH", ONE_MESSAGE)
    (text,) = discord.channels.seen(GENERAL)
    assert "It's the next token" in text


@pytest.mark.parametrize("by_command", [False, True])
@pytest.mark.parametrize(("before", "after", "count"), [(CURATED, LONG, 3), (LONG, CURATED, 1)])
async def test_a_longer_one_goes_on_in_new_messages_and_a_shorter_one_leaves_none_behind(
    before: str, after: str, count: int, by_command: bool
) -> None:
    service = improving(before, after)
    async with in_discord(service) as discord:
        if by_command:
            await discord.use_ask("Explain everything.")
        else:
            await discord.say(f"<@{ME}> Explain everything.")
        await discord.until(lambda: bool(service.refs))
        first = service.refs[1]
        service.model.set()
        await discord.until(lambda: service.refs[1] != first)
    carriers = [one for one in discord.messages.values() if one["author"]["id"] == ME]
    assert len(carriers) == count
    assert service.refs[1].split("/")[1].split(",") == [one["id"] for one in carriers]
    assert [bool(labels(one)) for one in carriers] == [False] * (count - 1) + [True]
    assert ["-# Draft: worded by" in as_read(one) for one in carriers] == [False] * (count - 1) + [True]
    assert "".join(after.split()) in "".join("".join(as_read(one).split()) for one in carriers)


@pytest.mark.parametrize("outcome", [None, PlatformError("the model server is away")])
async def test_where_a_draft_does_not_pass_nothing_changes(outcome: PlatformError | None, caplog: pytest.LogCaptureFixture) -> None:
    service = improving(improved=outcome or "waits")
    async with in_discord(service) as discord:
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.until(lambda: bool(service.refs))
        service.improved = outcome
        service.model.set()
        await discord.use_ask("And MLM?")
        await discord.until(lambda: len(service.refs) == 2)
    assert discord.recorded("PATCH", ONE_MESSAGE) == []
    assert discord.recorded("DELETE", ".*") == []
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert all("the model server is away" in line and "\n" not in line for line in warnings)


async def test_a_connection_that_is_closed_meanwhile_leaves_the_curated_answer() -> None:
    service = improving()
    async with in_discord(service) as discord:
        asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.until(lambda: bool(service.refs))
    service.model.set()
    assert discord.channels.seen(asked["id"])[0].startswith(CURATED)
    assert discord.recorded("PATCH", ONE_MESSAGE) == []


async def test_a_refused_change_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    service = improving()
    async with in_discord(service) as discord:
        discord.refuse("PATCH", ONE_MESSAGE, 403, 50013, "Missing Permissions")
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.until(lambda: bool(service.refs))
        service.model.set()
        await discord.until(lambda: "improved answer" in caplog.text)
    (line,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert "Missing Permissions" in line
    assert "\n" not in line


async def test_a_fault_of_the_model_is_logged_and_the_curated_answer_stands(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeService):
        improves = True

        def improve(self, curated: object) -> None:
            raise ZeroDivisionError("a fault of ours")

    async with in_discord(Broken()) as discord:
        asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.until(lambda: "a fault of ours" in caplog.text)
    assert discord.channels.seen(asked["id"])[0].startswith(CURATED)


async def test_a_question_does_not_wait_behind_the_models_of_others() -> None:
    service = improving()
    async with in_discord(service) as discord:
        for number in range(40):
            await discord.use_ask(f"Question {number}?")
        await discord.until(lambda: len(service.refs) == 40)
        await discord.use_ask("One more?")
        await discord.until(lambda: len(service.refs) == 41)
        service.model.set()
        await discord.wait_for("PATCH", OF_TOKEN, count=82)


async def test_what_is_only_the_nearest_may_be_improved_too() -> None:
    service = improving()
    service.changed = {"status": Status.NEAR}
    async with in_discord(service) as discord:
        service.model.set()
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        (changed,) = await discord.wait_for("PATCH", ONE_MESSAGE)
    assert str(service.improved) in as_read(changed.body)


async def test_a_handover_is_not_improved() -> None:
    service = improving()
    service.changed = {"status": Status.HANDED_OVER, "cited": ()}
    async with in_discord(service) as discord:
        service.model.set()
        await discord.say(f"<@{ME}> What is LoRA?")
        await discord.until(lambda: bool(service.refs))
        await discord.use_ask("And QLoRA?")
        await discord.until(lambda: len(service.refs) == 2)
    assert discord.recorded("PATCH", ONE_MESSAGE) == []
