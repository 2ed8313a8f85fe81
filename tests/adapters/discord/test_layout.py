"""Answers as Discord's components: on the wire, over messages of the earlier kind, and by the rules that the stand-in enforces."""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.discord.clicking.clicks import HELPED
from bot.review.outbox import notices
from bot.review.outbox.delivery_rows import DeliveryKind
from bot.values import Composer, State, Status
from tests.adapters.discord.test_deliver import LONG, answered_thread, delivery, done
from tests.discord_stand_in import StandIn, payloads
from tests.discord_stand_in.client import FakeService, answered, in_discord
from tests.discord_stand_in.components import COMPONENTS_V2, as_read, check_message, colour, labels, links
from tests.discord_stand_in.payloads import GENERAL, Payload
from tests.discord_stand_in.rest import Refused

CONFIRMED = 0x2F9E5B
TEXT: Payload = {"type": 10, "content": "Yes."}
FRAME: Payload = {"type": 17, "components": [TEXT]}
HELPED_BUTTON: Payload = {"type": 2, "style": 2, "label": "Helped", "custom_id": "askwell:up:1"}
LINK: Payload = {"type": 2, "style": 5, "label": "A paper", "url": "https://a.example/"}


def of_earlier_kind(discord: StandIn, *texts: str) -> str:
    """Put messages into a channel as they were sent before there were components; return their name in the ledger."""
    row = {"type": 1, "components": [HELPED_BUTTON]}
    sent = [payloads.message(GENERAL, payloads.me(), text, flags=4) for text in texts]
    sent[-1]["components"] = [row]
    discord.messages.update({one["id"]: one for one in sent})
    return f"{GENERAL}/{','.join(one['id'] for one in sent)}"


async def test_an_answer_is_one_message_with_a_frame_links_in_it_and_buttons_below() -> None:
    service = FakeService("word " * 500)
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
    (sent,) = discord.recorded("POST", f"/channels/{thread}/messages")
    assert sent.body["flags"] == COMPONENTS_V2
    assert sent.body["content"] is None
    assert [one["type"] for one in sent.body["components"]] == [17, 1]
    assert [one["type"] for one in sent.body["components"][0]["components"]] == [10, 14, 10, 1]
    assert list(links(sent.body)) == ["Attention Is All You Need (Vaswani et al., 2017)"]


@pytest.mark.parametrize("after", ["Yes.", LONG])
async def test_a_message_of_the_earlier_kind_becomes_one_of_the_later_kind_when_a_mentor_decides_months_later(after: str) -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        target = of_earlier_kind(discord, "word " * 390, "-# Draft: put together from the mentors' cards")
        first, second = target.split("/")[1].split(",")
        decided = answered(after, state=State.CONFIRMED)
        service.owed.append(delivery(DeliveryKind.EDIT, GENERAL, decided, target=target))
        name = await done(discord, service)
        service.owed.append(delivery(DeliveryKind.EDIT, GENERAL, decided.model_copy(update={"state": State.WITHDRAWN}), target=name))
        assert await done(discord, service, 2) == name
    kept = [discord.messages[one] for one in name.split("/")[1].split(",")]
    assert kept[0]["id"] == first
    assert len(kept) == (1 if after == "Yes." else 3)
    assert (second in discord.messages) == (after == LONG)
    assert all(one["flags"] & COMPONENTS_V2 and not one["content"] for one in kept)
    assert len({colour(one) for one in kept}) == 1
    assert "Withdrawn: " in as_read(kept[-1])


async def test_a_message_of_the_earlier_kind_that_said_that_a_mentor_was_asked_becomes_a_link() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        target = of_earlier_kind(discord, "A mentor has been asked.")
        asked = answered("A mentor has been asked.", status=Status.HANDED_OVER, cited=())
        service.owed.append(delivery(DeliveryKind.EDIT, GENERAL, asked, target=target, note=notices.SEE_BELOW, answered_in=f"{GENERAL}/7"))
        assert await done(discord, service) == target
        message = discord.messages[target.split("/")[1]]
    assert labels(message) == []
    assert list(links(message)) == ["Read the answer"]
    assert colour(message) == CONFIRMED


async def test_a_button_below_a_message_of_the_earlier_kind_still_works() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        target = of_earlier_kind(discord, "Yes.")
        click = await discord.click(discord.messages[target.split("/")[1]], "Helped")
        await discord.until(lambda: discord.people.whispered(click) == [HELPED])
    assert [kind for _, _, kind, _ in service.said] == ["up"]


async def test_the_frame_changes_its_colour_with_a_mentors_decision() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
        message = discord.messages[service.refs[1].split("/")[1]]
        draft = colour(message)
        by_mentor = answered("Yes.", state=State.CONFIRMED, composer=Composer.CURATED)
        service.owed.append(delivery(DeliveryKind.EDIT, thread, by_mentor, target=service.refs[1]))
        await done(discord, service)
    assert colour(message) == CONFIRMED != draft


V2: Payload = {"flags": COMPONENTS_V2}
BEFORE: Payload = {"content": "Yes.", "embeds": [], "components": [], "flags": 0}
OF_LATER_KIND: Payload = {"content": "", "embeds": [], "components": [FRAME], "flags": COMPONENTS_V2}


@pytest.mark.parametrize(
    ("body", "before"),
    [
        (V2 | {"content": "Yes.", "components": [FRAME]}, None),
        (V2 | {"embeds": [{"title": "Yes."}], "components": [FRAME]}, None),
        (V2 | {"components": []}, None),
        ({"content": "Yes.", "components": [FRAME]}, None),
        ({"components": [FRAME]}, None),
        (V2 | {"components": [{"type": 17, "components": [FRAME]}]}, None),
        (V2 | {"components": [HELPED_BUTTON]}, None),
        (V2 | {"components": [{"type": 17, "components": [TEXT] * 40}]}, None),
        (V2 | {"components": [FRAME, {"type": 10, "content": "x" * 3_997}]}, None),
        (V2 | {"components": [{"type": 10, "content": " "}]}, None),
        (V2 | {"components": [{"type": 1, "components": [LINK] * 6}]}, None),
        (V2 | {"components": [{"type": 1, "components": [HELPED_BUTTON, HELPED_BUTTON]}]}, None),
        (V2 | {"components": [{"type": 1, "components": [LINK | {"url": "a.example"}]}]}, None),
        (V2 | {"components": [{"type": 1, "components": [LINK | {"label": "x" * 81}]}]}, None),
        (V2 | {"components": [FRAME]}, BEFORE),
        ({"content": None, "components": [FRAME]}, BEFORE),
        ({"content": "No."}, OF_LATER_KIND),
        ({"content": "No.", "components": []}, OF_LATER_KIND),
    ],
)
def test_the_stand_in_refuses_what_discord_refuses(body: Payload, before: Any) -> None:
    with pytest.raises(Refused) as refused:
        check_message(body, before)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("body", "before"),
    [
        (V2 | {"content": None, "components": [FRAME, {"type": 1, "components": [HELPED_BUTTON, LINK]}]}, None),
        (V2 | {"components": [FRAME, {"type": 10, "content": "x" * 3_996}]}, None),
        (V2 | {"components": [{"type": 17, "components": [TEXT] * 39}]}, None),
        (V2 | {"content": None, "embeds": [], "components": [FRAME]}, BEFORE),
        ({"components": [FRAME]}, OF_LATER_KIND),
        ({"content": "No."}, BEFORE),
    ],
)
def test_the_stand_in_takes_what_discord_takes(body: Payload, before: Any) -> None:
    check_message(body, before)
