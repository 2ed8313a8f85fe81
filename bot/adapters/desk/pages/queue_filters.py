"""The filters of the queue, as they are in a page's address."""

from __future__ import annotations

from dataclasses import dataclass, fields
from urllib.parse import urlencode

from bot.adapters.desk.visiting import Visit
from bot.review.queue.triage import Grouped
from bot.values import WAITING

# The kinds of questions, by the parts of their worth, and in words.
KINDS = {
    "waiting": "somebody waits",
    "person": "asks for a person",
    "handed": "handed over",
    "near": "nearest shown",
    "partly": "partly answered",
    "down": "thumbs down",
    "second": "second opinion",
    "unsure": "unsure",
    "often": "asked often",
}
PARTS = {
    "person": {"person"},
    "partly": {"partly_answered"},
    "down": {"down", "down_with_reason"},
    "second": {"second_opinion", "disagreement"},
    "unsure": {"unsure"},
    "often": {"asked_often"},
}
MAX_CHARS = 200


@dataclass(frozen=True)
class QueueFilter:
    """The wishes of a mentor for the queue; an empty one leaves everything in."""

    kind: str = ""
    platform: str = ""
    card: str = ""
    mine: str = ""
    text: str = ""
    group: str = ""

    @property
    def query(self) -> str:
        """Return the filter as the end of an address, empty if it leaves everything in."""
        given = {each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name)}
        return f"?{urlencode(given)}" if given else ""

    def keeps(self, each: Grouped, claimed_by: str | None, mentor: str) -> bool:
        """Return whether a question is among those that are wanted."""
        found = each.candidate
        wanted = [
            not self.kind or is_of_kind(each, self.kind),
            not self.platform or found.platform == self.platform,
            not self.card or found.card == self.card,
            not self.group or each.group == self.group,
            not self.mine or claimed_by == mentor,
            not self.text or all(word in found.text.lower() for word in self.text.lower().split()),
        ]
        return all(wanted)


def is_of_kind(each: Grouped, kind: str) -> bool:
    """Return whether a question is of a kind; none is of one that there is not."""
    parts, status = each.ranked.parts, each.candidate.status
    if kind == "waiting":
        return status in WAITING or each.stale or any(part.name == "waiting" for part in parts)
    if kind == "handed":
        return status == "handed_over"
    if kind == "near":
        return status == "near"
    return any(part.name in PARTS.get(kind, ()) for part in parts)


def filter_in_address(visit: Visit) -> QueueFilter:
    """Read the filter from a page's address."""
    return QueueFilter(**{each.name: visit.asked(each.name)[:MAX_CHARS] for each in fields(QueueFilter)})


def filter_in_form(visit: Visit) -> QueueFilter:
    """Read the filter that a form carries on to the next page."""
    return QueueFilter(**{each.name: visit.form.line(f"filter_{each.name}")[:MAX_CHARS] for each in fields(QueueFilter)})
