"""A question that its author edits or deletes, over a real ledger."""

from __future__ import annotations

from sqlalchemy import func, select

from bot.ledger.database import Ledger
from bot.ledger.tables import AnswerRow, QuestionRow
from bot.review.decisions import decide
from bot.values import Answer, CleanText, Composer
from bot.wording.worded import Worded
from tests.adapters.discord.test_mentors_loop import CURATED, Canned, Improving, asked, by_ada, carried, read, states
from tests.discord_stand_in.client import answered, in_discord
from tests.discord_stand_in.payloads import ME

MESSAGES = "/channels/[0-9]+/messages"
ONE_MESSAGE = "/channels/[0-9]+/messages/[0-9]+"


class Echoing(Canned):
    """Repeats the question in its answer."""

    def reply(self, turns: tuple[CleanText, ...], **options: object) -> Answer:
        return self.given.model_copy(update={"question": turns[-1], "answer": f"About: {turns[-1]}"})


async def test_an_edited_question_is_answered_again_in_the_same_message(ledger: Ledger) -> None:
    service = Echoing(ledger, answered("", None))
    async with in_discord(service) as discord:
        thread = await asked(discord, ledger)
        await discord.rewrite(discord.messages[thread], f"<@{ME}> Who makes the targets?")
        await discord.until(lambda: states(ledger) == {"sent"})
        # Discord sends such an event too when a preview is added: nothing changes.
        await discord.gateway.dispatch("MESSAGE_UPDATE", discord.messages[thread])
        await discord.rewrite(discord.messages[thread], f"<@{ME}> Who makes the masks?")
        await discord.until(lambda: "masks" in discord.channels.seen(thread)[0])
        await discord.until(lambda: states(ledger) == {"sent"})
    (shown,) = discord.channels.seen(thread)
    assert shown.startswith("> Who makes the masks?\n\nAbout: Who makes the masks?")
    assert len(discord.recorded("PATCH", ONE_MESSAGE)) == 2
    assert read(ledger, lambda session: list(session.scalars(select(QuestionRow.text)))) == ["Who makes the masks?"]
    assert read(ledger, lambda session: list(session.scalars(select(AnswerRow.state)))) == ["withdrawn", "withdrawn", "draft"]
    # A model's answer to the earlier text comes too late.
    assert service.record is not None
    for text, is_kept in {"Who makes the labels?": False, "Who makes the masks?": True}.items():
        worded = answered("Reworded.", 1, question=text, composer=Composer.MODEL, model="a model")
        assert service.record.keep_worded(Worded(worded, passed=True), index_name="index-1") is is_kept


async def test_an_edited_question_on_which_a_mentor_has_decided_is_a_new_turn(ledger: Ledger) -> None:
    async with in_discord(Echoing(ledger, answered("", None))) as discord:
        thread = await asked(discord, ledger)
        with ledger.transaction() as session:
            decide.confirm(session, 1, **by_ada())
        await discord.until(lambda: states(ledger) == {"sent"})
        await discord.rewrite(discord.messages[thread], f"<@{ME}> Who makes the targets?")
        await discord.wait_for("POST", MESSAGES, count=2)
    first, second = discord.channels.seen(thread)
    assert "About: Who makes the labels?" in first
    assert "Confirmed" in first
    assert second.startswith("About: Who makes the targets?")
    assert read(ledger, lambda session: session.scalar(select(func.count(QuestionRow.id)))) == 2


async def test_a_model_words_the_answer_to_an_edited_question_too(ledger: Ledger) -> None:
    service = Improving(ledger, answered(CURATED, None))
    async with in_discord(service) as discord:
        thread = await asked(discord, ledger)
        await discord.until(lambda: states(ledger) == {"sent"})
        await discord.rewrite(discord.messages[thread], f"<@{ME}> Who makes the targets?")
        await discord.until(lambda: read(ledger, lambda session: session.scalar(select(func.count(AnswerRow.id)))) == 4)
        await discord.until(lambda: states(ledger) == {"sent"})
    (text,) = discord.channels.seen(thread)
    assert text.startswith("> Who makes the targets?\n\nPeople give labels; a rule cuts targets")


async def test_a_question_deleted_before_its_answer_is_not_kept_and_not_delivered_later(ledger: Ledger) -> None:
    async with in_discord(Echoing(ledger, answered("", None))) as discord:
        question = await discord.say(f"<@{ME}> Who makes the labels?")
        del discord.messages[question["id"]]
        await discord.wait_for("POST", "/channels/[0-9]+/messages/[0-9]+/threads")
        await discord.until(lambda: read(ledger, lambda session: session.scalar(select(func.count(QuestionRow.id)))) == 0)
    assert discord.recorded("POST", MESSAGES) == []
    assert carried(ledger) is None
