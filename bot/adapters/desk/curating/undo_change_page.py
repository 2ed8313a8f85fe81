"""One change of a card: what it wrote, and a button that undoes it."""

from __future__ import annotations

from starlette.responses import Response

from bot.adapters.desk.entering.mentor_sessions import Told
from bot.adapters.desk.pages.promotion_page import APPLYING
from bot.adapters.desk.showing.html_pages import counted_words
from bot.adapters.desk.visiting import Visit
from bot.review.promotion.apply import finish_cut_short
from bot.review.taking_back.promoted_change import promoted_change
from bot.review.taking_back.take_back import TakenBack, finish_taking_back, take_back
from knowledge.errors import UsageError


def show_change(visit: Visit) -> Response:
    """Show a change of a card."""
    try:
        with visit.desk.ledger.transaction(only_reads=True) as session:
            change = promoted_change(session, visit.number)
    except UsageError as error:
        return visit.page("wrong.html", status=404, heading="There is no such change", words=str(error), typed=[])
    return visit.page("change.html", change=change, diff=change.diff.splitlines())


def undo_change(visit: Visit) -> Response:
    """Undo a change: its lines go, later ones beside them stay, and what was answered from it is in the queue again."""
    desk = visit.desk
    with APPLYING:
        finish_cut_short(desk.ledger, knowledge=desk.knowledge, home=desk.home)
        finish_taking_back(desk.ledger, knowledge=desk.knowledge, home=desk.home)
        done = take_back(
            desk.ledger,
            visit.number,
            mentor=visit.mentor,
            knowledge=desk.knowledge,
            home=desk.home,
            now=visit.now,
            refresh=desk.service.refresh,
        )
    visit.session.tell(Told(told_of(done)))
    return visit.to(f"/promotions/{done.promotion_id}")


def told_of(done: TakenBack) -> str:
    """Return what a mentor is told of an undone change."""
    committed = f", commit {done.commit[:10]}" if done.commit else ", not committed to git"
    words = [f"The change is undone{committed}: {' and '.join(done.paths)} as if it had not been."]
    if done.note:
        words.append(f"Note: {done.note}.")
    if done.reopened:
        was, waits = ("was", "waits") if len(done.reopened) == 1 else ("were", "wait")
        words.append(f"{counted_words(len(done.reopened), 'question')} that {was} answered from it {waits} again.")
    return " ".join(words)
