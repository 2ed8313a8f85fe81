"""Try it: ask as a learner would, in each of the ways to answer, and see how the answer was made; nothing is kept unless wanted."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from bot.adapters.desk.visiting import Visit
from bot.record import Incoming
from bot.values import Answer
from knowledge.errors import UsageError

# What each way does, from the one that needs least.
WAYS = {
    "cards": "no model: the mentors' passages, as the reader picks them",
    "words": "the mentors' passages, as the model picks them",
    "model": "the model's own words, checked sentence by sentence",
}
ALL = "all"
MAX_CHARS = 4_000
MAX_BEFORE = 10
# A question that a mentor keeps is theirs, on a platform where nobody waits for an answer.
PLATFORM = "desk"


@dataclass(frozen=True)
class Trial:
    """What was tried: the text, the messages before it, the way, and whether it is to be kept as a question."""

    text: str = ""
    before: str = ""
    way: str = "cards"
    keep: bool = False

    @property
    def turns(self) -> tuple[str, ...]:
        """Return the conversation."""
        return (*[line.strip() for line in self.before.splitlines() if line.strip()][-MAX_BEFORE:], self.text)


def show_trial(visit: Visit) -> Response:
    """Show the empty form."""
    return trial_page(visit, Trial(), (), "")


def try_question(visit: Visit) -> Response:
    """Answer a question in one of the ways, or in all of them."""
    form, service = visit.form, visit.desk.service
    tried = Trial(form.text("text").strip()[:MAX_CHARS], form.text("before")[:MAX_CHARS], form.line("way"), bool(form.line("keep")))
    if tried.way != ALL and tried.way not in ways_of(visit):
        raise UsageError("choose one of the ways to answer")
    if not tried.text:
        return trial_page(visit, tried, (), "")
    curated = service.answer(tried.turns, hands_over=False)
    answers = [(way, in_way(visit, way, curated)) for way in (ways_of(visit) if tried.way == ALL else [tried.way])]
    kept = None
    if tried.keep:
        name = form.line("form_id") or secrets.token_urlsafe(12)
        kept = service.ask(Incoming(PLATFORM, name, f"{PLATFORM}-{name}", visit.mentor, tried.text, tried.turns[:-1]))
    return trial_page(visit, tried, answers, service.explain(tried.turns), kept=kept.question_id if kept is not None else None)


def in_way(visit: Visit, way: str, curated: Answer) -> Answer:
    """Return the answer in one of the ways."""
    return curated if way == "cards" else visit.desk.service.word(curated, may_write=way == "model").answer


def ways_of(visit: Visit) -> list[str]:
    """Return the ways in which this desk can answer."""
    return list(WAYS) if visit.desk.service.improves else ["cards"]


def trial_page(visit: Visit, tried: Trial, answers: Sequence[tuple[str, Answer]], how: str, *, kept: int | None = None) -> Response:
    """Return the page."""
    return visit.page("try.html", tried=tried, ways={way: WAYS[way] for way in ways_of(visit)}, answers=answers, how=how, kept=kept)
