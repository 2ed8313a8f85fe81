"""Try it: ask as a learner would, and see beside the answer how it was made; nothing is written down."""

from __future__ import annotations

from starlette.responses import Response

from bot.adapters.desk.visiting import Visit
from bot.values import Answer
from knowledge.errors import UsageError

WAYS = {"cards": "the mentors' words (no model)", "model": "the configured model"}
MAX_CHARS = 4_000


def show_trial(visit: Visit) -> Response:
    """Show the empty form."""
    return trial(visit, "", "cards", None, "")


def try_question(visit: Visit) -> Response:
    """Answer a question in one of the ways."""
    text, way = visit.form.text("text").strip()[:MAX_CHARS], visit.form.line("way")
    if way not in WAYS:
        raise UsageError("choose one of the ways to answer")
    if not text:
        return trial(visit, "", way, None, "")
    service = visit.desk.service
    answer = service.answer((text,), hands_over=False)
    if way == "model":
        answer = service.word(answer).answer
    return trial(visit, text, way, answer, service.explain((text,)))


def trial(visit: Visit, text: str, way: str, answer: Answer | None, how: str) -> Response:
    """Return the page."""
    ways = {name: words for name, words in WAYS.items() if name != "model" or visit.desk.service.improves}
    return visit.page("try.html", text=text, way=way, ways=ways, answer=answer, how=how)
