"""The review channel gets one digest a day, also over restarts, and none where there is nothing to tell."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.adapters.discord.review_channel.daily_digest import digest_text, due_since, title
from bot.ledger.database import Ledger
from bot.ledger.tables import PromotionRow
from bot.review.decisions import decide
from bot.review.stats.last_day import last_day
from bot.settings import Settings
from bot.values import Status
from knowledge.errors import UsageError
from tests.adapters.discord.test_mentors_loop import asked
from tests.adapters.discord.test_review_channel import CHOSEN, board, handed_over
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import in_discord
from tests.discord_stand_in.payloads import Payload
from tests.review.asked import ADA, EARLIER, NOW, ask


def digests(discord: StandIn) -> list[Payload]:
    return [one for one in board(discord) if one["content"].startswith("**Questions on ")]


def test_the_digest_says_what_waits_how_long_and_what_was_done(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        old = ask(session, "why *so*?", status=Status.HANDED_OVER, at=NOW - dt.timedelta(days=3))
        ask(session, "who does?", status=Status.HANDED_OVER)
        done = [ask(session, "how?", at=EARLIER) for _ in range(3)]
        decide.confirm(session, done[0], **ADA, also=[done[1]])
        decide.withdraw(session, done[2], mentor="Ada", source="shell", now=NOW - dt.timedelta(days=2))
        for state, hours in (("done", 1), ("done", 30), ("failed", 1)):
            session.add(
                PromotionRow(
                    question_id=None,
                    answer_id=None,
                    mentor_id=1,
                    kind="new",
                    slug="a",
                    path="a.md",
                    text="",
                    before="",
                    diff="",
                    impact={},
                    state=state,
                    at=NOW - dt.timedelta(hours=hours),
                )
            )
        found = last_day(session, now=NOW)
    assert digest_text(found, NOW).splitlines() == [
        "**Questions on 3 February 2026**",
        "- 3 questions wait for a look.",
        f"- Learners wait for 3 of them, the longest for 3 days: question {old}, “why \\*so\\*?”",
        "- In the last 24 hours: 2 confirmed; 1 card written or changed.",
    ]


def test_a_digest_is_due_from_its_hour_on(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        assert last_day(session, now=NOW).is_empty
    at_eight = dt.datetime(2026, 2, 3, 8, tzinfo=dt.UTC)
    assert due_since(at_eight - dt.timedelta(seconds=1), 8) is None
    assert due_since(at_eight, 8) == due_since(at_eight + dt.timedelta(hours=15), 8) == at_eight
    assert due_since(at_eight + dt.timedelta(hours=17), 8) is None


async def test_a_digest_comes_once_a_day_over_restarts_too_and_yesterdays_does_not_count(ledger: Ledger) -> None:
    service, chosen = handed_over(ledger), CHOSEN | {"digest_hour": 0}
    async with in_discord(service, **CHOSEN) as discord:
        await asked(discord, ledger)
        await discord.until(lambda: len(board(discord)) == 1)
        before = next(iter(board(discord)))
    yesterday = before | {"id": str(int(before["id"]) - (86_400_000 << 22)), "components": [], "content": title(dt.date(2026, 1, 1))}
    for _ in range(3):
        again = StandIn()
        again.channels.threads |= discord.threads
        again.channels.messages |= {yesterday["id"]: yesterday} | discord.messages
        async with in_discord(service, again, **chosen):
            # The board is brought up to date before the digest is looked for.
            await again.until(lambda again=again: len(digests(again)) == 2)  # type: ignore[misc]
            await again.say("<@1180351110224678913> And who checks them?")
            await again.until(lambda again=again: len(again.recorded("PATCH", r"/channels/[0-9]+/messages/[0-9]+")) > 0)  # type: ignore[misc]
        discord = again
    assert len(digests(discord)) == 2
    assert (
        "- Learners wait for 1 of them, the longest for less than an hour: question 1, “Who makes the labels?”"
        in digests(discord)[1]["content"]
    )


async def test_nothing_is_posted_where_there_is_nothing_to_tell(ledger: Ledger) -> None:
    async with in_discord(handed_over(ledger), **CHOSEN | {"digest_hour": 0}) as discord:
        await asked(discord, ledger)
        await discord.until(lambda: len(board(discord)) == 1)
    assert digests(discord) == []


@pytest.mark.parametrize(("given", "hour"), [("", 8), ("0", 0), ("23", 23), ("off", "off")])
def test_the_hour_is_a_setting(given: str, hour: int | str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASKWELL_DISCORD_DIGEST_HOUR", given)
    assert Settings(_env_file=None, home=tmp_path).discord_digest_hour == hour
    monkeypatch.setenv("ASKWELL_DISCORD_DIGEST_HOUR", "24")
    with pytest.raises((UsageError, ValueError)):
        Settings(_env_file=None, home=tmp_path)
