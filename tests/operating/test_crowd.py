"""What the figures of a running bot are counted with: it sees each answer, a second one, and none."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.discord_stand_in.client import FakeService, in_discord
from tests.discord_stand_in.payloads import ME
from tests.operating.crowd import Crowd, questions
from tests.operating.database_server import children_of
from tests.operating.figures import Figure, once, page_of


async def test_each_answer_is_found_with_its_seconds_and_a_question_without_one_is_seen() -> None:
    async with in_discord(FakeService()) as discord:
        crowd = Crowd(discord)
        await crowd.ask_all(questions(3), 1000)
        answers = await crowd.all_answered(8)
        assert [len(each) for each in answers.values()] == [1, 1, 1]
        assert all(0 < each[0] < 8 for each in answers.values())
        lost = await discord.say(f"<@{ME}> And this one?", unheard=True)
        crowd.asked_at[lost["id"]] = 0.0
        assert once(crowd.answers()) == 3
        assert crowd.answers()[lost["id"]] == []


async def test_an_answer_of_two_messages_is_one_answer() -> None:
    async with in_discord(FakeService("The next token is the label. " * 300)) as discord:
        crowd = Crowd(discord)
        number = await crowd.ask("Who makes the labels?")
        await discord.wait_for("POST", f"/channels/{number}/messages", count=2, status=200)
        assert [len(each) for each in crowd.answers().values()] == [1]


async def test_a_question_that_is_answered_twice_is_not_answered_once() -> None:
    async with in_discord(FakeService()) as discord:
        crowd = Crowd(discord)
        number = await crowd.ask("Who makes the labels?")
        await crowd.all_answered(8)
        await discord.channels.write(number, {"content": "The next token is the label."})
        discord.requests += [one for one in discord.requests if one.path == f"/channels/{number}/messages"]
        assert (len(crowd.answers()[number]), once(crowd.answers())) == (2, 0)


def test_the_processes_that_a_server_has_started_are_found() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in children_of(os.getpid())
        assert os.getpid() not in children_of(os.getpid())


def test_the_page_has_every_figure_in_its_table() -> None:
    page = page_of([Figure("a start", "9 s", "10 s", "alone")], "2 cores")
    assert "| a start | 9 s | 10 s | alone |" in page.splitlines()
