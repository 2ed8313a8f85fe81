"""The buttons under an answer: what each does, that only who clicked reads of it, and that no restart forgets them."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.discord.clicking.buttons import acts
from bot.adapters.discord.clicking.clicks import FORGOTTEN, HELPED, LATER, PERSON_ASKED, REASONS, SORRY
from bot.values import Composer, State, Status
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import QUICK, FakeService, answered, in_discord
from tests.discord_stand_in.components import RADIO_GROUP, as_read, labels
from tests.discord_stand_in.payloads import GENERAL, LEARNER, ME, Payload

CALLBACK = "/interactions/[0-9]+/[^/]+/callback"
THINKING, MESSAGE, MODAL, EPHEMERAL = 5, 4, 9, 64
ALL = ["Helped", "Not quite", "More", "Ask a mentor", "How was this answered?"]


async def answer_in(discord: StandIn, service: FakeService) -> Payload:
    """Let the learner ask, and return the message that carries the answer."""
    before = len(service.refs)
    asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
    await discord.until(lambda: len(service.refs) > before)
    return next(one for one in discord.messages.values() if one["channel_id"] == asked["id"])


async def whispered(discord: StandIn, click: Payload) -> str:
    """Wait for what only who clicked sees."""
    await discord.until(lambda: bool(discord.people.whispered(click)))
    return discord.people.whispered(click)[0]


@pytest.mark.parametrize(("label", "kind", "words"), [("Helped", "up", HELPED), ("Ask a mentor", "person", PERSON_ASKED)])
async def test_a_click_is_deferred_written_down_and_thanked_for_in_private(label: str, kind: str, words: str) -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        message = await answer_in(discord, service)
        assert labels(message) == ALL
        click = await discord.click(message, label, by="5")
        assert await whispered(discord, click) == words
        (deferral,) = discord.recorded("POST", CALLBACK)
    assert deferral.body == {"type": THINKING, "data": {"flags": EPHEMERAL}}
    assert service.said == [(1, "5", kind, "")]


@pytest.mark.parametrize(
    ("picked", "text", "reason"),
    [
        (["missing"], "Who labels them,\nthen?", "Something is missing: Who labels them,\nthen?"),
        ([], "Who labels them?", "Who labels them?"),
        (["wrong"], "", "Something in it is wrong"),
        ([], "", ""),
    ],
)
async def test_who_was_not_quite_helped_says_why_in_one_form_or_leaves_it(picked: list[str], text: str, reason: str) -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        message = await answer_in(discord, service)
        click = await discord.click(message, "Not quite")
        (opened,) = await discord.wait_for("POST", CALLBACK)
        assert opened.body["type"] == MODAL
        assert service.said == [(1, LEARNER, "down", "")]
        choice, line = [label["component"] for label in opened.body["data"]["components"]]
        assert [each["label"] for each in choice["options"]] == list(REASONS.values())
        assert (choice["type"], choice["required"], line["required"]) == (RADIO_GROUP, False, False)
        form = await discord.fill_in(click, text, picked=picked)
        assert await whispered(discord, form) == SORRY
    assert service.said[1:] == [(1, LEARNER, "down", reason)]


async def test_how_it_was_answered_is_shown_in_private_whatever_its_length() -> None:
    service = FakeService()
    service.explanation = "\n\n".join(
        f"{number}. It is asked like this: 'see https://a.example/{number} @everyone'" for number in range(80)
    )
    async with in_discord(service) as discord:
        message = await answer_in(discord, service)
        click = await discord.click(message, "How was this answered?")
        await discord.until(lambda: len(discord.people.whispered(click)) >= 3)
    texts = discord.people.whispered(click)
    assert all(len(text) <= 2000 for text in texts)
    assert "<https://a.example/79>" in texts[-1]
    assert "@everyone" not in "".join(texts)
    assert len(discord.channels.seen(message["channel_id"])) == 1 + len(texts)


async def test_the_mentors_own_words_are_one_click_away_from_a_models() -> None:
    service = FakeService()
    service.improved = "In a model's words."
    async with in_discord(service) as discord:
        message = await answer_in(discord, service)
        await discord.until(lambda: "In a model's words." in as_read(discord.messages[message["id"]]))
        improved = discord.messages[message["id"]]
        assert labels(improved) == [*ALL, "The mentors' own words"]
        assert await whispered(discord, await discord.click(improved, "The mentors' own words")) == service.text


async def test_the_buttons_of_an_earlier_run_still_work_and_so_does_a_form_that_was_open_then() -> None:
    first, second = FakeService(), FakeService()
    async with in_discord(first) as before:
        message = await answer_in(before, first)
        click = await before.click(message, "Not quite")
        await before.wait_for("POST", CALLBACK)
    async with in_discord(second) as after:
        after.threads |= before.threads
        after.messages[message["id"]] = message
        again = await after.click(message, "Helped")
        assert await whispered(after, again) == HELPED
        after.people.forms |= before.people.forms
        form = await after.fill_in(click, "Too long.")
        assert await whispered(after, form) == SORRY
    assert second.said == [(1, LEARNER, "up", ""), (1, LEARNER, "down", "Too long.")]


@pytest.mark.parametrize("label", ALL)
async def test_a_click_about_a_forgotten_question_says_so(label: str) -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        message = await answer_in(discord, service)
        service.forgotten = True
        assert await whispered(discord, await discord.click(message, label)) == FORGOTTEN
    assert service.said == []


async def test_while_the_ledger_is_away_a_click_says_so_and_the_form_is_opened_all_the_same() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        message = await answer_in(discord, service)
        service.away = True
        assert await whispered(discord, await discord.click(message, "Helped")) == LATER
        click = await discord.click(message, "Not quite")
        await discord.until(lambda: click["id"] in discord.people.forms)
        service.away = False
        assert await whispered(discord, await discord.fill_in(click, "Too short.")) == SORRY
    assert service.said == [(1, LEARNER, "down", "Too short.")]


async def test_a_slow_ledger_does_not_keep_the_form_closed() -> None:
    class Slow(FakeService):
        def feedback(self, *about: Any, **said: Any) -> None:
            self.model.wait(10)
            super().feedback(*about, **said)

    service = Slow()
    async with in_discord(service, timing=replace(QUICK, ledger_s=0.05)) as discord:
        message = await answer_in(discord, service)
        service.model.clear()
        click = await discord.click(message, "Not quite")
        await discord.until(lambda: click["id"] in discord.people.forms)
        service.model.set()
        await discord.until(lambda: len(service.said) == 1)


async def test_a_fault_of_ours_leaves_nobody_with_thinking(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeService):
        def how(self, question_id: int) -> str:
            raise ZeroDivisionError("a fault of ours")

    service = Broken()
    async with in_discord(service) as discord:
        message = await answer_in(discord, service)
        assert await whispered(discord, await discord.click(message, "How was this answered?")) == LATER
    assert "a fault of ours" in caplog.text


async def test_a_click_that_discord_gave_up_still_counts_and_nothing_is_said_in_public(caplog: pytest.LogCaptureFixture) -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        message = await answer_in(discord, service)
        discord.refuse("POST", CALLBACK, 404, 10062, "Unknown interaction")
        await discord.click(message, "Helped")
        await discord.until(lambda: "the reply to the click" in caplog.text)
    assert service.said == [(1, LEARNER, "up", "")]
    assert len(discord.channels.seen(message["channel_id"])) == 1
    assert all("\n" not in record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING)


async def test_the_answer_to_ask_has_the_buttons_too() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        used = await discord.use_ask("Is pretraining supervised?")
        await discord.until(lambda: bool(service.refs))
        message = discord.messages[discord.acknowledged[used["token"]]]
        assert labels(message) == [*ALL, "Follow up"]
        assert await whispered(discord, await discord.click(message, "Helped")) == HELPED
    assert len([one for one in discord.messages.values() if one["channel_id"] == GENERAL]) == 2


async def test_an_answer_that_the_ledger_does_not_have_has_no_buttons() -> None:
    class Forgetful(FakeService):
        def ask(self, incoming: Any) -> Any:
            answer = super().ask(incoming)
            return answer and answer.model_copy(update={"question_id": None})

    async with in_discord(Forgetful()) as discord:
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        (sent,) = await discord.wait_for("POST", "/channels/[0-9]+/messages")
    assert labels(sent.body) == []


OFFERED: list[tuple[dict[str, Any], str]] = [
    ({}, "up down person how"),
    ({"composer": Composer.MODEL}, "up down person how words"),
    ({"state": State.CONFIRMED}, "up down person how"),
    ({"state": State.CORRECTED, "composer": Composer.MENTOR}, "up down person"),
    ({"state": State.WITHDRAWN}, "person"),
    ({"status": Status.HANDED_OVER, "cited": ()}, "how"),
    ({"status": Status.HANDED_OVER, "cited": (), "cards": ()}, ""),
    ({"status": Status.NEAR}, "how"),
    ({"status": Status.ASKED_BACK, "cited": ()}, "person how"),
]


def test_what_can_be_done_depends_on_what_was_said() -> None:
    assert [" ".join(acts(answered("Yes.", **changed))) for changed, _ in OFFERED] == [wanted for _, wanted in OFFERED]
