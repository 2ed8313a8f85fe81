"""The whole loop over a real ledger: a question in Discord, a mentor's decision, and the learner's messages, across restarts."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.tables import AnswerRow, DeliveryRow, Feedback, QuestionRow
from bot.review.decisions import decide
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.outbox.unsent_answers import queue_unsent_answers
from bot.service import Service
from bot.values import Answer, CleanText, Composer, Status
from bot.wording.worded import Worded
from index.search.library import Library
from knowledge.errors import PlatformError, UsageError
from knowledge.reading.card import Source
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import SOURCE, answered, in_discord
from tests.discord_stand_in.components import as_read, labels, links
from tests.discord_stand_in.payloads import GENERAL, GUILD, LEARNER, ME

CURATED = "Labels are given by people. Targets are cut from the text. Both are compared with a loss."


class Canned(Service):
    """The real service over a real ledger; it gives one answer to everything."""

    def __init__(self, ledger: Ledger, given: Answer) -> None:
        super().__init__(cast(Library, SimpleNamespace(name="index-1")), ledger)
        self.given = given

    def reply(self, turns: tuple[CleanText, ...], **options: Any) -> Answer:
        return self.given.model_copy(update={"question": turns[-1]})

    def cited_sources(self, result: Answer) -> list[Source]:
        return [SOURCE] if result.cited else []


def by_ada() -> dict[str, Any]:
    return {"mentor": "Ada", "source": "desk", "now": dt.datetime.now(dt.UTC)}


def read(ledger: Ledger, wanted: Callable[[Session], Any]) -> Any:
    with ledger.transaction() as session:
        return wanted(session)


def carried(ledger: Ledger) -> str | None:
    found = read(ledger, lambda session: session.scalar(select(AnswerRow.sent_as).order_by(AnswerRow.id.desc()).limit(1)))
    return None if found is None else str(found)


def states(ledger: Ledger) -> set[str]:
    return set(read(ledger, lambda session: list(session.scalars(select(DeliveryRow.state)))))


async def asked(discord: StandIn, ledger: Ledger) -> str:
    """Let the learner ask, and wait until it's noted which message carries the answer; return the thread."""
    message = await discord.say(f"<@{ME}> Who makes the labels?")
    await discord.until(lambda: carried(ledger) is not None)
    return str(message["id"])


async def test_a_corrected_answer_changes_in_its_place_and_the_learner_is_told_once_even_over_a_restart(ledger: Ledger) -> None:
    service = Canned(ledger, answered(CURATED, None))
    async with in_discord(service) as before:
        thread = await asked(before, ledger)
    with ledger.transaction() as session:
        decide.correct(session, 1, replacement=mentor_answer(CURATED.replace("by people", "by nobody")), **by_ada())
    after = StandIn()
    after.channels.threads |= before.threads
    after.channels.messages |= before.messages
    async with in_discord(service, after):
        await after.until(lambda: states(ledger) == {"sent"})
    changed, told = after.channels.seen(thread)
    assert "Labels are given by nobody." in changed
    assert "-# Taken out: “Labels are given by people.”\n-# Added: “Labels are given by nobody.”" in changed
    assert told.startswith(f"<@{LEARNER}> A mentor has corrected the answer")
    assert [person for _, person in after.channels.notified] == [LEARNER]


async def test_a_question_that_was_handed_over_gets_its_answer_where_it_was_asked(ledger: Ledger) -> None:
    service = Canned(ledger, answered("A mentor has been asked.", None, status=Status.HANDED_OVER, cited=()))
    async with in_discord(service) as discord:
        thread = await asked(discord, ledger)
        with ledger.transaction() as session:
            decide.answer(session, 1, text="Nobody does.", **by_ada())
        await discord.until(lambda: states(ledger) == {"sent"})
        assert carried(ledger) != ""
        with ledger.transaction() as session:
            decide.withdraw(session, 1, **by_ada())
        await discord.until(lambda: states(ledger) == {"sent"} and len(discord.channels.notified) == 2)
    first, second, told = discord.channels.seen(thread)
    assert first.endswith("A mentor has answered this question.")
    assert second.startswith("> Who makes the labels?\n\n**A mentor has withdrawn this answer")
    assert told.startswith(f"<@{LEARNER}> A mentor has withdrawn")


async def test_an_answer_that_nobody_noted_as_sent_is_not_posted_twice(ledger: Ledger) -> None:
    class Killed(Canned):
        def sent(self, *about: Any) -> None:
            """Be killed after sending, before noting it."""

    service = Killed(ledger, answered(CURATED, None))
    async with in_discord(service) as discord:
        message = await discord.say(f"<@{ME}> Who makes the labels?")
        await discord.wait_for("POST", f"/channels/{message['id']}/messages")
        with ledger.transaction() as session:
            queue_unsent_answers(session, older_than=dt.timedelta(), now=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1))
        await discord.until(lambda: states(ledger) == {"sent"})
    (carrier,) = [one["id"] for one in discord.messages.values() if one["channel_id"] == message["id"]]
    assert carried(ledger) == f"{message['id']}/{carrier}"


async def test_what_is_clicked_is_in_the_ledger(ledger: Ledger) -> None:
    service = Canned(ledger, answered(CURATED, None))
    async with in_discord(service) as discord:
        thread = await asked(discord, ledger)
        message = next(one for one in discord.messages.values() if one["channel_id"] == thread)
        for label in ("Helped", "Ask a mentor"):
            click = await discord.click(message, label)
            await discord.until(lambda click=click: bool(discord.people.whispered(click)))  # type: ignore[misc]
    assert read(ledger, lambda session: sorted(session.scalars(select(Feedback.kind)))) == ["person", "up"]
    assert read(ledger, lambda session: session.get_one(QuestionRow, 1).wants_person)


BETTER = "People give labels; a rule cuts targets from the text [1]."
ONE_MESSAGE = "/channels/[0-9]+/messages/[0-9]+"


class Improving(Canned):
    """Has a model reword each answer; `killed` ends between the entry in the ledger and the change of the message.

    `due_in_s` is when the outbox sends an answer that was not shown at once.
    """

    killed = False
    due_in_s = 0.3

    @property
    def improves(self) -> bool:
        return True

    def improve(self, curated: Answer) -> Answer | None:
        worded = curated.model_copy(update={"answer": BETTER, "composer": Composer.MODEL, "model": "a model"})
        assert self.record is not None
        assert self.record.keep_worded(Worded(worded, passed=True), index_name="index-1")
        with self.record.ledger.transaction() as session:
            session.execute(update(DeliveryRow).values(due_at=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.due_in_s)))
        if self.killed:
            raise PlatformError("killed")
        return worded


@pytest.mark.parametrize("killed", [False, True])
async def test_a_models_answer_that_could_not_be_shown_at_once_is_delivered_later(ledger: Ledger, killed: bool) -> None:
    service = Improving(ledger, answered(CURATED, None))
    service.killed = killed
    async with in_discord(service) as discord:
        if not killed:
            discord.refuse("PATCH", ONE_MESSAGE, 403, 50013, "Missing Permissions", times=1)
        thread = await asked(discord, ledger)
        await discord.until(lambda: states(ledger) == {"owed"})
        assert discord.channels.seen(thread)[0].startswith(CURATED)
        await discord.until(lambda: states(ledger) == {"sent"})
    (text,) = discord.channels.seen(thread)
    assert text.startswith(f"> Who makes the labels?\n\n{BETTER}\n\n-# Draft: worded by a language model")
    assert discord.channels.notified == []


@pytest.mark.parametrize("taken", [False, True])
async def test_an_answer_to_ask_that_was_cut_short_is_made_whole_in_its_place(ledger: Ledger, taken: bool) -> None:
    paragraphs = [f"Paragraph {number}. " + "The label is a part of the text. " * 12 for number in range(24)]
    async with in_discord(Improving(ledger, answered("\n\n".join(paragraphs), None))) as discord:
        discord.refuse("POST", f"/webhooks/{ME}/[^/]+", 404, 10015, "Unknown Webhook")
        if taken:
            discord.cut("POST", "/channels/[0-9]+/messages", times=1)
        else:
            discord.refuse("POST", "/channels/[0-9]+/messages", 403, 50013, "Missing Permissions", times=1)
        await discord.use_ask("Explain everything.")
        await discord.until(lambda: states(ledger) == {"sent"})
    texts = discord.channels.seen(GENERAL)
    assert len(texts) >= 3
    assert ["".join(texts).count(f"Paragraph {number}. ") for number in range(24)] == [1] * 24
    assert carried(ledger) is not None
    assert len(str(carried(ledger)).split(",")) == len(texts)


async def test_a_models_answer_that_was_shown_at_once_is_not_sent_again(ledger: Ledger) -> None:
    async with in_discord(Improving(ledger, answered(CURATED, None))) as discord:
        thread = await asked(discord, ledger)
        await discord.until(lambda: states(ledger) == {"sent"})
        await asyncio.sleep(0.5)
    (text,) = discord.channels.seen(thread)
    assert text.startswith(BETTER)
    assert len(discord.recorded("PATCH", ONE_MESSAGE)) == 1


async def test_a_mentors_decision_takes_the_place_of_a_models_answer_that_is_owed(ledger: Ledger) -> None:
    service = Improving(ledger, answered(CURATED, None))
    service.killed = True
    async with in_discord(service) as discord:
        thread = await asked(discord, ledger)
        await discord.until(lambda: states(ledger) == {"owed"})
        with ledger.transaction() as session:
            decide.answer(session, 1, text="Nobody does.", **by_ada())
        await discord.until(lambda: states(ledger) == {"sent", "cancelled"})
        await asyncio.sleep(0.5)
    assert "Nobody does." in discord.channels.seen(thread)[0]
    assert BETTER not in "".join(str(request.body) for request in discord.requests)


async def test_a_correction_that_discord_refuses_reaches_the_learner_as_its_text(ledger: Ledger) -> None:
    service = Canned(ledger, answered(CURATED, None))
    async with in_discord(service) as discord:
        thread = await asked(discord, ledger)
        discord.refuse("PATCH", ONE_MESSAGE, 403, 50005, "Cannot edit a message authored by another user")
        with ledger.transaction() as session:
            decide.correct(session, 1, replacement=mentor_answer("Nobody does."), **by_ada())
        await discord.until(lambda: states(ledger) == {"sent", "failed"})
    first, second = discord.channels.seen(thread)
    assert first.startswith(CURATED)
    assert second.startswith(f"<@{LEARNER}> A mentor has corrected the answer to your question. Its message can't be changed")
    assert "Nobody does." in second
    assert "now shows" not in second


async def test_a_notice_about_a_message_that_is_gone_replies_to_nothing_and_quotes_the_question(ledger: Ledger) -> None:
    service = Canned(ledger, answered(CURATED, None))
    async with in_discord(service) as discord:
        thread = await asked(discord, ledger)
        message = next(one for one in discord.messages.values() if one["channel_id"] == thread)
        await discord.delete(message)
        with ledger.transaction() as session:
            decide.withdraw(session, 1, **by_ada())
        await discord.until(lambda: states(ledger) == {"sent", "failed"})
    (told,) = discord.channels.seen(thread)
    assert told.startswith(f"<@{LEARNER}> A mentor has withdrawn")
    assert told.endswith("> Who makes the labels?")
    (sent,) = [one for one in discord.messages.values() if one["channel_id"] == thread and one["author"]["id"] == ME]
    assert "message_reference" not in sent


async def test_after_a_mentors_answer_the_earlier_message_only_links_to_it(ledger: Ledger) -> None:
    waiting = "I have no explanation that settles this. A mentor has been asked, and you will hear."
    service = Canned(ledger, answered(waiting, None, status=Status.HANDED_OVER, cited=()))
    async with in_discord(service, mentors_named=frozenset({"Ada"})) as discord:
        thread = await asked(discord, ledger)
        with ledger.transaction() as session:
            decide.answer(session, 1, text="Nobody does.", **by_ada())
        await discord.until(lambda: states(ledger) == {"sent"})
    first, second = [one for one in discord.messages.values() if one["channel_id"] == thread and one["author"]["id"] == ME]
    link = f"https://discord.com/channels/{GUILD}/{thread}/{second['id']}"
    assert as_read(first) == "> Who makes the labels?\n\nA mentor has answered this question."
    assert links(first) == {"Read the answer": link}
    assert labels(first) == []
    assert "-# Written by a mentor, Ada" in as_read(second)


async def test_a_mentor_who_is_not_named_stays_a_mentor(ledger: Ledger) -> None:
    service = Canned(ledger, answered(CURATED, None))
    async with in_discord(service) as discord:
        thread = await asked(discord, ledger)
        with ledger.transaction() as session:
            decide.correct(session, 1, replacement=mentor_answer("Nobody does."), **by_ada())
        await discord.until(lambda: states(ledger) == {"sent"})
    changed, _ = discord.channels.seen(thread)
    assert "-# Corrected: written by a mentor\n" in changed
    assert "Ada" not in changed


@pytest.mark.parametrize("text", ["| a | b |\n|---|---|", "<b>No.</b>", r"It is \frac{1}{2}."])
def test_a_mentors_text_that_discord_would_not_show_as_meant_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(UsageError, match=r"line 2 of the answer: (Discord|HTML)"):
        mentor_answer(f"Nobody does: <https://example.org/a>.\n{text}")
