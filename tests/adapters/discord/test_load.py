"""The load's figures: what is lost or answered twice is counted, and repeats and continuations are no second answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.record import Incoming
from bot.values import Answer
from index.evaluate.bench import UNDER_LOAD, Measurement, section, write
from tests.discord_stand_in import load
from tests.discord_stand_in.client import FakeService, in_discord
from tests.discord_stand_in.load import Load, note, table
from tests.discord_stand_in.payloads import GENERAL, ME


async def test_a_lost_question_and_one_that_is_answered_twice_are_counted_but_not_a_repeat_or_a_long_answer() -> None:
    class Forgetful(FakeService):
        def ask(self, incoming: Incoming) -> Answer | None:
            return None if "lost" in incoming.text else super().ask(incoming)

    given = Load(memory=[100.0, 110.0, 110.0, 110.0, 111.0, 112.0])
    async with in_discord(Forgetful("A long answer. " * 200)) as discord:
        discord.buckets.most = 1
        for text in ("one", "two", "lost"):
            asked = await discord.say(f"<@{ME}> Is it {text}?")
            given.asked[asked["id"]] = 0.0
        await discord.until(lambda: len([*load.answers_in(discord, given)]) == 2)
        (thread,) = discord.threads
        note(discord, given)
        assert (given.lost, given.doubled, given.in_channel, len(given.waits)) == (1, 0, 1, 2)
    first = discord.recorded("POST", f"/channels/{thread}/messages")[0]
    for nonce, doubled in ((first.body["nonce"], 0), ("another", 1)):
        discord.requests.append(replace(first, body=first.body | {"nonce": nonce}))
        note(discord, given)
        assert given.doubled == doubled
    assert "| questions asked; lost; answered twice | 3; 1; 1 |" in table(given, 1, 200, 50)
    assert "| memory after a fifth of the time; at the end; growth | 110 MB; 112 MB; +2 MB |" in table(given, 1, 200, 50)
    assert discord.channels.seen(GENERAL)


def test_the_figures_of_the_load_stay_on_the_page_when_the_others_are_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "benchmarks.md"
    figures = [Measurement("speed", 1.0, "-", "of something")]
    write(figures, [], tmp_path, "1 core")
    monkeypatch.setattr(load, "PAGE", page)
    load.put_on_page(["first", "| a | b |"])
    load.put_on_page(["second", "| a | b |"])
    write(figures, [(1_000, 0.1, 0.2, 1.0)], tmp_path, "2 cores")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Benchmarks")
    assert "2 cores." in text
    assert section(text, UNDER_LOAD) == f"## {UNDER_LOAD}\n\nsecond\n| a | b |\n"
    assert "first" not in text
    assert section(text, "How a search grows").startswith("## How a search grows")
