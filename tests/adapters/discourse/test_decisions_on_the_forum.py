"""A mentor's decision and the post that it changes: from anywhere to the forum, and from the forum by a whisper."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from bot.ledger.database import Ledger
from bot.review.decisions import decide
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.outbox import notices
from bot.values import Status
from tests.discord_stand_in.client import answered
from tests.discourse_stand_in import ForumStandIn
from tests.discourse_stand_in.forum_description import Payload
from tests.discourse_stand_in.forum_server import REVIEW
from tests.discourse_stand_in.in_forum import TEXT, OneAnswer, carried, deliveries, due_now, feedback, on_forum

WHO = "Who makes the labels?"
BODY = "In pretraining, I mean."
HANDED_OVER = answered("A mentor has been asked.", None, status=Status.HANDED_OVER, cited=())


def by_mia() -> dict[str, Any]:
    return {"mentor": "Mia", "source": "desk", "now": dt.datetime.now(dt.UTC)}


async def answered_topic(forum: ForumStandIn, ledger: Ledger) -> Payload:
    """Let Ada ask and be answered; return our post."""
    asked = await forum.open_topic("ada", WHO, BODY)
    await forum.until(lambda: carried(ledger) and all(carried(ledger)))
    return forum.ours(asked["topic_id"])[0]


def all_sent(ledger: Ledger, count: int) -> bool:
    return [state for _, state, _ in deliveries(ledger)] == ["sent"] * count


async def test_a_confirmed_answer_says_so_in_its_first_line_and_in_the_history_and_its_words_stay(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        post = await answered_topic(forum, ledger)
        assert post["raw"].startswith("**Draft**: put together from the mentors' cards")
        with ledger.transaction() as session:
            decide.confirm(session, 1, **by_mia())
        await forum.until(lambda: all_sent(ledger, 1))
    assert post["raw"].splitlines()[0] == "**Confirmed**: a mentor has read this answer and stands behind it"
    assert TEXT in post["raw"]
    assert post["edit_reason"] == "confirmed by a mentor"
    assert len(forum.ours()) == 1


async def test_a_corrected_answer_changes_in_its_place_says_what_changed_and_its_asker_is_told_once_by_a_reply(
    ledger: Ledger, tmp_path: Path
) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        post = await answered_topic(forum, ledger)
        with ledger.transaction() as session:
            decide.correct(session, 1, replacement=mentor_answer("The text labels itself. Ask @mia."), **by_mia())
        await forum.until(lambda: all_sent(ledger, 2))
    shown, told = forum.ours()
    assert shown is post
    assert shown["raw"].startswith('**Corrected**: a mentor has changed this answer\n\n[quote="ada, post:1, topic:')
    assert "\n\n> A mentor has replaced this answer.\n\n" in shown["raw"]
    assert "\n\nThe text labels itself. Ask @\u200bmia.\n\n" in shown["raw"]
    assert shown["edit_reason"] == "corrected by a mentor"
    assert told["raw"].startswith(f"{notices.CORRECTED}\n\n[The answer](/t/{post['topic_id']}/2)")
    assert told["reply_to_post_number"] == 1


async def test_a_question_that_was_handed_over_gets_its_answer_below_and_the_first_post_points_there(
    ledger: Ledger, tmp_path: Path
) -> None:
    async with on_forum(OneAnswer(ledger, HANDED_OVER), tmp_path, webhooks=True) as forum:
        post = await answered_topic(forum, ledger)
        assert post["raw"].startswith("**Not settled yet**: a mentor has been asked")
        with ledger.transaction() as session:
            decide.answer(session, 1, text="Nobody does.", **by_mia())
        await forum.until(lambda: all_sent(ledger, 2))
    before, after = forum.ours()
    assert before["raw"].startswith(f"**Answered**: {notices.SEE_BELOW}")
    assert after["raw"].startswith("**Confirmed**: a mentor has read this answer and stands behind it\n\n" + notices.ANSWERED)
    assert "Nobody does." in after["raw"]
    assert after["reply_to_post_number"] == 1


async def test_what_a_person_wrote_into_our_post_is_never_overwritten(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        post = await answered_topic(forum, ledger)
        await forum.change(post, post["raw"].replace(TEXT, f"{TEXT} See also week 2."))
        with ledger.transaction() as session:
            decide.confirm(session, 1, **by_mia())
        await forum.until(lambda: all_sent(ledger, 1))
        assert post["raw"].startswith("**Confirmed**")
        assert "See also week 2." in post["raw"]
        with ledger.transaction() as session:
            decide.correct(session, 1, replacement=mentor_answer("The text labels itself."), **by_mia())
        await forum.until(lambda: all_sent(ledger, 3))
    assert "See also week 2." in post["raw"]
    assert [each["raw"].splitlines()[0] for each in forum.ours()[1:]] == [
        "**Corrected**: a mentor has changed this answer",
        notices.CORRECTED,
    ]


async def test_a_change_that_races_with_a_persons_edit_is_made_on_what_is_there_then(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        post = await answered_topic(forum, ledger)
        forum.refuse("PUT", "/posts/[0-9]+.json", 409, "That post was edited by another user", times=1)
        with ledger.transaction() as session:
            decide.confirm(session, 1, **by_mia())
        await forum.until(lambda: any("edited by another user" in error for _, _, error in deliveries(ledger)))
        due_now(ledger)
        await forum.until(lambda: all_sent(ledger, 1))
    assert forum.calls("PUT", "/posts/[0-9]+.json")[0].body["post"]["original_text"].startswith("**Draft**")
    assert post["raw"].startswith("**Confirmed**")


async def test_a_corrected_answer_whose_post_was_deleted_is_posted_again_and_a_withdrawn_one_is_not(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        post = await answered_topic(forum, ledger)
        await forum.remove(post)
        with ledger.transaction() as session:
            decide.correct(session, 1, replacement=mentor_answer("The text labels itself."), **by_mia())
        await forum.until(lambda: all_sent(ledger, 2))
        again = forum.ours()[1]
        assert "The text labels itself." in again["raw"]
        assert carried(ledger)[-1] == f"{again['topic_id']}/{again['id']}"
        await forum.remove(again)
        with ledger.transaction() as session:
            decide.withdraw(session, 1, **by_mia())
        await forum.until(lambda: [state for _, state, _ in deliveries(ledger)] == ["sent", "sent", "failed", "sent"])
    assert len(forum.ours()) == 4


async def test_a_corrected_answer_in_a_post_that_is_too_old_to_be_changed_comes_in_a_post_of_its_own(
    ledger: Ledger, tmp_path: Path
) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        await answered_topic(forum, ledger)
        # Discourse's PostsController#update, past post_edit_time_limit.
        forum.refuse("PUT", "/posts/[0-9]+.json", 422, "Sorry, you posted this too long ago to edit it.")
        with ledger.transaction() as session:
            decide.correct(session, 1, replacement=mentor_answer("The text labels itself."), **by_mia())
        await forum.until(lambda: all_sent(ledger, 2))
    assert "The text labels itself." in forum.ours()[1]["raw"]
    assert forum.ours()[2]["raw"].startswith(notices.CORRECTED)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"closed": True}, "the forum refuses it: You are not permitted"),
        ({"deleted_at": "2026-02-03T12:00:00.000Z"}, "could not be found"),
        ({"category_id": 99}, "the forum doesn't allow it: You are not permitted"),
    ],
)
async def test_in_a_topic_that_is_closed_deleted_or_private_a_delivery_is_given_up_and_the_ledger_says_why(
    ledger: Ledger, tmp_path: Path, change: Payload, why: str
) -> None:
    async with on_forum(OneAnswer(ledger, HANDED_OVER), tmp_path, webhooks=True) as forum:
        post = await answered_topic(forum, ledger)
        forum.hidden.add(99)
        forum.topics[post["topic_id"]].update(change)
        with ledger.transaction() as session:
            decide.answer(session, 1, text="Nobody does.", **by_mia())
        await forum.until(lambda: "failed" in [state for _, state, _ in deliveries(ledger)])
    assert why in deliveries(ledger)[0][2]
    assert len(forum.ours()) == 1


async def test_a_key_that_may_not_edit_costs_no_decision(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        post = await answered_topic(forum, ledger)
        forum.scopes.remove("PUT")
        with ledger.transaction() as session:
            decide.confirm(session, 1, **by_mia())
        await forum.until(
            lambda: any("Check ASKWELL_DISCOURSE_API_KEY, its user and its scopes" in error for _, _, error in deliveries(ledger))
        )
        forum.scopes.add("PUT")
        due_now(ledger)
        await forum.until(lambda: all_sent(ledger, 1))
    assert post["raw"].startswith("**Confirmed**")


@pytest.mark.parametrize(
    ("said", "first_line"),
    [
        ("confirm", "**Confirmed**: a mentor has read this answer and stands behind it"),
        ("Correct: The text labels itself.", "**Corrected**: a mentor has changed this answer"),
        ("withdraw: off topic", "**Withdrawn**: a mentor has withdrawn this answer, please do not rely on it"),
    ],
)
async def test_a_mentors_whisper_decides(ledger: Ledger, tmp_path: Path, said: str, first_line: str) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        post = await answered_topic(forum, ledger)
        whisper = await forum.write(post["topic_id"], "mia", said, to=2, post_type=4)
        await forum.until(lambda: post["raw"].startswith(first_line))
        # The same webhook again, and one of a decision that another has followed.
        await forum.tell("post_created", whisper | {"version": 2})
        with ledger.transaction() as session:
            decide.correct(session, 1, replacement=mentor_answer("Another text."), **by_mia())
        await forum.until(lambda: "Another text." in post["raw"])
        await forum.tell("post_edited", whisper | {"version": 3})
        last = await forum.open_topic("ada", "What is a token?", BODY)
        await forum.until(lambda: forum.ours(last["topic_id"]))
        assert "Another text." in post["raw"]


async def test_nobody_but_a_mentor_decides_and_what_cannot_be_done_is_said_in_a_whisper(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        post = await answered_topic(forum, ledger)
        topic = post["topic_id"]
        await forum.write(topic, "bob", "confirm", to=2, post_type=4)
        await forum.write(topic, "mia", "confirm", to=2)
        await forum.write(topic, "mia", "decline: not ours", to=2, post_type=4)
        await forum.until(lambda: len(forum.ours(topic)) == 2)
        refusal = forum.ours(topic)[1]
        assert post["raw"].startswith("**Draft**")
    assert refusal["post_type"] == 4
    assert refusal["raw"].startswith("Not done: question 1 has an answer, so it can't be declined")


async def test_a_decision_below_a_post_that_asked_nothing_of_us_reaches_nobody_else(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        post = await answered_topic(forum, ledger)
        topic = post["topic_id"]
        other = await forum.write(topic, "bob", "And who makes them in fine-tuning?")
        await forum.write(topic, "mia", "correct: People do, in fine-tuning.", to=other["post_number"], post_type=4)
        await forum.until(lambda: len(forum.ours(topic)) == 2)
        assert post["raw"].startswith("**Draft**")
        assert forum.ours(topic)[1]["raw"].startswith("Not done: nothing here or in that post was asked of me")
        assert deliveries(ledger) == []


async def test_a_post_in_the_review_category_decides_by_number_and_is_answered_there(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger, HANDED_OVER), tmp_path, webhooks=True, review_category="review") as forum:
        post = await answered_topic(forum, ledger)
        review = await forum.open_topic("mia", "Answers of this week", "answer 1: Nobody does.", category_id=REVIEW)
        await forum.until(lambda: len(forum.ours(review["topic_id"])) == 1)
        await forum.write(review["topic_id"], "mia", "confirm 99")
        await forum.until(lambda: len(forum.ours(review["topic_id"])) == 2)
        await forum.until(lambda: len(forum.ours(post["topic_id"])) == 2)
    done, refused = forum.ours(review["topic_id"])
    assert done["raw"].startswith("Done: answer, question 1")
    assert refused["raw"].startswith("Not done: there is no question 99")
    assert "Nobody does." in forum.ours(post["topic_id"])[1]["raw"]


async def test_a_like_a_solution_and_a_reply_say_whether_an_answer_helped(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        post = await answered_topic(forum, ledger)
        await forum.write(post["topic_id"], "ada", "Not quite: I wanted the loss.", to=2)
        await forum.until(lambda: feedback(ledger))
        assert feedback(ledger) == [("down", "Not quite: I wanted the loss.")]
        await forum.accept(post)
        await forum.until(lambda: [kind for kind, _ in feedback(ledger)] == ["up"])
        await forum.like(post, "bob")
        await forum.until(lambda: len(feedback(ledger)) == 2)
        await forum.write(post["topic_id"], "ada", "Ah, that helped, thanks!", to=2)
        other = await forum.open_topic("bob", "What is a token?", BODY)
        await forum.until(lambda: forum.ours(other["topic_id"]))
    # Thanks get no answer: that would be noise to all who watch the topic.
    assert len(forum.ours(post["topic_id"])) == 1
