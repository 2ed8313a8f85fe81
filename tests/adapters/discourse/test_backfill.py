"""Solved topics as drafts for mentors: with their link and author, each once, through limits and stops."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.discourse import ForumOptions, SeenTopics, backfill
from bot.ledger.database import Ledger
from bot.values import Status
from index.search.library import Library
from knowledge.errors import PlatformError
from knowledge.reading.base import read_knowledge
from tests.discord_stand_in.client import answered
from tests.discourse_stand_in import ForumStandIn
from tests.discourse_stand_in.forum_description import Payload
from tests.discourse_stand_in.forum_server import KEY, ME, OFF_TOPIC
from tests.discourse_stand_in.in_forum import OneAnswer, on_forum, problems
from tests.review.cards import library_of

WHO = "Who makes the labels in pretraining?"
BODY = "Is it people, or is it the text itself?"
ANSWER = (
    "Nobody does: the target is cut out of the text by a program, so that each next token is the label of those before it. "
    "That is why it is called self-supervised."
)


@pytest.fixture
def library(small: Path, tmp_path: Path) -> Library:
    return library_of(small, tmp_path / "home")


async def solved(forum: ForumStandIn, title: str = WHO, **more: Any) -> Payload:
    asked = await forum.open_topic("ada", title, f"{BODY} I mean: {title}", **more)
    forum.add_post(asked["topic_id"], ME, "**Draft**: The assistant's own answer, which is no source for a card.")
    answer = forum.add_post(asked["topic_id"], "mia", ANSWER, to=1)
    answer["accepted_answer"] = True
    forum.add_post(asked["topic_id"], "bob", "Is that so in vision too, what do you think about images?")
    return asked


async def imported(forum: ForumStandIn, library: Library, home: Path) -> tuple[str, list[str]]:
    said: list[str] = []
    options = ForumOptions(forum.url, KEY, ME)
    seen = SeenTopics(home / "discourse-imported.json", forum.url)
    done = await backfill(options, ("llm-course",), library, home / "drafts", seen, progress=said.append)
    return str(done), said


def drafts(home: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted((home / "drafts").glob("*.md"))]


async def test_a_solved_topic_becomes_a_draft_with_its_link_and_author_and_no_word_of_ours(library: Library, tmp_path: Path) -> None:
    async with ForumStandIn() as forum:
        topic = (await solved(forum))["topic_id"]
        await solved(forum, category_id=OFF_TOPIC)
        await forum.open_topic("ada", "What is a token?", BODY)
        done, said = await imported(forum, library, tmp_path)
        assert problems(forum) == []
    assert done == "1 solved topics: 1 new drafts; 0 imported before, 0 without an answer to use"
    assert said == ["llm-course: 1 solved topics", f"1 of 1: topic {topic}, 1 drafts"]
    (draft,) = drafts(tmp_path)
    assert f"    url: {forum.url}/t/{topic}\n" in draft
    assert f"# Read it there: {forum.url}/t/{topic}. The accepted answer is by @mia:" in draft
    assert ANSWER in draft
    assert "assistant's own answer" not in draft
    assert "in vision too" not in draft


async def test_a_draft_that_was_finished_keeps_its_page_as_a_source(library: Library, tmp_path: Path) -> None:
    async with ForumStandIn() as forum:
        await solved(forum)
        await imported(forum, library, tmp_path)
    (path,) = (tmp_path / "drafts").glob("*.md")
    folder = tmp_path / "finished" / "cards" / "one"
    folder.mkdir(parents=True)
    (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    _, found = read_knowledge(tmp_path / "finished")
    assert not [problem for problem in found if "sources" in str(problem)]


async def test_an_interrupted_import_goes_on_where_it_was_and_a_second_one_writes_nothing(library: Library, tmp_path: Path) -> None:
    async with ForumStandIn() as forum:
        topics = [(await solved(forum, f"{WHO} Part {number}"))["topic_id"] for number in range(35)]
        forum.refuse("GET", f"/t/{topics[20]}.json", 502, "Bad gateway", times=1)
        with pytest.raises(PlatformError, match="Bad gateway"):
            await imported(forum, library, tmp_path)
        before = len(drafts(tmp_path))
        calls = len(forum.calls("GET", "/t/[0-9]+.json"))
        done, _ = await imported(forum, library, tmp_path)
        assert len(forum.calls("GET", "/t/[0-9]+.json")) - calls == 35 - before
        again, said = await imported(forum, library, tmp_path)
        assert problems(forum) == []
    assert 0 < before < 35
    assert len(drafts(tmp_path)) == 35
    assert f"{before} imported before" in done
    assert again == "35 solved topics: 0 new drafts; 35 imported before, 0 without an answer to use"
    assert said == ["llm-course: 35 solved topics"]


async def test_limits_are_waited_for_and_a_topic_that_is_gone_or_private_is_named_and_left_out(library: Library, tmp_path: Path) -> None:
    async with ForumStandIn() as forum:
        gone, kept = [(await solved(forum, f"{WHO} Part {number}"))["topic_id"] for number in range(2)]
        forum.refuse("GET", f"/t/{gone}.json", 403, "You are not permitted to view the requested resource.")
        limit = {"Retry_After": "0", "Discourse_Rate_Limit_Error_Code": "user_60_secs_limit"}
        forum.refuse("GET", f"/t/{kept}.json", 429, "Slow down", times=3, **limit)
        done, said = await imported(forum, library, tmp_path)
    assert done == "2 solved topics: 1 new drafts; 0 imported before, 1 without an answer to use"
    assert any("is left out: the forum doesn't allow it" in line for line in said)


async def test_an_accepted_answer_and_a_reply_of_the_staff_to_a_question_that_waits_are_offered_as_drafts(
    library: Library, ledger: Ledger, tmp_path: Path
) -> None:
    waiting = answered("A mentor has been asked.", None, status=Status.HANDED_OVER, cited=())
    service = OneAnswer(ledger, waiting)
    service.library = library
    async with on_forum(service, tmp_path, webhooks=True, drafts=tmp_path / "drafts") as forum:
        asked = await forum.open_topic("ada", WHO, BODY)
        await forum.until(lambda: forum.ours(asked["topic_id"]))
        await forum.write(asked["topic_id"], "mia", "I'll look.", to=1)
        await forum.write(asked["topic_id"], "mia", ANSWER, to=1)
        await forum.until(lambda: len(drafts(tmp_path)) == 1)
        other = await forum.open_topic("ada", "Which loss is it, cross-entropy?", BODY)
        answer = await forum.write(other["topic_id"], "bob", f"{ANSWER} Its loss is cross-entropy.", to=1)
        await forum.accept(answer)
        await forum.until(lambda: len(drafts(tmp_path)) == 2)
        await asyncio.sleep(0)
    assert any("The accepted answer is by @mia" in draft for draft in drafts(tmp_path))
    assert any("The accepted answer is by @bob" in draft for draft in drafts(tmp_path))
