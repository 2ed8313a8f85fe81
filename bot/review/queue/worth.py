"""The worth of a mentor's look at a question: a plain sum of named parts, each with the words that a mentor reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from knowledge.short_line import short_line

# The points of each part, chosen by hand so that a person's word weighs more than a number. A learner who asks for a person comes before
# any doubt of the assistant about itself; mentors who disagree, or one who asks for help, come before a thumb down; a thumb down with a
# reason comes before a question that was handed over. Only many askings or two days of waiting lift a question over the next kind. A
# sample is looked at when there is little else.
POINTS = {
    "danger": 200.0,
    "person": 40.0,
    "second_opinion": 30.0,
    "disagreement": 30.0,
    "down_with_reason": 25.0,
    "handed_over": 20.0,
    "never_answered": 20.0,
    "down": 15.0,
    "partly_answered": 15.0,
    # times (1 - confidence)
    "unsure": 20.0,
    # for each further asking, and at most
    "asked_often": 4.0,
    "asked_often_most": 24.0,
    # for each hour, and at most: reached after two days
    "waiting": 0.5,
    "waiting_most": 24.0,
    "sample": 2.0,
}

# With one of these a person wants a mentor to look, whatever the message says.
SAID_BY_A_PERSON = {"danger", "person", "second_opinion", "disagreement", "down_with_reason"}

# An answer with less confidence than this is looked at for that alone.
SURE = 0.8
# With one of these parts somebody waits for a mentor; with the others alone, the learner has an answer and expects nothing more.
AWAITED = {"danger", "person", "second_opinion", "disagreement", "down_with_reason", "down", "handed_over", "never_answered"}
# Two askings are chance; from three on, the course has a question to answer.
OFTEN = 3
# One confident answer in so many is looked at.
SAMPLE_OF = 20
# The most of a reason that is shown in a line.
REASON_CHARS = 160
# A question that has waited for a mentor longer than this is stale: its learner has been without an answer for a day.
STALE_AFTER = dt.timedelta(hours=24)
# A question without any answer for this long was lost by a process that was killed; a younger one is being answered.
ANSWERED_WITHIN = dt.timedelta(hours=1)


class Part(NamedTuple):
    """One part of a question's worth."""

    name: str
    points: float
    words: str


@dataclass(frozen=True)
class Facts:
    """The facts that make up a question's worth.

    `confidence` is None unless there is an unreviewed answer of the assistant; `askings` counts this question and those like it; `since`
    is when it began to wait.
    """

    since: dt.datetime
    danger: bool = False
    person: bool = False
    second_opinion_of: str | None = None
    second_opinion_why: str = ""
    opposed: tuple[str, str] | None = None
    down: bool = False
    down_why: str = ""
    handed_over: bool = False
    withdrawn_by: str = ""
    never_answered: bool = False
    open_point: str = ""
    confidence: float | None = None
    sampled: bool = False
    askings: int = 1


def parts_of(facts: Facts, now: dt.datetime) -> tuple[Part, ...]:
    """Return the parts of a question's worth, weightiest first; none if nothing calls for a mentor."""
    parts = [*said_parts(facts), *found_parts(facts)]
    if facts.askings >= OFTEN:
        points = min(POINTS["asked_often"] * (facts.askings - 1), POINTS["asked_often_most"])
        parts.append(Part("asked_often", points, f"asked {facts.askings} times in words like these"))
    if is_awaited(parts) and (hours := (now - facts.since) / dt.timedelta(hours=1)) >= 1:
        points = min(POINTS["waiting"] * hours, POINTS["waiting_most"])
        parts.append(Part("waiting", points, f"waiting for {span(now - facts.since)}"))
    return tuple(sorted(parts, key=lambda part: -part.points))


def is_awaited(parts: Iterable[Part]) -> bool:
    """Return whether somebody waits for a mentor."""
    return any(part.name in AWAITED for part in parts)


def said_parts(facts: Facts) -> list[Part]:
    """Return the parts that learners and mentors caused."""
    parts = []
    if facts.danger:
        parts.append(part("danger", "the learner may be in danger: read this first"))
    if facts.person:
        parts.append(part("person", "the learner asks for a person"))
    if facts.second_opinion_of is not None:
        parts.append(part("second_opinion", f"{facts.second_opinion_of} asks for a second opinion{because(facts.second_opinion_why)}"))
    if facts.opposed is not None:
        earlier, later = facts.opposed
        parts.append(part("disagreement", f"{earlier} and {later} disagree; {later}'s word is in force"))
    if facts.down:
        name, why = ("down_with_reason", because(facts.down_why)) if facts.down_why else ("down", ", no reason given")
        parts.append(part(name, f"thumbs down{why}"))
    return parts


def found_parts(facts: Facts) -> list[Part]:
    """Return the parts that the assistant's own answer caused."""
    parts = []
    if facts.handed_over:
        withdrawn = f"{facts.withdrawn_by} withdrew its answer, and it has none now"
        parts.append(part("handed_over", withdrawn if facts.withdrawn_by else "handed over: no card settles it"))
    if facts.never_answered:
        parts.append(part("never_answered", "never answered: the program was stopped before it could"))
    if facts.open_point:
        parts.append(part("partly_answered", f"partly answered{because(facts.open_point)}"))
    if facts.confidence is not None and facts.confidence < SURE:
        parts.append(Part("unsure", POINTS["unsure"] * (1 - facts.confidence), f"answered, but only {facts.confidence:.2f} sure"))
    if facts.sampled:
        parts.append(part("sample", f"one of {SAMPLE_OF} confident answers, to find quiet mistakes"))
    return parts


def part(name: str, words: str) -> Part:
    """Return a part with its full points."""
    return Part(name, POINTS[name], words)


def because(reason: str) -> str:
    """Return a reason as the end of a line, cut if it's long."""
    words = short_line(reason, REASON_CHARS)
    return f": {words}" if words else ""


def span(length: dt.timedelta) -> str:
    """Return a length of time in words, as exactly as a mentor needs it."""
    minutes = round(length.total_seconds() / 60)
    for unit, size in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        # Less than two days is given in hours.
        if minutes >= size * (2 if unit == "day" else 1):
            number = minutes // size
            return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    return "less than a minute"
