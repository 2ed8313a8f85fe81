"""The queue: what waits for a mentor, by worth."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from bot.adapters.desk.pages.queue_filters import KINDS, QueueFilter, filter_in_address, kept_of
from bot.adapters.desk.visiting import Visit
from bot.review.decisions.seen import newest_decision
from bot.review.queue.candidates import MOST_CANDIDATES
from bot.review.queue.triage import READ_ONCE, Waiting, queue

SHOWN = 30
MOST_SHOWN = 500


def show_queue(visit: Visit) -> Response:
    """Show the queue, the question of most worth first."""
    wanted = filter_in_address(visit)
    asked = visit.asked("most")
    most = min(int(asked), MOST_SHOWN) if asked.isascii() and asked.isdigit() and len(asked) < 6 else SHOWN
    every, as_of = whole_queue(visit, wanted)
    kept = kept_of(every, wanted, visit.mentor)
    return visit.page(
        "queue.html",
        waiting=kept[:most],
        found=len(kept),
        total=len(every),
        most=most,
        more=min(most + SHOWN, MOST_SHOWN),
        wanted=wanted,
        as_of=as_of,
        read_once=READ_ONCE,
        kinds=KINDS,
        platforms=sorted({each.platform for each in every}),
        concepts=Counter((each.cards[0].slug, each.cards[0].title) for each in every if each.cards).most_common(40),
    )


def whole_queue(visit: Visit, wanted: QueueFilter) -> tuple[list[Waiting], int]:
    """Return all that waits, one by one where a filter must not miss one behind another like it, and the newest decision."""
    with visit.desk.ledger.transaction(only_reads=True) as session:
        return queue(session, now=visit.now, most=MOST_CANDIDATES, folded=not wanted.query), newest_decision(session)


def next_question(visit: Visit, wanted: QueueFilter, *, besides: int = 0) -> str:
    """Return the address of the question of most worth that no other mentor is at, after those looked at before; the queue if none is left.

    With `besides`, the one that follows it in the queue.
    """
    kept = kept_of(whole_queue(visit, wanted)[0], wanted, visit.mentor)
    places = [place for place, each in enumerate(kept) if each.question_id == besides]
    ahead = kept[places[0] + 1 :] if places else kept
    free = [each for each in ahead if each.claimed_by in {None, visit.mentor} and each.question_id != besides]
    return f"/questions/{free[0].question_id}{wanted.query}" if free else f"/{wanted.query}"


def go_to_next(visit: Visit) -> Response:
    """Go on to the next question without a decision."""
    asked = visit.asked("besides")
    besides = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 11 else 0
    return visit.to(next_question(visit, filter_in_address(visit), besides=besides))
