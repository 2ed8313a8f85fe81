"""Insight: charts of what is asked, missed and answered well, each with its figures as a table and as CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence

from starlette.responses import Response

from bot.adapters.desk.showing.charts import Chart, bars, days_chart, reliability
from bot.adapters.desk.visiting import Visit
from bot.review.stats.per_day import DayCount, questions_a_day
from bot.review.stats.statistics import Stats, stats

BARS_SHOWN = 15
COUNTED_FOR = dt.timedelta(minutes=1)


def show_insight(visit: Visit) -> Response:
    """Show all charts."""
    found, days = counted(visit)
    return visit.page("insight.html", stats=found, charts=[make(found, days) for make in CHARTS.values()], names=list(CHARTS))


def show_figures(visit: Visit) -> Response:
    """Return the figures of one chart as CSV."""
    make = CHARTS.get(str(visit.request.path_params["chart"]))
    if make is None:
        return visit.page("wrong.html", status=404, heading="There is no such chart", words="The charts are on the page Insight.", typed=[])
    chart = make(*counted(visit))
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(chart.heads)
    rows.writerows([[harmless(cell) for cell in row] for row in chart.rows])
    name = f'attachment; filename="askwell-{visit.request.path_params["chart"]}.csv"'
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8", headers={"content-disposition": name})


def harmless(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def counted(visit: Visit) -> tuple[Stats, Sequence[DayCount]]:
    """Return the figures, counted at most a minute ago: over a year's questions that takes seconds."""
    kept = visit.desk.counted
    if kept is None or not dt.timedelta(0) <= visit.now - kept[0].at < COUNTED_FOR:
        with visit.desk.ledger.transaction(only_reads=True) as session:
            kept = visit.desk.counted = stats(session, now=visit.now), questions_a_day(session, visit.now)
    return kept


def concepts(found: Stats, _: Sequence[DayCount]) -> Chart:
    """Return the chart of the cards that questions were about."""
    rows = [(each.slug, each.questions, each.handed_over, each.put_right) for each in found.concepts]
    heads = ("card", "questions", "handed over", "put right")
    return bars("What is asked about", "Questions by the best card that was found for them.", heads, rows, most=BARS_SHOWN)


def beliefs(found: Stats, _: Sequence[DayCount]) -> Chart:
    """Return the chart of the misconceptions that were heard."""
    rows = [(each.belief, each.questions, each.slug) for each in found.beliefs]
    heads = ("misconception", "questions", "card")
    return bars("Misconceptions heard", "Questions that were near to a belief that a card sets right.", heads, rows, most=BARS_SHOWN)


def missing(found: Stats, _: Sequence[DayCount]) -> Chart:
    """Return the chart of the questions that nothing settles, gathered."""
    rows = [(each.sample, len(each.question_ids), each.question_ids[0]) for each in found.gaps]
    heads = ("for example", "questions", "first")
    words = "Questions that were handed over and that nobody has settled, gathered by likeness."
    return bars("What nothing settles", words, heads, rows, most=BARS_SHOWN)


def promoted(found: Stats, _: Sequence[DayCount]) -> Chart:
    """Return the chart of the answers that promoted cards have given since."""
    rows = [(each.slug, each.citing, f"{each.since:%Y-%m-%d}") for each in found.reuse]
    heads = ("card", "cited in answers", "since")
    return bars("Promoted cards at work", "Answers that cite a card since a mentor's answer went into it.", heads, rows, most=BARS_SHOWN)


def confidence(found: Stats, _: Sequence[DayCount]) -> Chart:
    """Return the chart that compares the chances said with mentors' verdicts."""
    return reliability(found.bins)


def days(_: Stats, found: Sequence[DayCount]) -> Chart:
    """Return the chart of the questions of each day."""
    return days_chart(found)


CHARTS: dict[str, Callable[[Stats, Sequence[DayCount]], Chart]] = {
    "days": days,
    "concepts": concepts,
    "misconceptions": beliefs,
    "gaps": missing,
    "confidence": confidence,
    "promoted": promoted,
}
