"""The daily digest for mentors: when it's due, its words, and whether the review channel has it already."""

from __future__ import annotations

import datetime as dt

import discord
from discord.abc import Messageable

from bot.adapters.discord.messages.render import quote, without_pings
from bot.review.decisions.outcomes import DECIDED
from bot.review.stats.last_day import LastDay

NOTHING_DONE = "nothing was decided"


def due_since(now: dt.datetime, hour: int) -> dt.datetime | None:
    """Return since when today's digest is due, None if its hour has not come; hours are of UTC.

    >>> due_since(dt.datetime(2026, 2, 3, 7, 59, tzinfo=dt.UTC), 8)
    >>> due_since(dt.datetime(2026, 2, 3, 21, 5, tzinfo=dt.UTC), 8)
    datetime.datetime(2026, 2, 3, 8, 0, tzinfo=datetime.timezone.utc)
    """
    due = now.astimezone(dt.UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    return due if due <= now else None


def title(day: dt.date) -> str:
    """Return the heading of a day's digest, by which it's recognized.

    >>> title(dt.date(2026, 2, 3))
    '**Questions on 3 February 2026**'
    """
    return f"**Questions on {day.day} {day:%B %Y}**"


def digest_text(found: LastDay, now: dt.datetime) -> str:
    """Render the digest of a day in a few lines."""
    lines = [title(now.date())]
    if found.waiting:
        groups = f", in {found.messages} messages" if found.messages < found.waiting else ""
        lines.append(f"- {counted(found.waiting, 'question waits', 'questions wait')} for a look{groups}.")
    else:
        lines.append("- Nothing waits.")
    if found.longest is not None:
        asked = quote(without_pings(found.longest.text))
        waited, number = lasting(now - found.longest.since), found.longest.question_id
        lines.append(f"- Learners wait for {found.awaited} of them, the longest for {waited}: question {number}, “{asked}”")
    done = ", ".join(f"{found.decisions[each]} {DECIDED[each]}" for each in DECIDED if found.decisions.get(each))
    cards = f"; {counted(found.cards, 'card', 'cards')} written or changed" if found.cards else ""
    lines.append(f"- In the last 24 hours: {done or NOTHING_DONE}{cards}.")
    return "\n".join(lines)


def counted(number: int, one: str, more: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "card", "cards"), counted(2, "card", "cards")
    ('1 card', '2 cards')
    """
    return f"{number} {one if number == 1 else more}"


def lasting(waited: dt.timedelta) -> str:
    """Return a time in one unit.

    >>> [lasting(dt.timedelta(hours=each)) for each in (0.5, 30, 50)]
    ['less than an hour', '30 hours', '2 days']
    """
    hours = int(waited.total_seconds() // 3600)
    if not hours:
        return "less than an hour"
    return counted(hours, "hour", "hours") if hours < 48 else f"{hours // 24} days"


async def was_posted(place: Messageable, me: int, since: dt.datetime) -> bool:
    """Return whether a channel has had today's digest since it was due, from this process or another."""
    wanted = title(since.date())
    after = discord.Object(discord.utils.time_snowflake(since))
    async for message in place.history(limit=None, after=after):
        if message.author.id == me and message.content.startswith(wanted):
            return True
    return False
