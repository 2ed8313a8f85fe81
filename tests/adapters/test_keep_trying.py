"""Patience with a platform: a refusal is tried again seldom and ever more seldom, an outage within the minute."""

from __future__ import annotations

import pytest

from bot.adapters.keep_trying import Waits, keep_trying
from knowledge.errors import KnowledgeError, PlatformError, TurnedAway

AT_ONCE = Waits(0.001, 0.002, 0.001, 0.002)


def begun_within(seconds: float, error: PlatformError) -> int:
    """Return how many tries begin within a span, if each fails at once with an error."""
    at, tries = 0.0, 0
    while at < seconds:
        tries += 1
        at += Waits().after(error, tries)
    return tries


def test_a_refusal_is_tried_again_after_a_minute_and_at_most_six_times_in_the_first_hour_then_once_an_hour() -> None:
    refused = TurnedAway("no")
    assert Waits().after(refused, 1) == 60
    assert begun_within(3600, refused) == 6
    assert Waits().after(refused, 1000) == 3600
    assert begun_within(24 * 3600, refused) < 30


def test_what_is_away_is_tried_again_within_a_minute_however_long_that_lasts() -> None:
    assert max(Waits().after(PlatformError("away"), failures) for failures in range(1, 2000)) < 60


async def test_it_goes_on_until_it_succeeds_and_says_each_time_why_not_and_when_next(caplog: pytest.LogCaptureFixture) -> None:
    answers: list[Exception | str] = [TurnedAway("the token is wrong"), PlatformError("the network is down"), "in"]

    async def attempt() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert await keep_trying(attempt, AT_ONCE) == "in"
    assert [record.getMessage() for record in caplog.records] == [
        "the token is wrong; the next try is in 0.001 s",
        "the network is down; the next try is in 0.001 s",
    ]


async def test_a_fault_that_is_not_the_platforms_is_not_waited_out() -> None:
    async def attempt() -> None:
        raise KnowledgeError("no cards")

    with pytest.raises(KnowledgeError):
        await keep_trying(attempt, AT_ONCE)
