"""Questions asked while the bot is away: after a kill, a stop, or a session that Discord ended."""

from __future__ import annotations

import asyncio
import signal
import sys
import textwrap
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.ledger.database import Ledger
from bot.record import Incoming
from bot.settings import PROJECT
from bot.values import Answer
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import QUICK, FakeService, in_discord, problems
from tests.discord_stand_in.components import as_read
from tests.discord_stand_in.payloads import GENERAL, HISTORY, ME, ROOM, USUAL_RIGHTS
from tests.discord_stand_in.rest import TOKEN
from tests.discord_stand_in.transcript import Transcript

MESSAGES = "/channels/[0-9]+/messages"
ANSWER = "Pretraining is self-supervised: each next token of the text is the target."
# The bot with its recovery, which every process has; here it takes what is seconds old for left behind, not minutes.
PROGRAM = """
    import asyncio, datetime as dt, sys, threading, time
    from pathlib import Path
    from bot.adapters.discord import Choices, run
    from bot.background.recovery import recover
    from bot.ledger.database import Ledger
    from tests.adapters.discord.test_mentors_loop import Canned
    from tests.discord_stand_in.client import QUICK, answered

    token, api_url, gateway_url, folder, answer = sys.argv[1:]
    home = Path(folder)
    service = Canned(Ledger(f"sqlite:///{home}/ledger.sqlite3"), answered(answer, None))

    def keep_recovering():
        while True:
            recover(service, knowledge=home / "knowledge", home=home, older_than=dt.timedelta(seconds=5))
            time.sleep(1)

    threading.Thread(target=keep_recovering, daemon=True).start()
    choices = Choices(seen_file=home / "discord.seen")
    asyncio.run(run(service, token=token, api_url=api_url, gateway_url=gateway_url, choices=choices, timing=QUICK))
"""


async def begin(discord: StandIn, folder: Path) -> asyncio.subprocess.Process:
    """Begin the bot as a process of its own, with its ledger in a folder."""
    told = [TOKEN, discord.api_url, discord.gateway.url, str(folder), ANSWER]
    return await asyncio.create_subprocess_exec(sys.executable, "-c", textwrap.dedent(PROGRAM), *told, cwd=PROJECT)


def continued(before: StandIn, **options: Any) -> StandIn:
    """Return a stand-in with the messages and threads of another."""
    after = StandIn(**options)
    after.channels.threads |= before.threads
    after.channels.messages |= before.messages
    for channel, last in before.channels.channels.items():
        after.channels.channels[channel]["last_message_id"] = last["last_message_id"]
    return after


def heard(service: FakeService) -> list[str]:
    """Return the questions that the service was asked; it answers each message once, as the ledger makes it do."""
    return list(dict.fromkeys(one.text for one in service.incoming))


async def test_what_is_asked_after_a_stop_is_answered_at_the_next_start_once_each(tmp_path: Path) -> None:
    service, seen = FakeService(), tmp_path / "home" / "discord.seen"
    async with in_discord(service, seen_file=seen) as first:
        asked = await first.say(f"<@{ME}> Is pretraining supervised?")
        await first.wait_for("POST", MESSAGES)
        await first.until(lambda: len(service.refs) == 1)
    await first.say(f"<@{ME}> And MLM?")
    await first.say("Who is here?", names_us=False)
    await first.say(f"<@{ME}> And CLM?", channel=ROOM)
    await first.say(f"<@{ME}> And why?", channel=asked["id"])
    after = continued(first)
    async with in_discord(service, after, seen_file=seen):
        await after.wait_for("POST", MESSAGES, count=3)
        await after.say(f"<@{ME}> And now?")
        await after.wait_for("POST", MESSAGES, count=4)
    assert heard(service) == ["Is pretraining supervised?", "And MLM?", "And CLM?", "And why?", "And now?"]
    again = continued(after)
    async with in_discord(service, again, seen_file=seen):
        await again.say(f"<@{ME}> And in the end?")
        await again.wait_for("POST", MESSAGES)
    assert len(heard(service)) == 6
    assert [len(each.recorded("POST", MESSAGES)) for each in (first, after, again)] == [1, 4, 1]


async def test_what_is_asked_while_a_session_is_lost_is_answered_after_the_new_one() -> None:
    service, told = FakeService(), list[str]()
    async with in_discord(service, ready=lambda: told.append("ready")) as discord:
        await discord.until(lambda: bool(told))
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.until(lambda: len(service.refs) == 1)
        for number in range(3):
            missed = await discord.say(f"<@{ME}> Question {number}?", unheard=True)
        assert discord.channels.channels[GENERAL]["last_message_id"] == missed["id"]
        await discord.gateway.invalidate()
        await discord.wait_for("POST", MESSAGES, count=4)
    assert heard(service) == ["Is pretraining supervised?", "Question 0?", "Question 1?", "Question 2?"]
    assert len(discord.gateway.identified) == 2
    assert len(discord.recorded("POST", MESSAGES)) == 4


async def test_after_a_fault_in_the_looking_back_the_next_session_looks_again_and_the_mark_goes_on(tmp_path: Path) -> None:
    class Faulty(FakeService):
        failed = False

        def ask(self, incoming: Incoming) -> Answer | None:
            if incoming.text == "Question 0?" and not self.failed:
                self.failed = True
                raise RuntimeError("a fault of ours")
            return super().ask(incoming)

    service, told, seen = Faulty(), list[str](), tmp_path / "discord.seen"
    async with in_discord(service, seen_file=seen, ready=lambda: told.append("ready")) as discord:
        await discord.until(lambda: bool(told))
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.until(lambda: len(service.refs) == 1)
        for number in range(2):
            await discord.say(f"<@{ME}> Question {number}?", unheard=True)
        await discord.gateway.invalidate()
        await discord.until(lambda: service.failed)
        await discord.gateway.invalidate()
        await discord.until(lambda: len(service.refs) == 3)
        last = await discord.say(f"<@{ME}> And now?")
        await discord.until(lambda: len(service.refs) == 4)
    assert heard(service) == ["Is pretraining supervised?", "Question 0?", "Question 1?", "And now?"]
    assert int(seen.read_text("ascii")) >= int(last["id"])


@pytest.mark.parametrize(("hours", "rights"), [(0.0, USUAL_RIGHTS), (24.0, USUAL_RIGHTS & ~HISTORY)])
async def test_nothing_is_looked_for_where_it_is_not_wanted_or_history_may_not_be_read(
    hours: float, rights: int, caplog: pytest.LogCaptureFixture
) -> None:
    service, told = FakeService(), list[str]()
    async with in_discord(service, StandIn(rights=rights), look_back_hours=hours, ready=lambda: told.append("ready")) as discord:
        await discord.until(lambda: bool(told))
        await discord.say(f"<@{ME}> Question?", unheard=True)
        await discord.gateway.invalidate()
        await discord.until(lambda: len(discord.gateway.identified) == 2)
        await discord.say(f"<@{ME}> And MLM?")
        await discord.wait_for("POST", MESSAGES)
    assert heard(service) == ["And MLM?"]
    assert ("lacks Read Message History" in caplog.text) == (hours > 0)


async def test_the_first_start_of_all_answers_nothing_from_before(tmp_path: Path) -> None:
    service, discord = FakeService(), StandIn()
    await discord.say(f"<@{ME}> Is pretraining supervised?")
    async with in_discord(service, continued(discord), seen_file=tmp_path / "discord.seen") as begun:
        await begun.say(f"<@{ME}> And MLM?")
        await begun.wait_for("POST", MESSAGES)
    assert heard(service) == ["And MLM?"]


@pytest.mark.slow
async def test_of_forty_questions_asked_around_a_kill_none_is_lost_and_none_answered_twice(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.sqlite3")
    ledger.upgrade()
    ledger.close()

    async def started(discord: StandIn) -> asyncio.subprocess.Process:
        bot = await begin(discord, tmp_path)
        async with asyncio.timeout(60):
            while not any(event == "GUILD_CREATE" for event, _ in discord.gateway.history):
                await asyncio.sleep(0.05)
        return bot

    async def kill(bot: asyncio.subprocess.Process) -> None:
        bot.send_signal(signal.SIGKILL)
        await bot.wait()

    async with StandIn() as first:
        bot = await started(first)
        # Behind this one the mark is written down.
        await first.say(f"<@{ME}> Before all?")
        async with asyncio.timeout(60):
            while not (tmp_path / "discord.seen").exists():
                await asyncio.sleep(0.05)
        for number in range(20):
            await first.say(f"<@{ME}> Question {number}?")
        await first.until(lambda: len(first.recorded("POST", MESSAGES, status=200)) >= 6)
        await kill(bot)
        for number in range(20, 40):
            await first.say(f"<@{ME}> Question {number}?")
    second = continued(first)
    second.channels.nonces |= first.channels.nonces
    async with second:
        bot = await started(second)
        questions = {one["id"] for one in second.messages.values() if as_read(one).startswith(f"<@{ME}>")}
        async with asyncio.timeout(90):
            while questions - {one["channel_id"] for one in second.messages.values() if one["author"]["id"] == ME}:
                await asyncio.sleep(0.1)
        await kill(bot)
    answers = Counter(one["channel_id"] for one in second.messages.values() if one["author"]["id"] == ME)
    assert len(questions) == 41
    assert answers == Counter(questions)
    assert problems(second) == []
    shown = Transcript("Forty questions around a kill")
    shown.note("The bot's process is killed while twenty questions are on their way. Twenty more are asked before it's started again.")
    for text in ("Question 0?", "Question 19?", "Question 20?", "Question 39?"):
        (asked,) = [one for one in second.messages.values() if as_read(one) == f"<@{ME}> {text}"]
        (answer,) = [one for one in second.messages.values() if one["channel_id"] == asked["id"] and one["author"]["id"] == ME]
        # Around it stands the question where the process that heard it was killed.
        assert ANSWER in as_read(answer)
        shown.say("ada", asked["content"])
        shown.say("Askwell", ANSWER, f", in the thread “{second.threads[asked['id']]['name']}”")
    counted = Counter(one["channel_id"] for one in second.messages.values() if one["author"]["id"] == ME)
    forty = [count for question, count in counted.items() if second.threads[question]["name"].startswith("Question")]
    shown.note(f"And so on: {len(forty)} questions, each with a thread of its own, and {sum(forty)} answers in them.")
    shown.hold()


async def test_a_mark_that_cannot_be_written_is_one_line_however_often_it_is_tried(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    often = replace(QUICK, note_every_s=0.01)
    async with in_discord(FakeService(), seen_file=tmp_path / "file" / "discord.seen", timing=often) as discord:
        for number in range(3):
            await discord.say(f"<@{ME}> What is a token, reader {number}?")
            await discord.wait_for("POST", "/channels/[0-9]+/messages", count=number + 1, status=200)
        await discord.until(lambda: "the last message seen" in caplog.text)
        (tmp_path / "file").unlink()
        await discord.until((tmp_path / "file" / "discord.seen").exists)
    assert caplog.text.count("the last message seen") == 1
