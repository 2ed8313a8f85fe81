"""The audit list: who decided what, and who changed which card."""

from __future__ import annotations

from starlette.responses import Response

from bot.adapters.desk.posted_form import number_in
from bot.adapters.desk.visiting import Visit
from bot.review.decision_log import LISTED, decisions_before, newest_promotions


def show_log(visit: Visit) -> Response:
    """Show the newest decisions, or those before one, and the newest changes of cards."""
    asked, who = visit.asked("before"), visit.asked("mentor")[:128]
    before = number_in(asked) if asked else None
    with visit.desk.ledger.transaction(only_reads=True) as session:
        decisions = decisions_before(session, before, mentor=who)
        promotions = [] if before else newest_promotions(session, mentor=who)
    more = decisions[-1].review_id if len(decisions) == LISTED else None
    return visit.page("log.html", decisions=decisions, promotions=promotions, more=more, who=who)
