"""The filters of the queue, as they are in a page's address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from urllib.parse import urlencode

from bot.adapters.desk.visiting import Visit
from bot.review.queue.triage import Waiting
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

    def keeps(self, each: Waiting, mentor: str) -> bool:
        """Return whether a question is among those that are wanted."""
        wanted = [
            not self.kind or is_of_kind(each, self.kind),
            not self.platform or each.platform == self.platform,
            not self.card or (bool(each.cards) and each.cards[0].slug == self.card),
            not self.group or each.group == self.group,
            not self.mine or each.claimed_by == mentor,
            not self.text or all(word in each.text.lower() for word in self.text.lower().split()),
        ]
        return all(wanted)


def is_of_kind(each: Waiting, kind: str) -> bool:
    """Return whether a question is of a kind; none is of one that there is not."""
    if kind == "waiting":
        return each.status in WAITING or each.stale or any(part.name == "waiting" for part in each.parts)
    if kind == "handed":
        return each.status == "handed_over"
    if kind == "near":
        return each.status == "near"
    return any(part.name in PARTS.get(kind, ()) for part in each.parts)


def filter_in_address(visit: Visit) -> QueueFilter:
    """Read the filter from a page's address."""
    return QueueFilter(**{each.name: visit.asked(each.name)[:MAX_CHARS] for each in fields(QueueFilter)})


def filter_in_form(visit: Visit) -> QueueFilter:
    """Read the filter that a form carries on to the next page."""
    return QueueFilter(**{each.name: visit.form.line(f"filter_{each.name}")[:MAX_CHARS] for each in fields(QueueFilter)})


def kept_of(waiting: Iterable[Waiting], wanted: QueueFilter, mentor: str) -> Sequence[Waiting]:
    """Return the questions that a filter keeps."""
    return [each for each in waiting if wanted.keeps(each, mentor)]
