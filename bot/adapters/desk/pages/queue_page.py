"""The queue: what waits for a mentor, by worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from starlette.responses import Response

from bot.adapters.desk.pages.queue_filters import KINDS, QueueFilter, filter_in_address
from bot.adapters.desk.visiting import Visit
from bot.review.decisions.seen import newest_decision
from bot.review.queue.gathering import keep_up
from bot.review.queue.triage import READ_ONCE, Board, Grouped, board, shown

SHOWN = 30
MOST_SHOWN = 500


def show_queue(visit: Visit) -> Response:
    """Show the queue, the question of most worth first."""
    wanted = filter_in_address(visit)
    asked = visit.asked("most")
    most = min(int(asked), MOST_SHOWN) if asked.isascii() and asked.isdigit() and len(asked) < 6 else SHOWN
    keep_up(visit.desk.ledger)
    with visit.desk.ledger.transaction(only_reads=True) as session:
        found = board(session, now=visit.now)
        every = lines_of(found, wanted)
        kept = kept_of(found, every, wanted, visit.mentor)
        waiting, as_of = shown(session, found, kept[:most], visit.now), newest_decision(session)
    return visit.page(
        "queue.html",
        waiting=waiting,
        found=len(kept),
        total=len(every),
        most=most,
        more=min(most + SHOWN, MOST_SHOWN),
        wanted=wanted,
        as_of=as_of,
        read_once=READ_ONCE,
        kinds=KINDS,
        platforms=sorted({each.candidate.platform for each in every}),
        concepts=Counter((each.candidate.card, each.candidate.title) for each in every if each.candidate.card).most_common(40),
    )


def lines_of(found: Board, wanted: QueueFilter) -> Sequence[Grouped]:
    """Return all that waits, one by one where a filter must not miss one behind another like it."""
    return found.listed(lambda _: True, folded=not wanted.query)


def kept_of(found: Board, every: Sequence[Grouped], wanted: QueueFilter, mentor: str) -> Sequence[Grouped]:
    """Return the questions that a filter keeps."""
    return [each for each in every if wanted.keeps(each, found.claimed.get(each.number), mentor)]


def next_question(visit: Visit, wanted: QueueFilter, *, besides: int = 0) -> str:
    """Return the address of the question of most worth that no other mentor is at, after those looked at before; the queue if none is left.

    With `besides`, the one that follows it in the queue.
    """
    keep_up(visit.desk.ledger)
    with visit.desk.ledger.transaction(only_reads=True) as session:
        found = board(session, now=visit.now)
    kept = kept_of(found, lines_of(found, wanted), wanted, visit.mentor)
    places = [place for place, each in enumerate(kept) if each.number == besides]
    ahead = kept[places[0] + 1 :] if places else kept
    free = [each.number for each in ahead if found.claimed.get(each.number) in {None, visit.mentor} and each.number != besides]
    return f"/questions/{free[0]}{wanted.query}" if free else f"/{wanted.query}"


def go_to_next(visit: Visit) -> Response:
    """Go on to the next question without a decision."""
    asked = visit.asked("besides")
    besides = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 11 else 0
    return visit.to(next_question(visit, filter_in_address(visit), besides=besides))
