"""The mentors' review channel: what waits stands there, is decided there, and is gone when it's settled."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.adapters.discord.review_channel.clicking_mentor import ONLY_MENTORS, YOURS
from bot.adapters.discord.review_channel.review_buttons import ONLY_IN_THREADS, ONLY_OWN
from bot.ledger.database import Ledger
from bot.ledger.tables import AnswerRow, Claim, Mentor, ReviewRow
from bot.review.decisions import decide
from bot.review.queue.claims import claim
from bot.values import Status
from tests.adapters.discord.test_mentors_loop import Canned, asked, by_ada, read, states
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import answered, in_discord
from tests.discord_stand_in.payloads import LEARNER, ME, MENTOR_ROLE, REVIEW, Payload, user

WAITING = "A mentor has been asked, and you will hear."
CHOSEN: dict[str, Any] = {"review_channel": int(REVIEW), "mentor_role": int(MENTOR_ROLE)}
GRACE: dict[str, Any] = {"by": "5", "roles": [MENTOR_ROLE], "name": "grace"}
EVE: dict[str, Any] = {"by": "6", "roles": [], "name": "eve"}


def handed_over(ledger: Ledger) -> Canned:
    return Canned(ledger, answered(WAITING, None, status=Status.HANDED_OVER, cited=()))


def board(discord: StandIn) -> list[Payload]:
    return [one for one in discord.messages.values() if one["channel_id"] == REVIEW and not one.get("token")]


async def on_board(discord: StandIn, *, count: int = 1) -> Payload:
    """Wait until so many questions stand in the review channel; return the last."""
    await discord.until(lambda: len(board(discord)) == count)
    return board(discord)[-1]


def labels(message: Payload) -> list[str]:
    return [each["label"] for row in message["components"] for each in row["components"] if "label" in each]


async def told(discord: StandIn, interaction: Payload) -> str:
    await discord.until(lambda: bool(discord.people.whispered(interaction)))
    return discord.people.whispered(interaction)[0]


async def test_a_mentor_claims_and_answers_in_the_channel_and_the_learner_gets_the_words(ledger: Ledger) -> None:
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        thread = await asked(discord, ledger)
        waiting = await on_board(discord)
        assert "> Who makes the labels?" in waiting["content"]
        assert labels(waiting) == ["Claim", "Answer", "Decline", "Second opinion"]
        assert await told(discord, await discord.click(waiting, "Claim", **GRACE)) == "It's yours for half an hour."
        await discord.until(lambda: "claimed by Grace" in board(discord)[0]["content"])
        opened = await discord.click(board(discord)[0], "Answer", **GRACE)
        await discord.until(lambda: opened["id"] in discord.people.forms)
        said = await told(discord, await discord.fill_in(opened, "Nobody does: the text is its own label.", **GRACE))
        assert said == "Answered: the learner gets your words."
        await discord.until(lambda: states(ledger) == {"sent"} and not board(discord))
    _, second = discord.channels.seen(thread)
    assert "Nobody does: the text is its own label." in second
    assert second.startswith(f"<@{LEARNER}> A mentor has answered")
    assert read(ledger, lambda session: session.scalars(select(ReviewRow)).one().source) == "discord"


async def test_only_the_mentors_role_decides_and_each_click_and_form_is_checked(ledger: Ledger) -> None:
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        await asked(discord, ledger)
        waiting = await on_board(discord)
        for label in ("Claim", "Answer"):
            assert await told(discord, await discord.click(waiting, label, **EVE)) == ONLY_MENTORS
        opened = await discord.click(waiting, "Decline", **GRACE)
        await discord.until(lambda: opened["id"] in discord.people.forms)
        # Grace loses the role while she writes.
        assert await told(discord, await discord.fill_in(opened, "No.", **GRACE | {"roles": []})) == f"{ONLY_MENTORS}\n\n{YOURS}\nNo."
    assert read(ledger, lambda session: session.scalar(select(ReviewRow.id))) is None
    assert read(ledger, lambda session: session.scalar(select(Claim.question_id))) is None


async def test_a_form_that_comes_after_another_mentors_claim_loses_nothing(ledger: Ledger) -> None:
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        await asked(discord, ledger)
        opened = await discord.click(await on_board(discord), "Answer", **GRACE)
        await discord.until(lambda: opened["id"] in discord.people.forms)
        with ledger.transaction() as session:
            claim(session, 1, "Ada", now=by_ada()["now"])
        said = await told(discord, await discord.fill_in(opened, "Nobody does.", **GRACE))
    assert said.startswith("question 1 is claimed by Ada until")
    assert said.endswith(f"{YOURS}\nNobody does.")
    assert read(ledger, lambda session: session.scalar(select(ReviewRow.id))) is None


async def test_a_draft_is_corrected_by_a_form_that_begins_with_its_text(ledger: Ledger) -> None:
    async with in_discord(Canned(ledger, answered("People do.", None, confidence=0.3)), **CHOSEN) as discord:
        thread = await asked(discord, ledger)
        waiting = await on_board(discord)
        assert labels(waiting) == ["Claim", "Confirm", "Correct", "Withdraw", "Second opinion"]
        opened = await discord.click(waiting, "Correct", **GRACE)
        await discord.until(lambda: opened["id"] in discord.people.forms)
        (label,) = discord.people.forms[opened["id"]]["components"]
        assert label["component"]["value"] == "People do."
        await told(discord, await discord.fill_in(opened, "Nobody does.", **GRACE))
        await discord.until(lambda: states(ledger) == {"sent"} and not board(discord))
    changed, notice = discord.channels.seen(thread)
    assert "Nobody does." in changed
    assert "A mentor has corrected" in notice


async def test_a_draft_is_confirmed_and_a_decision_that_was_seen_says_why_it_cannot_be_undone(ledger: Ledger) -> None:
    async with in_discord(Canned(ledger, answered("Nobody does.", None, confidence=0.3)), **CHOSEN) as discord:
        thread = await asked(discord, ledger)
        confirmed = await discord.click(await on_board(discord), "Confirm", **GRACE)
        assert "Confirmed" in await told(discord, confirmed)
        await discord.until(lambda: states(ledger) == {"sent"} and not board(discord))
        whisper = discord.messages[discord.acknowledged[confirmed["token"]]]
        assert labels(whisper) == ["Undo"]
        assert "has seen it" in await told(discord, await discord.click(whisper, "Undo", **GRACE))
    assert "Confirmed" in discord.channels.seen(thread)[0]


async def test_a_second_opinion_is_undone_and_a_question_declined_with_a_reason(ledger: Ledger) -> None:
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        thread = await asked(discord, ledger)
        opened = await discord.click(await on_board(discord), "Second opinion", **GRACE)
        await discord.until(lambda: opened["id"] in discord.people.forms)
        asking = await discord.fill_in(opened, "Is it about CLM?", **GRACE)
        await told(discord, asking)
        await discord.until(lambda: "Is it about CLM?" in board(discord)[0]["content"])
        whisper = discord.messages[discord.acknowledged[asking["token"]]]
        assert "Undone" in await told(discord, await discord.click(whisper, "Undo", **GRACE))
        await discord.until(lambda: "Is it about CLM?" not in board(discord)[0]["content"])
        opened = await discord.click(board(discord)[0], "Decline", **GRACE)
        await discord.until(lambda: opened["id"] in discord.people.forms)
        await told(discord, await discord.fill_in(opened, "It's next week's homework.", **GRACE))
        await discord.until(lambda: states(ledger) == {"sent"} and not board(discord))
    assert "It's next week's homework." in discord.channels.seen(thread)[-1]


async def test_a_withdrawn_draft_leaves_the_channel_and_a_restart_finds_its_own_messages(ledger: Ledger) -> None:
    service = Canned(ledger, answered("People do.", None, confidence=0.3))
    async with in_discord(service, **CHOSEN) as before:
        await asked(before, ledger)
        await on_board(before)
    after = StandIn()
    after.channels.threads |= before.threads
    after.channels.messages |= before.messages
    async with in_discord(service, after, **CHOSEN):
        await after.wait_for("PATCH", f"/channels/{REVIEW}/messages/[0-9]+")
        waiting = await on_board(after)
        opened = await after.click(waiting, "Withdraw", **GRACE)
        await after.until(lambda: opened["id"] in after.people.forms)
        await told(after, await after.fill_in(opened, "Wrong.", **GRACE))
        await after.until(lambda: states(ledger) == {"sent"})
        await after.until(lambda: all("Withdraw" not in labels(one) for one in board(after)))
    assert after.recorded("POST", f"/channels/{REVIEW}/messages") == []
    assert read(ledger, lambda session: list(session.scalars(select(AnswerRow.state)))) == ["withdrawn"]


async def test_what_the_bot_may_not_do_is_told_once_in_the_review_channel(ledger: Ledger) -> None:
    async with in_discord(handed_over(ledger), StandIn(rights=(1 << 10) | (1 << 11) | (1 << 16)), **CHOSEN) as discord:
        for _ in range(2):
            await discord.say(f"<@{ME}> Who makes the labels?")
        await discord.until(lambda: any("lacks Create Public Threads" in one["content"] for one in board(discord)))
    assert len([one for one in board(discord) if "lacks" in one["content"]]) == 1


async def test_a_mentors_own_message_in_the_learners_thread_becomes_the_answer(ledger: Ledger) -> None:
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        thread = await asked(discord, ledger)
        mine = await discord.say("Nobody does.", channel=thread, names_us=False, author=user("5", "grace"))
        other = await discord.say("People do.", channel=thread, names_us=False, author=user("7", "lin"))
        use = "Use as the answer"
        assert await told(discord, await discord.people.use_on(use, mine, **EVE)) == ONLY_MENTORS
        assert await told(discord, await discord.people.use_on(use, other, **GRACE)) == ONLY_OWN
        assert "Answered" in await told(discord, await discord.people.use_on(use, mine, **GRACE))
        await discord.until(lambda: states(ledger) == {"sent"} and not board(discord))
    texts = discord.channels.seen(thread)
    assert texts[0].endswith("A mentor has answered this question.")
    assert any(text.startswith(f"<@{LEARNER}> A mentor has answered") and "Nobody does." in text for text in texts)
    menu = next(each for each in discord.commands[""] if each["name"] == use)
    assert menu["default_member_permissions"] == str(1 << 13)


async def test_a_mentors_message_answers_what_was_asked_before_it_and_only_in_a_thread(ledger: Ledger) -> None:
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        thread = await asked(discord, ledger)
        mine = await discord.say("Nobody does.", channel=thread, names_us=False, author=user("5", "grace"))
        await discord.say(f"<@{ME}> And who checks them?", channel=thread)
        await discord.until(lambda: len(discord.channels.seen(thread)) == 2)
        elsewhere = await discord.say("Nobody does.", names_us=False, author=user("5", "grace"))
        use = "Use as the answer"
        assert await told(discord, await discord.people.use_on(use, elsewhere, **GRACE)) == ONLY_IN_THREADS
        assert "Answered" in await told(discord, await discord.people.use_on(use, mine, **GRACE))
    assert read(ledger, lambda session: list(session.scalars(select(ReviewRow.question_id)))) == [1]


async def test_a_settled_question_that_discord_does_not_delete_at_once_is_deleted_later(ledger: Ledger) -> None:
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        await asked(discord, ledger)
        await on_board(discord)
        discord.refuse("DELETE", f"/channels/{REVIEW}/messages/[0-9]+", 403, 50013, "Missing Permissions", times=1)
        with ledger.transaction() as session:
            decide.answer(session, 1, text="Nobody does.", **by_ada())
        await discord.until(lambda: not board(discord))
    assert discord.recorded("DELETE", f"/channels/{REVIEW}/messages/[0-9]+", status=403) != []


async def test_two_mentors_of_one_name_are_two_people_and_one_who_takes_another_name_is_the_same(ledger: Ledger) -> None:
    first, second = GRACE | {"nick": "Sam"}, GRACE | {"by": "8", "name": "samuel", "nick": "Sam"}
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        await asked(discord, ledger)
        await told(discord, await discord.click(await on_board(discord), "Claim", **first))
        await discord.until(lambda: "claimed by Sam until" in board(discord)[0]["content"])
        assert "is claimed by Sam until" in await told(discord, await discord.click(board(discord)[0], "Release", **second))
        said = await told(discord, await discord.click(board(discord)[0], "Release", **first | {"nick": "Sammy"}))
        assert said == "It's free for others again."
        opened = await discord.click(board(discord)[0], "Second opinion", **second)
        await discord.until(lambda: opened["id"] in discord.people.forms)
        asking = await discord.fill_in(opened, "Is it about CLM?", **second)
        await told(discord, asking)
        whisper = discord.messages[discord.acknowledged[asking["token"]]]
        assert "only Sam (samuel) can undo it" in await told(discord, await discord.click(whisper, "Undo", **first))
        assert "Undone" in await told(discord, await discord.click(whisper, "Undo", **second | {"nick": "Sam S."}))
    assert read(ledger, lambda session: set(session.scalars(select(Mentor.name)))) == {"Sam", "Sam (samuel)"}


async def replied(discord: StandIn, text: str, **more: Any) -> Payload:
    """Let Grace, who has the mentors' role, write in a channel or thread."""
    return await discord.say(text, author=user("5", "grace"), roles=[MENTOR_ROLE], **{"names_us": False} | more)


def offers(discord: StandIn) -> list[Payload]:
    return [one for one in board(discord) if labels(one) == ["Use as the answer"]]


async def test_a_mentors_reply_in_a_learners_thread_is_offered_and_one_click_makes_it_the_answer(ledger: Ledger) -> None:
    async with in_discord(handed_over(ledger), read_threads=True, **CHOSEN) as discord:
        thread = await asked(discord, ledger)
        await on_board(discord)
        mine = await replied(discord, "Nobody does, the *text* does.", channel=thread)
        await discord.until(lambda: len(offers(discord)) == 1)
        (offer,) = offers(discord)
        assert offer["content"] == (
            f"Grace has replied to **question 1** in <#{thread}>. Is this the answer?\n> Nobody does, the \\*text\\* does."
        )
        assert await told(discord, await discord.click(offer, "Use as the answer", **EVE)) == ONLY_MENTORS
        lin = {"by": "7", "roles": [MENTOR_ROLE], "name": "lin"}
        assert await told(discord, await discord.click(offer, "Use as the answer", **lin)) == ONLY_OWN
        # She mends it before she clicks.
        discord.messages[mine["id"]]["content"] = "Nobody does: the text is its own label."
        used = await discord.click(offer, "Use as the answer", **GRACE)
        assert await told(discord, used) == "Answered: the learner gets your words."
        await discord.until(lambda: states(ledger) == {"sent"} and not board(discord))
    assert any("Nobody does: the text is its own label." in text for text in discord.channels.seen(thread))
    assert read(ledger, lambda session: session.scalars(select(Mentor.name)).all()) == ["Grace"]


async def test_a_mentors_reply_to_our_message_is_offered_without_the_intent_and_not_answered(ledger: Ledger) -> None:
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        thread = await asked(discord, ledger)
        ours = next(one for one in discord.messages.values() if one["channel_id"] == thread and one["author"]["id"] == ME)
        to_us = {"type": 19, "message_reference": {"channel_id": thread, "message_id": ours["id"]}, "channel": thread}
        await replied(discord, "Nobody does.", names_us=True, **to_us)
        await discord.until(lambda: len(offers(discord)) == 1)
        # By our name it's a question, and thanks are no answer.
        await replied(discord, f"<@{ME}> who does?", names_us=True, **to_us)
        await discord.until(lambda: len(discord.channels.seen(thread)) == 2)
        await replied(discord, "Who checks them?", channel=thread)
    assert len(offers(discord)) == 1


async def test_what_is_offered_is_gone_once_the_question_is_settled_over_a_restart_too(ledger: Ledger) -> None:
    service = handed_over(ledger)
    async with in_discord(service, read_threads=True, **CHOSEN) as before:
        thread = await asked(before, ledger)
        await replied(before, "Nobody does.", channel=thread)
        await before.until(lambda: len(offers(before)) == 1)
    after = StandIn()
    after.channels.threads |= before.threads
    after.channels.messages |= before.messages
    with ledger.transaction() as session:
        decide.answer(session, 1, text="Nobody does.", **by_ada())
    async with in_discord(service, after, read_threads=True, **CHOSEN):
        await after.until(lambda: not board(after))
        await replied(after, "As I said.", channel=thread)
        await after.say(f"<@{ME}> And who checks them?", channel=thread)
        await after.until(lambda: len(board(after)) == 1)
    assert offers(after) == []
