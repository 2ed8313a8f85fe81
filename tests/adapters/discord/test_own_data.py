"""What a learner sees, exports and removes of what is kept of them; and questions asked in private."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from sqlalchemy import func, select

from bot.adapters.discord.asking.looking_up import HOW_TO, NO_SUCH_CARD
from bot.adapters.discord.asking.privately import SHOWN
from bot.adapters.discord.asking.respond import OWN_DATA
from bot.adapters.discord.clicking.own_data_buttons import EXPORTED, SURE
from bot.door.talk.small_talk import SAID
from bot.door.talk.talk_phrases import NoQuestion
from bot.ledger.database import Ledger
from bot.ledger.tables import Learner, QuestionRow
from bot.review.decisions import decide
from bot.review.decisions.mentor_text import mentor_answer
from bot.values import Answer, Status
from index.search.library import Library
from knowledge.reading.base import read_knowledge
from tests.adapters.discord.test_mentors_loop import CURATED, Canned, Improving, asked, by_ada, carried, read, states
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import FakeService, answered, in_discord
from tests.discord_stand_in.components import as_read, labels
from tests.discord_stand_in.payloads import DIRECT, EPHEMERAL, GENERAL, LEARNER, ME, Payload, user

ORIGINAL = f"/webhooks/{ME}/[^/]+/messages/@original"


def count(ledger: Ledger, table: type[QuestionRow] | type[Learner]) -> int:
    return int(read(ledger, lambda session: session.scalar(select(func.count(table.id)))))


async def whispered(discord: StandIn, interaction: Payload) -> Payload:
    """Return the message that only the learner sees once it's there."""
    await discord.until(lambda: bool(discord.people.whispered(interaction)))
    return discord.messages[discord.acknowledged[interaction["token"]]]


async def test_a_learner_sees_exports_and_removes_their_questions_before_themself_alone(ledger: Ledger, tmp_path: Path) -> None:
    async with in_discord(Canned(ledger, answered(CURATED, None)), home=tmp_path) as discord:
        await asked(discord, ledger)
        await discord.say(f"<@{ME}> Who makes the targets?", author=user("5", "grace"))
        await discord.until(lambda: count(ledger, QuestionRow) == 2)
        seen = await whispered(discord, await discord.use("my-questions"))
        assert "I keep 1 question of yours:" in as_read(seen)
        assert "Who makes the labels?" in as_read(seen)
        assert "targets" not in as_read(seen)
        exported = await discord.click(seen, "Export them")
        await discord.until(lambda: any(request.files for request in discord.requests))
        warned = await whispered(discord, await discord.click(seen, "Forget me"))
        assert as_read(warned) == SURE
        assert count(ledger, QuestionRow) == 2
        done = await whispered(discord, await discord.click(warned, "Yes, forget me"))
        assert "removed (1 questions)" in as_read(done)
        again = await whispered(discord, await discord.use("my-questions"))
        assert as_read(again) == "I have no questions of yours."
    assert read(ledger, lambda session: list(session.scalars(select(Learner.platform_id)))) == ["5"]
    (upload,) = [request for request in discord.requests if request.files]
    kept = json.loads(upload.files[0])
    assert as_read(upload.body) == EXPORTED
    assert kept["account"] == LEARNER
    assert [(one["text"], one["answers"][0]["text"]) for one in kept["questions"]] == [("Who makes the labels?", CURATED)]
    assert discord.messages[discord.acknowledged[exported["token"]]]["flags"] & EPHEMERAL


async def test_who_asks_to_be_forgotten_gets_the_privacy_answer_with_the_buttons_to_do_it() -> None:
    privacy = SAID[NoQuestion.PRIVACY]
    async with in_discord(FakeService(privacy, status=Status.ASKED_BACK, cards=(), cited=())) as discord:
        await discord.say(f"<@{ME}> forget my questions")
        (answer,) = await discord.wait_for("POST", "/channels/[0-9]+/messages")
        told = await whispered(discord, await discord.use("privacy"))
    assert as_read(answer.body) == f"{privacy}\n\n-# {OWN_DATA}"
    assert labels(answer.body) == ["See my questions", "Export them", "Forget me"]
    assert as_read(told) == privacy


async def test_a_private_answer_is_before_the_asker_alone_until_they_show_it(ledger: Ledger) -> None:
    async with in_discord(Canned(ledger, answered(CURATED, None))) as discord:
        private = await whispered(discord, await discord.use("ask", question="Who makes the labels?", private=True))
        assert CURATED in as_read(private)
        assert private["flags"] & EPHEMERAL
        assert not [one for one in discord.messages.values() if not one["flags"] & EPHEMERAL]
        told = await whispered(discord, await discord.click(private, "Show to all"))
        assert as_read(told) == SHOWN
        (shown,) = [one for one in discord.messages.values() if not one["flags"] & EPHEMERAL]
        await whispered(discord, await discord.click(private, "Show to all, with my name"))
    assert shown["channel_id"] == GENERAL
    assert as_read(shown).startswith("> Who makes the labels?\n\nLabels are given by people.")
    assert "Ada" not in as_read(shown)


async def test_what_a_mentor_decides_on_a_private_question_is_told_in_a_direct_message_alone(ledger: Ledger) -> None:
    async with in_discord(Canned(ledger, answered(CURATED, None))) as discord:
        await whispered(discord, await discord.use("ask", question="Who makes the labels?", private=True))
        await discord.until(lambda: carried(ledger) is not None)
        with ledger.transaction() as session:
            decide.correct(session, 1, replacement=mentor_answer("Nobody does."), **by_ada())
        await discord.until(lambda: states(ledger) == {"sent"})
    sent = [one for one in discord.messages.values() if not one["flags"] & EPHEMERAL]
    assert {one["channel_id"] for one in sent} == {DIRECT}
    assert "Nobody does." in as_read(sent[0])


async def test_a_private_answer_shown_to_all_changes_there_and_who_asked_is_told_in_private(ledger: Ledger) -> None:
    async with in_discord(Canned(ledger, answered(CURATED, None))) as discord:
        private = await whispered(discord, await discord.use("ask", question="Who makes the labels?", private=True))
        await whispered(discord, await discord.click(private, "Show to all"))
        with ledger.transaction() as session:
            decide.correct(session, 1, replacement=mentor_answer("Nobody does."), **by_ada())
        await discord.until(lambda: states(ledger) == {"sent"})
    public, told = [one for one in discord.messages.values() if not one["flags"] & EPHEMERAL]
    assert public["channel_id"] == GENERAL
    assert "Nobody does." in as_read(public)
    assert LEARNER not in as_read(public)
    assert told["channel_id"] == DIRECT


async def test_a_models_answer_that_comes_after_a_private_one_was_shown_to_all_is_shown_to_all_too(ledger: Ledger) -> None:
    class Slow(Improving):
        begun, shown = threading.Event(), threading.Event()

        def improve(self, curated: Answer) -> Answer | None:
            self.begun.set()
            self.shown.wait(10)
            return super().improve(curated)

    service = Slow(ledger, answered(CURATED, None))
    async with in_discord(service) as discord:
        private = await whispered(discord, await discord.use("ask", question="Who makes the labels?", private=True))
        await discord.until(service.begun.is_set)
        told = await whispered(discord, await discord.click(private, "Show to all"))
        assert as_read(told) == SHOWN
        service.shown.set()
        (public,) = [one for one in discord.messages.values() if not one["flags"] & EPHEMERAL]
        await discord.until(lambda: "People give labels; a rule cuts targets" in as_read(public))
        assert str(carried(ledger)).startswith(f"{GENERAL}/")


async def test_anybodys_message_can_be_asked_about_in_private() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        message = await discord.say("Is pretraining supervised?", names_us=False, author=user("5", "grace"))
        answer = await whispered(discord, await discord.people.use_on("Ask about this message", message))
    assert [one.text for one in service.incoming] == ["Is pretraining supervised?"]
    assert answer["flags"] & EPHEMERAL
    assert as_read(answer).startswith("> Is pretraining supervised?\n\nThe next token is the label.")


async def test_concepts_are_offered_while_the_learner_types_and_shown_by_name(small: Path) -> None:
    service = FakeService()
    service.library = cast(Library, SimpleNamespace(base=read_knowledge(small)[0]))
    async with in_discord(service) as discord:
        typed = await discord.use("concept", name="about m", typing=True)
        await discord.until(lambda: typed["id"] in discord.people.offered)
        chosen = await whispered(discord, await discord.use("concept", name="masks"))
        by_title = await whispered(discord, await discord.use("concept", name="about labels"))
        unknown = await whispered(discord, await discord.use("concept", name="quantum gravity"))
        how_to = await whispered(discord, await discord.use("howto"))
    assert discord.people.offered[typed["id"]] == [{"name": "About masks of every kind", "value": "masks"}]
    assert as_read(chosen).startswith("**About masks of every kind**\n\nMasks of every kind are made by a program.")
    assert "-# Source: [A book of masks" in as_read(chosen)
    assert as_read(by_title).startswith("**About labels**")
    assert as_read(unknown) == NO_SUCH_CARD
    assert as_read(how_to) == HOW_TO
