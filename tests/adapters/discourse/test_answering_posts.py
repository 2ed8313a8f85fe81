"""Posts on the forum and their answers: who is answered when, once, and what an outage costs."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.discourse import ForumOptions, check_options, run_forum
from bot.adapters.discourse.api.forum import open_forum
from bot.adapters.discourse.api.topics import ForumCategory
from bot.ledger.database import Ledger
from bot.record import Incoming
from bot.review.outbox.unsent_answers import queue_unsent_answers
from bot.values import Answer, Composer
from bot.wording.worded import Worded
from knowledge.errors import LedgerUnavailable, PlatformError, TurnedAway, UsageError
from tests.discourse_stand_in import ForumStandIn
from tests.discourse_stand_in.forum_server import INVALID_KEY, KEY, ME, OFF_TOPIC, Order
from tests.discourse_stand_in.in_forum import TEXT, OneAnswer, carried, deliveries, due_now, on_forum, questions

WHO = "Who makes the labels?"
BODY = "In pretraining, I mean. Is it people or is it the text itself?"


@pytest.mark.parametrize("webhooks", [True, False])
async def test_a_new_topic_of_the_course_is_answered_below_its_question_and_one_elsewhere_is_not(
    ledger: Ledger, tmp_path: Path, webhooks: bool
) -> None:
    service = OneAnswer(ledger)
    async with on_forum(service, tmp_path, webhooks=webhooks) as forum:
        await forum.open_topic("bob", "Which bicycle do you ride?", "Mine is red.", category_id=OFF_TOPIC)
        asked = await forum.open_topic("ada", WHO, BODY)
        await forum.until(lambda: any(carried(ledger)))
    (answer,) = forum.ours()
    assert answer["topic_id"] == asked["topic_id"]
    assert answer["reply_to_post_number"] == 1
    assert TEXT in answer["raw"]
    assert service.read == [(f"{WHO}\n\n{BODY}",)]
    assert carried(ledger) == [f"{asked['topic_id']}/{answer['id']}"]
    (kept,) = questions(ledger)
    assert (kept.platform, kept.message_id) == ("discourse", str(asked["id"]))


async def test_a_topic_with_a_listed_tag_is_answered_in_any_category(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True, categories=(), tags=("llm",)) as forum:
        await forum.open_topic("bob", "Which bicycle?", "Mine is red.", category_id=OFF_TOPIC, tags=["bicycles"])
        asked = await forum.open_topic("ada", WHO, BODY, category_id=OFF_TOPIC, tags=[{"id": 3, "name": "llm", "slug": "llm"}])
        await forum.until(lambda: any(carried(ledger)))
    assert [each["topic_id"] for each in forum.ours()] == [asked["topic_id"]]


async def test_people_come_first_and_after_the_wait_a_topic_where_one_has_answered_is_left_alone_until_it_asks_by_name(
    ledger: Ledger, tmp_path: Path
) -> None:
    service = OneAnswer(ledger)
    async with on_forum(service, tmp_path, webhooks=True, wait_min=0.02) as forum:
        asked = await forum.open_topic("ada", WHO, BODY)
        await forum.write(asked["topic_id"], "bob", "The text itself does.", to=1)
        other = await forum.open_topic("ada", "What is a token?", "I read it in week 1.")
        await forum.until(lambda: forum.ours(other["topic_id"]))
        assert forum.ours(asked["topic_id"]) == []
        named = await forum.write(asked["topic_id"], "ada", f"@{ME} is that right, the text itself?")
        await forum.until(lambda: forum.ours(asked["topic_id"]))
        await forum.until(lambda: len([each for each in carried(ledger) if each]) == 2)
    (answer,) = forum.ours(asked["topic_id"])
    assert answer["reply_to_post_number"] == named["post_number"]
    assert service.read[-1] == (f"{WHO}\n\n{BODY}", "is that right, the text itself?")


async def test_what_its_asker_adds_before_anybody_answers_belongs_to_the_question(ledger: Ledger, tmp_path: Path) -> None:
    service = OneAnswer(ledger)
    async with on_forum(service, tmp_path, webhooks=True, wait_min=0.01) as forum:
        asked = await forum.open_topic("ada", WHO, BODY)
        await forum.write(asked["topic_id"], "ada", "And in fine-tuning?")
        await forum.until(lambda: any(carried(ledger)))
    assert service.read[0] == (f"{WHO}\n\n{BODY}\n\nAnd in fine-tuning?",)
    assert len(forum.ours()) == 1


async def test_a_follow_up_is_answered_in_its_conversation_unless_it_answers_somebody_else(ledger: Ledger, tmp_path: Path) -> None:
    service = OneAnswer(ledger)
    async with on_forum(service, tmp_path, webhooks=True) as forum:
        asked = await forum.open_topic("ada", WHO, BODY)
        topic = asked["topic_id"]
        await forum.until(lambda: len(forum.ours(topic)) == 1)
        await forum.write(topic, "ada", "Honestly, I still think that both are supervised.")
        await forum.until(lambda: len(forum.ours(topic)) == 2)
        await forum.write(topic, "bob", "I think so too.")
        await forum.write(topic, "ada", "Do you have a source, bob?", to=5)
        last = await forum.write(topic, "bob", f"No. @{ME.upper()} who is right about the labels?")
        await forum.until(lambda: len(forum.ours(topic)) == 3)
    assert service.read[1] == (f"{WHO}\n\n{BODY}", "Honestly, I still think that both are supervised.")
    assert [each["reply_to_post_number"] for each in forum.ours(topic)] == [1, 3, last["post_number"]]


async def test_a_name_in_a_quote_or_in_code_asks_nothing_and_a_bare_name_asks_what_it_points_at(ledger: Ledger, tmp_path: Path) -> None:
    service = OneAnswer(ledger)
    async with on_forum(service, tmp_path, webhooks=True) as forum:
        asked = await forum.open_topic("bob", "What does the decoder see?", "The whole sentence?", category_id=OFF_TOPIC)
        topic = asked["topic_id"]
        await forum.write(topic, "mia", f'[quote="ada, post:1, topic:9"]\n@{ME} help\n[/quote]\nShe wrote `@{ME}`.')
        await forum.write(topic, "ada", f"@{ME}?", to=1)
        await forum.until(lambda: forum.ours(topic))
    assert [each["reply_to_post_number"] for each in forum.ours(topic)] == [3]
    assert service.read == [("What does the decoder see?\n\nThe whole sentence?\n\n?",)]


async def test_a_whisper_of_the_staff_and_a_removed_post_are_never_part_of_a_question(ledger: Ledger, tmp_path: Path) -> None:
    service = OneAnswer(ledger)
    async with on_forum(service, tmp_path, webhooks=True) as forum:
        topic = (await forum.open_topic("bob", "Which bicycle?", "Mine is red.", category_id=OFF_TOPIC))["topic_id"]
        whisper = await forum.write(topic, "mia", "Bob failed his exam, keep an eye on him.", post_type=4)
        hidden = await forum.write(topic, "bob", "Something rude.")
        hidden["hidden"] = True
        await forum.write(topic, "mia", f"@{ME} who makes the labels in pretraining?")
        await forum.write(topic, "mia", f"@{ME}?", to=whisper["post_number"])
        await forum.write(topic, "ada", f"@{ME}?", to=hidden["post_number"])
        await forum.until(lambda: len(forum.ours(topic)) == 3)
    read = [turn for turns in service.read for turn in turns]
    assert len(service.read) == 3
    assert not any("exam" in turn or "rude" in turn for turn in read)


async def test_the_key_is_not_sent_to_where_the_forum_redirects_but_a_page_of_its_own_is_followed(ledger: Ledger, tmp_path: Path) -> None:
    async with ForumStandIn() as forum, ForumStandIn() as other:
        forum.refuse("GET", "/u/.*", 301, Location=f"{other.url}/u/{ME}.json")
        with pytest.raises(TurnedAway, match=r"redirects GET .* put its present address into ASKWELL_DISCOURSE_URL"):
            await refused(forum, ledger, tmp_path, {})
        assert other.exchanged == []
        forum.refuse("POST", "/posts.json", 308, Location="/posts.json")
        forum.refuse("GET", "/c/llm-course/5.json", 301, times=1, Location="/c/llm-course/5.json?page=0")
        async with open_forum(forum.url, KEY, ME) as client:
            assert await client.solved_topics(ForumCategory(id=5, slug="llm-course"), 0) == ([], False)
            with pytest.raises(TurnedAway, match="redirects POST"):
                await client.create(1, "An answer.")
            forum.refuse("GET", "/site.json", 302, Location="/site.json")
            with pytest.raises(PlatformError, match="in a circle"):
                await client.categories()


async def test_a_proxy_that_turns_calls_away_for_a_while_costs_no_question(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        forum.orders += [Order("GET", "/t/.*", 1, status, "<html>Blocked</html>") for status in (403, 404)]
        asked = await forum.open_topic("ada", WHO, BODY)
        await forum.until(lambda: forum.ours(asked["topic_id"]))


async def test_announcements_thanks_and_topics_that_are_closed_by_then_are_left_alone(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True, wait_min=0.01) as forum:
        await forum.open_topic("mia", "Week 3 is open", "Have a look at the notebooks.")
        await forum.open_topic("system", "Welcome", "This is a forum.")
        await forum.open_topic("bob", "Hello", "Thanks everyone!")
        closed = await forum.open_topic("bob", "What is a logit?", "Is it a probability?")
        forum.topics[closed["topic_id"]]["closed"] = True
        gone = await forum.open_topic("bob", "What is a token?", "Is it a word?")
        await forum.remove(gone)
        asked = await forum.open_topic("ada", WHO, BODY)
        await forum.until(lambda: forum.ours(asked["topic_id"]))
    assert len(forum.ours()) == 1
    assert len(questions(ledger)) == 1


async def test_a_removed_question_that_is_restored_is_answered_and_one_edited_to_name_us_too(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True, wait_min=0.005) as forum:
        asked = await forum.open_topic("ada", WHO, BODY)
        await forum.remove(asked)
        await forum.recover(asked)
        other = await forum.open_topic("bob", "Which optimizer?", "For my thesis.", category_id=OFF_TOPIC)
        await forum.change(other, f"For my thesis. @{ME} what is AdamW?")
        await forum.until(lambda: len([each for each in carried(ledger) if each]) == 2)
    assert {each["topic_id"] for each in forum.ours()} == {asked["topic_id"], other["topic_id"]}


async def test_webhooks_that_come_again_come_late_or_are_forged_answer_nothing_twice(
    ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        asked = await forum.open_topic("ada", WHO, BODY)
        await forum.until(lambda: any(carried(ledger)))
        assert await forum.tell("post_created", asked) == 200
        assert await forum.tell("post_created", asked | {"version": 9}) == 200
        forged = await forum.open_topic("bob", "What is a token?", f"@{ME} is it a word?", tells=False, category_id=OFF_TOPIC)
        assert await forum.tell("post_created", forged, secret="another") == 403
        assert await forum.tell("post_created", {"id": "no post"}) == 200
        assert await forum.tell("topic_created", {"id": 7}, kind="topic") == 200
        last = await forum.open_topic("ada", "What is a logit?", BODY)
        await forum.until(lambda: forum.ours(last["topic_id"]))
    assert len(forum.ours(asked["topic_id"])) == 1
    assert forum.ours(forged["topic_id"]) == []
    assert "wrong signature" in caplog.text


async def test_forty_topics_that_come_while_it_is_down_are_each_answered_once(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path) as forum:
        before = await forum.open_topic("ada", WHO, BODY)
        await forum.until(lambda: forum.ours(before["topic_id"]))
        await forum.until(lambda: any(carried(ledger)))
    assert (tmp_path / "discourse-seen.json").exists()
    async with ForumStandIn() as later:
        later.topics, later.posts, later.ids = forum.topics, forum.posts, forum.ids
        # The address is another only because the stand-in was started again.
        seen = tmp_path / "discourse-seen.json"
        seen.write_text(seen.read_text().replace(forum.url, later.url))
        missed = [await later.open_topic("ada", f"Question {number}: {WHO}", BODY) for number in range(40)]
        for number in range(70):
            later.add_post(missed[0]["topic_id"], "ada", f"A thought, number {number}.")
        async with on_forum(OneAnswer(ledger), tmp_path, later):
            await later.until(lambda: len(later.ours()) == 41)
            await later.until(lambda: all(carried(ledger)))
    assert sorted({each["topic_id"] for each in later.ours()}) == sorted(each["topic_id"] for each in [before, *missed])
    assert len(later.ours()) == 41


async def test_a_topic_that_waits_is_answered_after_a_restart(ledger: Ledger, tmp_path: Path) -> None:
    async with ForumStandIn() as forum:
        async with on_forum(OneAnswer(ledger), tmp_path, forum, wait_min=60):
            waiting = await forum.open_topic("ada", WHO, BODY)
            calls = len(forum.calls("GET", "/posts.json"))
            await forum.until(lambda: len(forum.calls("GET", "/posts.json")) > calls + 2)
        assert forum.ours() == []
        async with on_forum(OneAnswer(ledger), tmp_path, forum):
            await forum.until(lambda: forum.ours(waiting["topic_id"]))


async def test_what_was_there_before_the_first_start_is_not_answered(ledger: Ledger, tmp_path: Path) -> None:
    async with ForumStandIn() as forum:
        old = await forum.open_topic("ada", WHO, BODY)
        async with on_forum(OneAnswer(ledger), tmp_path, forum):
            new = await forum.open_topic("ada", "What is a token?", BODY)
            await forum.until(lambda: forum.ours(new["topic_id"]))
    assert forum.ours(old["topic_id"]) == []


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_the_forum_cannot_take_now_is_posted_once_it_can(ledger: Ledger, tmp_path: Path, status: int) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        forum.refuse(
            "POST", "/posts.json", status, "The site is in read only mode.", times=1, **({"Retry_After": "0"} if status == 429 else {})
        )
        await forum.open_topic("ada", WHO, BODY)
        await forum.until(lambda: forum.calls("POST", "/posts.json"))
        if status != 429:
            await forum.until(lambda: carried(ledger) == [None])
            recovered(ledger)
        await forum.until(lambda: all(carried(ledger)) and forum.ours())
    assert len(forum.ours()) == 1


async def test_a_limit_on_all_calls_holds_the_others_back_and_a_long_one_fails_at_once(
    ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        limit = {"Retry_After": "300", "Discourse_Rate_Limit_Error_Code": "ip_60_secs_limit"}
        forum.refuse("GET", "/t/[0-9]+.json", 429, "Slow down", times=1, **limit)
        await forum.open_topic("ada", WHO, BODY)
        await forum.until(lambda: "is looked at again" in caplog.text)
        assert "ip_60_secs_limit" in caplog.text
        calls = len(forum.exchanged)
        await forum.open_topic("bob", "What is a token?", BODY)
        await forum.until(lambda: caplog.text.count("is looked at again") >= 2)
    assert len(forum.exchanged) == calls


async def test_an_answer_whose_call_was_cut_off_is_found_again_and_not_posted_twice(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        forum.cut("POST", "/posts.json")
        asked = await forum.open_topic("ada", WHO, BODY)
        await forum.until(lambda: carried(ledger) == [None] and forum.ours())
        # Longer ago than Discourse remembers a call.
        forum.memo.clear()
        recovered(ledger)
        await forum.until(lambda: all(carried(ledger)))
    (answer,) = forum.ours()
    assert carried(ledger) == [f"{asked['topic_id']}/{answer['id']}"]
    assert deliveries(ledger) == [("post", "sent", "")]


async def test_an_answer_that_a_killed_process_posted_without_noting_it_is_not_posted_by_the_next(ledger: Ledger, tmp_path: Path) -> None:
    class Killed(OneAnswer):
        def sent(self, *about: Any) -> None:
            """Be killed after posting, before noting it."""

    async with ForumStandIn() as forum:
        async with on_forum(Killed(ledger), tmp_path, forum):
            asked = await forum.open_topic("ada", WHO, BODY)
            await forum.until(lambda: forum.ours() and carried(ledger) == [None])
        forum.memo.clear()
        async with on_forum(OneAnswer(ledger), tmp_path, forum):
            recovered(ledger)
            await forum.until(lambda: all(carried(ledger)))
    assert [each["topic_id"] for each in forum.ours()] == [asked["topic_id"]]


async def test_a_models_answer_that_passed_takes_the_place_of_the_cards_words_in_the_same_post(ledger: Ledger, tmp_path: Path) -> None:
    class WithModel(OneAnswer):
        @property
        def improves(self) -> bool:
            return True

        def improve(self, curated: Answer) -> Answer | None:
            better = curated.model_copy(update={"answer": "Nobody does [1].", "composer": Composer.MODEL, "model": "a model"})
            assert self.record is not None
            return better if self.record.keep_worded(Worded(better, passed=True), index_name="index-1") else None

    async with on_forum(WithModel(ledger), tmp_path, webhooks=True) as forum:
        await forum.open_topic("ada", WHO, BODY)
        await forum.until(lambda: deliveries(ledger) == [("edit", "owed", "")])
        assert TEXT in forum.ours()[0]["raw"]
        due_now(ledger)
        await forum.until(lambda: deliveries(ledger) == [("edit", "sent", "")])
    (post,) = forum.ours()
    assert post["raw"].startswith("**Draft**: worded by a language model from the mentors' cards")
    assert "Nobody does [1]." in post["raw"]


async def test_in_a_topic_of_seven_hundred_posts_the_newest_question_is_answered(ledger: Ledger, tmp_path: Path) -> None:
    service = OneAnswer(ledger)
    async with on_forum(service, tmp_path, webhooks=True) as forum:
        asked = await forum.open_topic("mia", "Introduce yourselves", "Hello all.", category_id=OFF_TOPIC)
        for number in range(698):
            forum.add_post(asked["topic_id"], "bob" if number % 2 else "ada", f"Hello, number {number}.")
        last = await forum.write(asked["topic_id"], "ada", f"@{ME} {WHO}")
        await forum.until(forum.ours)
    assert last["post_number"] == 700
    assert [each["reply_to_post_number"] for each in forum.ours()] == [700]
    assert service.read[0][-1] == WHO


async def test_a_post_in_five_languages_is_read_whole_and_its_letters_come_back_in_the_quote(ledger: Ledger, tmp_path: Path) -> None:
    asked = "Wer macht die Labels? ¿Quién las hace? Qui les fait ? 谁来标注? लेबल कौन बनाता है?"
    service = OneAnswer(ledger)
    async with on_forum(service, tmp_path, webhooks=True) as forum:
        await forum.open_topic("ada", "Labels, étiquettes, 标签", asked)
        await forum.until(lambda: any(carried(ledger)))
    assert service.read == [(f"Labels, étiquettes, 标签\n\n{asked}",)]
    assert asked in forum.ours()[0]["raw"]


async def test_a_topic_that_became_private_is_left_alone(ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        forum.topics[1] = {"id": 1, "title": "x", "category_id": 99, "deleted_at": None, "closed": False, "archived": False, "tags": []}
        forum.hidden.add(99)
        await forum.write(1, "ada", f"@{ME} {WHO}")
        await forum.until(lambda: "is left alone" in caplog.text)
    assert questions(ledger) == []


async def test_a_key_that_is_suspended_costs_no_question(ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path) as forum:
        forum.refuse("GET", ".*", 403, INVALID_KEY)
        asked = await forum.open_topic("ada", WHO, BODY)
        await forum.until(lambda: "refuses the API key" in caplog.text)
        forum.orders.clear()
        await forum.until(lambda: forum.ours(asked["topic_id"]))
    assert len(forum.ours()) == 1


async def test_replies_between_others_cost_the_forum_no_call(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path, webhooks=True) as forum:
        other = await forum.open_topic("bob", "Which bicycle?", "Mine is red.", category_id=OFF_TOPIC)
        for number in range(5):
            await forum.write(other["topic_id"], "ada", f"Mine has {number} wheels.")
        asked = await forum.open_topic("ada", WHO, BODY)
        await forum.until(lambda: forum.ours(asked["topic_id"]))
    assert forum.calls("GET", f"/t/{other['topic_id']}.json") == []


async def test_while_the_ledger_is_away_a_post_waits_and_one_that_causes_a_fault_keeps_no_other_waiting(
    ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Troubled(OneAnswer):
        away = 3

        def ask(self, incoming: Incoming) -> Answer | None:
            if "fault" in incoming.text:
                raise ValueError("a fault of ours")
            if self.away:
                self.away -= 1
                raise LedgerUnavailable("the ledger is locked")
            return super().ask(incoming)

    async with on_forum(Troubled(ledger), tmp_path, webhooks=True) as forum:
        await forum.open_topic("bob", "What is a fault?", BODY)
        asked = await forum.open_topic("ada", WHO, BODY)
        await forum.until(lambda: forum.ours(asked["topic_id"]))
    assert caplog.text.count("the ledger is locked") == 3
    assert "a fault of ours" in caplog.text
    assert len(forum.ours()) == 1


async def test_two_processes_on_one_ledger_answer_each_topic_once(ledger: Ledger, tmp_path: Path) -> None:
    async with on_forum(OneAnswer(ledger), tmp_path / "one") as forum, on_forum(OneAnswer(ledger), tmp_path / "two", forum):
        topics = [(await forum.open_topic("ada", f"{WHO} Part {number}", BODY))["topic_id"] for number in range(8)]
        await forum.until(lambda: len(carried(ledger)) == 8 and all(carried(ledger)))
        calls = len(forum.calls("GET", "/posts.json"))
        await forum.until(lambda: len(forum.calls("GET", "/posts.json")) > calls + 6)
    assert sorted(each["topic_id"] for each in forum.ours()) == topics


async def test_a_wrong_key_user_or_category_is_one_clear_line(ledger: Ledger, tmp_path: Path) -> None:
    for wrong, error, words in (
        ({"key": "wrong"}, TurnedAway, "refuses the API key"),
        ({"username": "nobody"}, TurnedAway, "refuses the API key"),
        ({"categories": ("nowhere",)}, TurnedAway, "no category 'nowhere'"),
        ({"url": "forum.example.org"}, UsageError, "ASKWELL_DISCOURSE_URL is an address"),
        ({"webhook_address": "9465"}, UsageError, "ASKWELL_DISCOURSE_WEBHOOK_ADDRESS is HOST:PORT"),
    ):
        async with ForumStandIn() as forum:
            with pytest.raises(error, match=words):
                await refused(forum, ledger, tmp_path, wrong)


async def refused(forum: ForumStandIn, ledger: Ledger, home: Path, wrong: dict[str, Any]) -> None:
    given: dict[str, Any] = {"url": forum.url, "key": KEY, "username": ME} | wrong
    await run_forum(OneAnswer(ledger), check_options(ForumOptions(**given)), home=home)


def recovered(ledger: Ledger) -> None:
    """Queue what was not sent, as a process does two minutes later."""
    with ledger.transaction() as session:
        queue_unsent_answers(session, older_than=dt.timedelta(), now=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1))
