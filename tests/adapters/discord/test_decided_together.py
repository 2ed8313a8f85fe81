"""Like questions stand in one message of the review channel and are decided at once; nobody decides on what has changed since."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import select

from bot.adapters.discord.review_channel.clicking_mentor import YOURS
from bot.ledger.database import Ledger
from bot.ledger.tables import QuestionRow, ReviewRow
from bot.review.decisions import decide
from bot.values import Status
from tests.adapters.discord.test_mentors_loop import Canned, asked, by_ada, read, states
from tests.adapters.discord.test_review_channel import CHOSEN, GRACE, board, handed_over, on_board, told
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import answered, in_discord
from tests.discord_stand_in.payloads import Payload
from tests.review.asked import ask

LIKE = np.array([1.0, 2.0, 3.0], dtype="<f4").tobytes()
HOMEWORK = ("solve my homework 3 please", "can you do my assignment on attention?", "write my essay about RAG", "finish my lab for me")


def enter(ledger: Ledger, *texts: str, status: Status = Status.HANDED_OVER, alike: bool = True) -> list[int]:
    """Enter questions from a terminal, where nobody is reached later; those that are `alike` are a cluster."""
    with ledger.transaction() as session:
        numbers = [ask(session, text, status=status, platform="console") for text in texts]
        for number in numbers if alike else ():
            session.get_one(QuestionRow, number).vector = LIKE
    return numbers


def decided(ledger: Ledger) -> list[tuple[int, str, str]]:
    def rows(session: Any) -> list[tuple[int, str, str]]:
        found = session.scalars(select(ReviewRow).order_by(ReviewRow.id))
        return [(row.question_id, row.decision, row.reason) for row in found]

    return list(read(ledger, rows))


async def opened(discord: StandIn, message: Payload, label: str) -> Payload:
    """Click a button that opens a form; wait for the form."""
    clicked = await discord.click(message, label, **GRACE)
    await discord.until(lambda: clicked["id"] in discord.people.forms)
    return clicked


def offered(discord: StandIn, clicked: Payload) -> list[str]:
    """Return the questions that a form offers to decide together."""
    form = discord.people.forms[clicked["id"]]
    return [each["label"] for label in form["components"] for each in label["component"].get("options", ())]


async def test_a_cluster_is_one_message_and_one_answer_settles_all_of_it_but_what_the_mentor_takes_out(ledger: Ledger) -> None:
    first, second, third = enter(ledger, "who makes labels?", "who are labels made by?", "are labels made by people?")
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        message = await on_board(discord)
        assert f"**Question {first}**\n> who makes labels?\n> and like it: " in message["content"]
        form = await opened(discord, message, "Answer")
        assert offered(discord, form) == ["who are labels made by?", "are labels made by people?"]
        values = discord.people.forms[form["id"]]["components"][1]["component"]["options"]
        kept = [each["value"] for each in values if each["label"] == "who are labels made by?"]
        said = await told(discord, await discord.fill_in(form, "Nobody does.", picked=kept, **GRACE))
        assert said == f"Answered: the learner gets your words. With it: question {second}."
        await discord.until(lambda: [f"**Question {third}**" in one["content"] for one in board(discord)] == [True])
    assert [(number, decision) for number, decision, _ in decided(ledger)] == [(first, "answer"), (second, "answer")]


async def test_a_group_that_one_reason_answers_is_one_message_and_is_declined_with_one_reason(ledger: Ledger) -> None:
    numbers = enter(ledger, *HOMEWORK, alike=False)
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        message = await on_board(discord)
        assert message["content"].startswith(f"**Question {numbers[0]} · homework**\n> solve my homework 3 please\n> and like it: ")
        form = await opened(discord, message, "Decline")
        assert offered(discord, form) == list(HOMEWORK[1:])
        said = await told(discord, await discord.fill_in(form, "We don't solve homework here.", **GRACE))
        assert said.endswith(f"With it: questions {numbers[1]}, {numbers[2]} and {numbers[3]}.")
        await discord.until(lambda: not board(discord))
    assert decided(ledger) == [(number, "decline", "We don't solve homework here.") for number in numbers]


async def test_answers_to_like_questions_are_confirmed_together_and_undone_together(ledger: Ledger) -> None:
    (near,) = enter(ledger, "who makes labels?", status=Status.NEAR)
    drafts = enter(ledger, "who are labels made by?", "by whom are labels made?", status=Status.ANSWERED)
    (without,) = enter(ledger, "are labels made?")
    with ledger.transaction() as session:
        for number in drafts:
            decide.second_opinion(session, number, reason="Is it?", **by_ada())
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        message = await on_board(discord)
        form = await opened(discord, message, "Confirm")
        # What has no answer can't be confirmed.
        assert "are labels made?" not in offered(discord, form)
        assert len(offered(discord, form)) == 2
        confirming = await discord.fill_in(form, **GRACE)
        assert "With it: questions " in await told(discord, confirming)
        await discord.until(lambda: [f"**Question {without}**" in one["content"] for one in board(discord)] == [True])
        whisper = discord.messages[discord.acknowledged[confirming["token"]]]
        assert "Undone" in await told(discord, await discord.click(whisper, "Undo", **GRACE))
        await discord.until(lambda: any("and like it" in one["content"] for one in board(discord)))
    confirmed = select(ReviewRow).where(ReviewRow.decision == "confirm")
    found = read(ledger, lambda session: [(row.question_id, row.undone_at is None) for row in session.scalars(confirmed)])
    assert sorted(found) == [(number, False) for number in (near, *drafts)]


async def test_a_form_that_comes_after_another_mentors_decision_decides_nothing_and_loses_nothing(ledger: Ledger) -> None:
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        await asked(discord, ledger)
        message = dict(await on_board(discord))
        form = await opened(discord, message, "Answer")
        with ledger.transaction() as session:
            decide.answer(session, 1, text="Nobody does.", **by_ada())
        said = await told(discord, await discord.fill_in(form, "People do.", **GRACE))
        assert said == f"Ada has decided on question 1 since you opened this, and nothing was done: look at it again\n\n{YOURS}\nPeople do."
        late = await told(discord, await discord.click(message, "Decline", **GRACE))
        assert late.startswith("Ada has decided on question 1 since you opened this")
        await discord.until(lambda: states(ledger) == {"sent"})
    assert [decision for _, decision, _ in decided(ledger)] == ["answer"]


async def test_a_draft_that_changed_under_a_mentors_eyes_is_not_confirmed(ledger: Ledger) -> None:
    async with in_discord(Canned(ledger, answered("People do.", None, confidence=0.3)), **CHOSEN) as discord:
        await asked(discord, ledger)
        stale = dict(await on_board(discord))
        with ledger.transaction() as session:
            decide.second_opinion(session, 1, reason="Is it?", **by_ada())
        said = await told(discord, await discord.click(stale, "Confirm", **GRACE))
        assert said == "question 1 has changed since you opened this, and nothing was done: look at it again"
        await discord.until(lambda: "Is it?" in board(discord)[0]["content"])
        assert "Confirmed" in await told(discord, await discord.click(board(discord)[0], "Confirm", **GRACE))
    assert [decision for _, decision, _ in decided(ledger)] == ["second_opinion", "confirm"]
