"""Deliveries to Discord: sent once, to the right place, notifying nobody but the asker; and refusals for good."""

from __future__ import annotations

import itertools
import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.review.outbox import notices
from bot.review.outbox.delivery_rows import DeliveryKind, delivery_key
from bot.review.outbox.send_and_retry import Delivery
from bot.values import Answer, Composer, State, Status
from knowledge.errors import LedgerUnavailable, PlatformError, Refused
from knowledge.reading.card import Source
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import QUICK, FakeService, answered, in_discord
from tests.discord_stand_in.components import as_read, labels, links
from tests.discord_stand_in.payloads import GENERAL, GUILD, HISTORY, LEARNER, ME, PUBLIC_THREADS, USUAL_RIGHTS, Payload, user

MESSAGES = "/channels/[0-9]+/messages"
ONE_MESSAGE = "/channels/[0-9]+/messages/[0-9]+"
THREADS = f"{ONE_MESSAGE}/threads"
LONG = "\n\n".join(f"Paragraph {number}. " + "The label is a part of the text. " * 12 for number in range(24))
CORRECTED = answered("No, nobody labels the text.", state=State.CORRECTED, composer=Composer.MENTOR, cards=(), cited=())
numbers = itertools.count(1)


def delivery(kind: DeliveryKind, place: str, answer: Answer | None = CORRECTED, *, target: str | None = None, **changed: Any) -> Delivery:
    number = next(numbers)
    fields: dict[str, Any] = {
        "id": number,
        "key": delivery_key("discord", str(number), number, kind),
        "kind": kind,
        "platform": "discord",
        "place": place,
        "target": target,
        "question_id": 1,
        "question": "Is pretraining supervised?",
        "asker": LEARNER,
        "answer": answer,
        "note": "",
        "reason": "",
        "attempt": 1,
    }
    return Delivery(**fields | changed)


async def answered_thread(discord: StandIn, service: FakeService) -> str:
    """Let the learner ask and be answered in a thread; return the thread."""
    before = len(service.refs)
    asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
    await discord.until(lambda: len(service.refs) > before)
    return str(asked["id"])


async def done(discord: StandIn, service: FakeService, count: int = 1) -> Any:
    """Wait for outcomes, and return the last one."""
    await discord.until(lambda: len(service.outcomes) >= count)
    return service.outcomes[count - 1]


def latest(discord: StandIn, channel: str) -> Payload:
    return [one for one in discord.messages.values() if one["channel_id"] == channel][-1]


async def test_a_correction_changes_the_message_and_says_what_changed_and_the_asker_is_told_once() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
        target = service.refs[1]
        service.owed += [
            delivery(DeliveryKind.EDIT, thread, target=target, note="Taken out: “Yes.”\nAdded: “No, nobody labels the text.”"),
            delivery(DeliveryKind.TELL, thread, target=target, note=notices.CORRECTED),
        ]
        await done(discord, service, 2)
    changed, told = discord.channels.seen(thread)
    assert changed.splitlines() == [
        "> Is pretraining supervised?",
        "",
        "No, nobody labels the text.",
        "",
        "-# Corrected: written by a mentor",
        "-# Taken out: “Yes.”",
        "-# Added: “No, nobody labels the text.”",
    ]
    assert told == f"<@{LEARNER}> {notices.CORRECTED}"
    word = latest(discord, thread)
    assert word["message_reference"]["message_id"] == target.split("/")[1]
    assert discord.channels.notified == [(word["id"], LEARNER)]
    assert service.outcomes == [target, f"{thread}/{word['id']}"]


@pytest.mark.parametrize(
    ("state", "words"), [(State.CONFIRMED, "-# Confirmed: "), (State.WITHDRAWN, f"**{notices.WITHDRAWN}**\n\nYes.\n\n-# Withdrawn: ")]
)
async def test_a_message_shows_how_a_mentor_decided(state: State, words: str) -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
        note = notices.WITHDRAWN if state is State.WITHDRAWN else ""
        service.owed.append(delivery(DeliveryKind.EDIT, thread, answered("Yes.", state=state), target=service.refs[1], note=note))
        await done(discord, service)
    (text,) = discord.channels.seen(thread)
    assert words in text
    assert discord.channels.notified == []


async def test_the_message_that_said_that_a_mentor_was_asked_points_to_the_answer() -> None:
    service = FakeService("A mentor has been asked.", status=Status.HANDED_OVER, cited=())
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
        handed_over = answered("A mentor has been asked.", status=Status.HANDED_OVER, cited=())
        service.owed += [
            delivery(DeliveryKind.POST, thread, note=notices.ANSWERED),
            delivery(DeliveryKind.EDIT, thread, handed_over, target=service.refs[1], note=notices.SEE_BELOW, answered_in=f"{thread}/7"),
        ]
        await done(discord, service, 2)
    before, after = discord.channels.seen(thread)
    link = f"https://discord.com/channels/{GUILD}/{thread}/7"
    assert before == "> Is pretraining supervised?\n\nA mentor has answered this question."
    assert links(discord.messages[service.refs[1].split("/")[1]]) == {"Read the answer": link}
    assert after.startswith(
        f"<@{LEARNER}> {notices.ANSWERED}\n\n> Is pretraining supervised?\n\nNo, nobody labels the text.\n\n-# Corrected: "
    )
    assert [person for _, person in discord.channels.notified] == [LEARNER]


async def test_a_delivery_whose_reply_is_lost_is_sent_once() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        discord.cut("POST", MESSAGES, times=1)
        service.owed.append(delivery(DeliveryKind.POST, GENERAL, answered(LONG), note=notices.ANSWERED))
        name = await done(discord, service, 2)
    assert isinstance(service.outcomes[0], PlatformError)
    texts = discord.channels.seen(GENERAL)
    assert len(texts) == 3
    assert len(discord.recorded("POST", MESSAGES)) == 4
    ours = [one["id"] for one in discord.messages.values() if one["author"]["id"] == ME]
    assert name == f"{GENERAL}/{','.join(ours)}"
    nonces = [one.body["nonce"] for one in discord.recorded("POST", MESSAGES)]
    assert nonces[0] == nonces[1]
    assert len(set(nonces)) == 3
    assert all(len(one) <= 25 for one in nonces)
    assert [person for _, person in discord.channels.notified] == [LEARNER]


async def test_an_answer_that_was_posted_by_a_process_that_was_killed_is_not_posted_again_by_the_next() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
        key = delivery_key("discord", thread, None, DeliveryKind.POST)
        service.owed.append(delivery(DeliveryKind.POST, thread, answered(service.text), key=key))
        assert await done(discord, service) == service.refs[1]
    assert len(discord.channels.seen(thread)) == 1


@pytest.mark.parametrize("status", [503, 429])
async def test_what_discord_cannot_take_now_is_sent_later(status: int) -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        more = {"retry_after": 0.05, "global": False} if status == 429 else {}
        discord.refuse("POST", MESSAGES, status, 0, "Not now", times=1, **more)
        service.owed.append(delivery(DeliveryKind.TELL, GENERAL, None, note=notices.declined("It's about @everyone's homework.")))
        await discord.until(lambda: bool(service.outcomes) and isinstance(service.outcomes[-1], str))
    (text,) = discord.channels.seen(GENERAL)
    assert text == f"<@{LEARNER}> {notices.DECLINED}\n\nIt's about @\u200beveryone's homework."
    assert [isinstance(one, PlatformError) for one in service.outcomes] == ([True, False] if status == 503 else [False])


@pytest.mark.parametrize("before", ["Yes.", LONG])
async def test_a_corrected_answer_whose_message_was_deleted_is_posted_where_it_stood_and_stands_there_from_then_on(before: str) -> None:
    service = FakeService(before)
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
        target = service.refs[1]
        del discord.messages[target.split("/")[1].split(",")[0]]
        # Discord's reply to the new message is lost: the repeat is told by the delivery's own key.
        discord.cut("POST", MESSAGES, times=1)
        correction = delivery(DeliveryKind.EDIT, thread, target=target, note="Added: “No, nobody labels the text.”")
        service.owed.append(correction)
        moved = await done(discord, service, 2)
        service.owed.append(delivery(DeliveryKind.TELL, thread, target=target, note=notices.CORRECTED))
        await done(discord, service, 3)
        shown, told = discord.channels.seen(thread)
        assert moved == f"{thread}/{next(one['id'] for one in discord.messages.values() if as_read(one) == shown)}"
        assert discord.channels.nonces[correction.key] == moved.split("/")[1]
        service.owed.append(delivery(DeliveryKind.EDIT, thread, answered("Never.", state=State.CORRECTED), target=moved))
        assert await done(discord, service, 4) == moved
        again = discord.channels.seen(thread)
    assert shown.startswith("> Is pretraining supervised?\n\nNo, nobody labels the text.\n\n-# Corrected: ")
    assert told == f"<@{LEARNER}> {notices.CORRECTED}"
    assert [person for _, person in discord.channels.notified] == [LEARNER]
    assert len(again) == 2
    assert "Never." in again[0]


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (answered("Yes.", state=State.WITHDRAWN), notices.WITHDRAWN),
        (answered("Yes.", state=State.CONFIRMED), ""),
        (answered("A mentor has been asked.", status=Status.HANDED_OVER, cited=()), notices.SEE_BELOW),
    ],
)
async def test_a_status_line_below_a_deleted_message_is_refused_for_good(answer: Answer, note: str) -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
        del discord.messages[service.refs[1].split("/")[1]]
        about = {"target": service.refs[1], "note": note, "answered_in": f"{thread}/7"}
        service.owed.append(delivery(DeliveryKind.EDIT, thread, answer, **about))
        outcome = await done(discord, service)
    assert isinstance(outcome, Refused)
    assert "Unknown Message" in str(outcome)
    assert "\n" not in str(outcome)
    assert discord.channels.seen(thread) == []


@pytest.mark.parametrize(
    ("status", "code", "refused"), [(403, 50013, True), (400, 50035, True), (404, 10008, True), (401, 0, False), (501, 0, False)]
)
async def test_what_no_repeat_makes_good_is_refused_for_good(status: int, code: int, refused: bool) -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        discord.refuse("POST", MESSAGES, status, code, "No", times=1)
        service.owed.append(delivery(DeliveryKind.TELL, GENERAL, None, note="A word."))
        outcome = await done(discord, service)
    assert isinstance(outcome, Refused if refused else PlatformError)


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": DeliveryKind.EDIT, "target": "x/y"},
        {"kind": DeliveryKind.EDIT},
        {"kind": DeliveryKind.POST, "answer": None},
        {"place": "elsewhere"},
    ],
)
async def test_a_delivery_that_makes_no_sense_is_refused_and_the_next_one_is_sent(broken: dict[str, Any]) -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        fields: dict[str, Any] = {"kind": DeliveryKind.TELL, "place": GENERAL, "note": "A word."}
        service.owed += [delivery(**fields | broken), delivery(**fields)]
        await done(discord, service, 2)
    assert isinstance(service.outcomes[0], Refused)
    assert discord.channels.seen(GENERAL) == [f"<@{LEARNER}> A word.\n> Is pretraining supervised?"]


async def test_a_thread_that_went_to_sleep_is_woken_to_change_its_message() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
        discord.threads[thread]["thread_metadata"]["archived"] = True
        service.owed.append(delivery(DeliveryKind.EDIT, thread, target=service.refs[1]))
        assert await done(discord, service) == service.refs[1]
    assert "No, nobody labels the text." in discord.channels.seen(thread)[0]


async def test_in_a_locked_thread_nothing_can_be_changed() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
        discord.threads[thread]["thread_metadata"] |= {"archived": True, "locked": True}
        service.owed.append(delivery(DeliveryKind.EDIT, thread, target=service.refs[1]))
        assert isinstance(await done(discord, service), Refused)


@pytest.mark.parametrize(("before", "after", "count"), [("Yes.", LONG, 3), (LONG, "Yes.", 1)])
async def test_a_change_of_length_takes_as_many_messages_as_it_needs(before: str, after: str, count: int) -> None:
    service = FakeService(before)
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
        await discord.say("Thanks!", channel=thread, names_us=False)
        service.owed.append(delivery(DeliveryKind.EDIT, thread, answered(after, state=State.CONFIRMED), target=service.refs[1]))
        name = await done(discord, service)
    ours = [one for one in discord.messages.values() if one["channel_id"] == thread and one["author"]["id"] == ME]
    assert len(ours) == count
    assert name == f"{thread}/{','.join(one['id'] for one in ours)}"
    assert [bool(labels(one)) for one in ours] == [False] * (count - 1) + [True]
    if count > 1:
        assert ours[1]["message_reference"]["message_id"] == ours[0]["id"]


async def test_a_mentors_decision_stops_the_model_that_words_the_answer_meanwhile() -> None:
    service = FakeService()
    service.improved = draft = "A draft that comes too late."
    service.model.clear()
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
        service.owed.append(delivery(DeliveryKind.EDIT, thread, target=service.refs[1]))
        await done(discord, service)
        service.model.set()
        later = await answered_thread(discord, service)
        await discord.until(lambda: draft in discord.channels.seen(later)[0])
    assert "No, nobody labels the text." in discord.channels.seen(thread)[0]
    assert len(discord.recorded("PATCH", f"/channels/{thread}/messages/[0-9]+")) == 1


async def test_an_answer_whose_thread_was_never_opened_opens_it() -> None:
    service = FakeService()
    async with in_discord(service, StandIn()) as discord:
        asked = await discord.say("Is pretraining supervised?", names_us=False)
        service.owed.append(delivery(DeliveryKind.POST, asked["id"], answered("No.")))
        name = await done(discord, service)
    assert str(name).startswith(f"{asked['id']}/")
    assert discord.threads[asked["id"]]["name"] == "Is pretraining supervised?"
    assert discord.channels.notified == []


async def test_an_answer_whose_thread_may_not_be_opened_stands_below_the_question() -> None:
    service = FakeService()
    async with in_discord(service, StandIn(rights=USUAL_RIGHTS & ~PUBLIC_THREADS)) as discord:
        asked = await discord.say("Is pretraining supervised?", names_us=False)
        service.owed.append(delivery(DeliveryKind.POST, asked["id"], answered("No.")))
        await done(discord, service)
    assert latest(discord, GENERAL)["message_reference"]["message_id"] == asked["id"]
    assert discord.channels.notified == []


async def test_an_answer_whose_thread_was_removed_is_not_posted_elsewhere() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
        del discord.threads[thread]
        service.owed.append(delivery(DeliveryKind.POST, thread, note=notices.ANSWERED))
        assert isinstance(await done(discord, service), Refused)
    assert discord.channels.seen(GENERAL) == []


async def test_without_the_right_to_read_the_history_the_word_stands_alone() -> None:
    service = FakeService()
    async with in_discord(service, StandIn(rights=USUAL_RIGHTS & ~HISTORY)) as discord:
        thread = await answered_thread(discord, service)
        service.owed.append(delivery(DeliveryKind.TELL, thread, target=service.refs[1], note=notices.CORRECTED))
        await done(discord, service)
    word = latest(discord, thread)
    assert "message_reference" not in word
    assert discord.channels.notified == [(word["id"], LEARNER)]


async def test_who_asked_is_not_known_and_nobody_is_notified() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        service.owed.append(delivery(DeliveryKind.TELL, GENERAL, None, asker=None, note="Said to <@5> and @here."))
        await done(discord, service)
    assert discord.channels.seen(GENERAL) == ["Said to <@\u200b5> and @\u200bhere."]
    assert discord.channels.notified == []


async def test_a_ledger_that_is_away_is_said_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    class Counted(FakeService):
        tries = 0

        def deliver(self, platform: str, send: Any) -> int:
            self.tries += 1
            if self.tries < 5:
                raise LedgerUnavailable("the ledger is locked")
            return super().deliver(platform, send)

    service = Counted()
    async with in_discord(service) as discord:
        service.owed.append(delivery(DeliveryKind.TELL, GENERAL, None, note="A word."))
        await done(discord, service)
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert lines == ["deliveries to Discord wait: the ledger is locked"]


async def test_a_fault_of_ours_is_logged_and_the_next_round_comes(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeService):
        def cited_sources(self, result: Answer) -> list[Source]:
            raise ZeroDivisionError("a fault of ours")

    service = Broken()
    async with in_discord(service) as discord:
        service.owed.append(delivery(DeliveryKind.POST, GENERAL))
        await discord.until(lambda: "a fault of ours" in caplog.text)
        service.owed[:] = [delivery(DeliveryKind.TELL, GENERAL, None, note="A word.")]
        await done(discord, service)
    assert discord.channels.seen(GENERAL) == [f"<@{LEARNER}> A word."]


async def test_when_the_connection_is_closed_what_is_being_sent_is_sent_and_the_rest_waits() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        discord.refuse("POST", MESSAGES, 429, 0, "Not now", times=1, retry_after=0.5, **{"global": False})
        service.owed += [delivery(DeliveryKind.TELL, GENERAL, None, note=f"Word {number}.") for number in (1, 2)]
        await discord.wait_for("POST", MESSAGES)
    assert discord.channels.seen(GENERAL) == [f"<@{LEARNER}> Word 1."]
    assert [isinstance(one, PlatformError) for one in service.outcomes] == [False, True]
    assert [one.note for one in service.owed] == ["Word 2."]


async def test_what_takes_too_long_is_tried_again() -> None:
    service = FakeService()
    async with in_discord(service, timing=replace(QUICK, delivery_timeout_s=0.2)) as discord:
        discord.refuse("POST", MESSAGES, 429, 0, "Not now", times=1, retry_after=5.0, **{"global": False})
        service.owed.append(delivery(DeliveryKind.TELL, GENERAL, None, note="A word."))
        outcome = await done(discord, service)
        assert isinstance(outcome, PlatformError)
        assert str(outcome) == "Discord did not take it within 0.2 s"
        await done(discord, service, 2)
    assert discord.channels.seen(GENERAL) == [f"<@{LEARNER}> A word."]


async def test_nobody_else_is_notified_by_what_a_learner_or_a_mentor_wrote() -> None:
    service = FakeService()
    other = user("5", "grace")
    async with in_discord(service) as discord:
        thread = await answered_thread(discord, service)
        ours = answered(f"<@{other['id']}> @everyone <@&{GENERAL}>", state=State.CORRECTED)
        service.owed += [
            delivery(DeliveryKind.EDIT, thread, ours, target=service.refs[1], question="<@5>?", note="Added: “<@5>”"),
            delivery(DeliveryKind.POST, thread, ours, question="@here <@5>?", note="<@5> has answered."),
            delivery(DeliveryKind.TELL, thread, ours, target=service.refs[1], note="<@5> @everyone"),
        ]
        await done(discord, service, 3)
    assert [person for _, person in discord.channels.notified] == [LEARNER, LEARNER]
    assert not [text for text in discord.channels.seen(thread) if "<@5>" in text or "@everyone" in text or "@here" in text]
