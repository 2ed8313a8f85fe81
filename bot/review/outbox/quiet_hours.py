"""The hours in which nobody is told anything: what would notify a learner waits until they are over."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from knowledge.errors import UsageError

FORM = re.compile(r"(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})(?:\s+(\S+))?")
EXAMPLE = "22:00-07:00 Europe/Berlin"


@dataclass(frozen=True)
class QuietHours:
    """From one time of day to another, over midnight where the first is the later one."""

    begins: dt.time
    ends: dt.time
    zone: dt.tzinfo

    def until(self, now: dt.datetime) -> dt.datetime | None:
        """Return when the quiet hours end that `now` lies in; None if it lies in none."""
        local = now.astimezone(self.zone)
        over_midnight = self.begins > self.ends
        late, early = local.time() >= self.begins, local.time() < self.ends
        if not (late or early if over_midnight else late and early):
            return None
        day = local.date() + dt.timedelta(days=over_midnight and late)
        return dt.datetime.combine(day, self.ends, self.zone).astimezone(dt.UTC)


def read_quiet_hours(written: str | None) -> QuietHours | None:
    """Read what ASKWELL_QUIET_HOURS says; None if it's not set.

    >>> read_quiet_hours("22:00-07:00").until(dt.datetime(2026, 1, 1, 23, tzinfo=dt.UTC))
    datetime.datetime(2026, 1, 2, 7, 0, tzinfo=datetime.timezone.utc)

    Raises:
        UsageError: it's no such span, or its time zone isn't known.
    """
    if written is None:
        return None
    found = FORM.fullmatch(written.strip())
    try:
        first, last, named = ("", "", "") if found is None else found.groups()
        begins, ends = (dt.time.fromisoformat(each.zfill(5)) for each in (first, last))
        zone = ZoneInfo(named or "UTC")
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise UsageError(f"ASKWELL_QUIET_HOURS is a span and a time zone, such as {EXAMPLE} (it is {written[:60]!r})") from None
    if begins == ends:
        raise UsageError("ASKWELL_QUIET_HOURS begins when it ends, so it would never be quiet, or always: give a span of hours")
    return QuietHours(begins, ends, zone)
