"""Insight: charts of what is asked, missed and answered well, each with its figures as a table and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import partial

from starlette.responses import Response

from bot.adapters.desk.showing.charts import Chart, bars, days_chart, exam_chart, reliability, waits_chart
from bot.adapters.desk.showing.kept_figures import Figures, count
from bot.adapters.desk.visiting import Visit
from bot.wording.judge.grade import CAUGHT_AT_LEAST, CUT_AT_MOST

BARS_SHOWN = 15


def show_insight(visit: Visit) -> Response:
    """Show all charts."""
    found = counted(visit)
    return visit.page("insight.html", stats=found.stats, charts=[make(found) for make in CHARTS.values()], names=list(CHARTS))


def show_figures(visit: Visit) -> Response:
    """Return the figures of one chart as CSV."""
    make = CHARTS.get(str(visit.request.path_params["chart"]))
    if make is None:
        return visit.page("wrong.html", status=404, heading="There is no such chart", words="The charts are on the page Insight.", typed=[])
    chart = make(counted(visit))
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(chart.heads)
    rows.writerows([[harmless(cell) for cell in row] for row in chart.rows])
    name = f'attachment; filename="askwell-{visit.request.path_params["chart"]}.csv"'
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8", headers={"content-disposition": name})


def harmless(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def counted(visit: Visit) -> Figures:
    """Return the figures, counted lately."""
    desk = visit.desk
    return desk.figures.as_of(visit.now, partial(count, desk.ledger, desk.home, visit.now))


def concepts(found: Figures) -> Chart:
    """Return the chart of the cards that questions were about."""
    rows = [(each.slug, each.questions, each.handed_over, each.put_right) for each in found.stats.concepts]
    heads = ("card", "questions", "handed over", "put right")
    return bars("What is asked about", "Questions by the best card that was found for them.", heads, rows, most=BARS_SHOWN)


def beliefs(found: Figures) -> Chart:
    """Return the chart of the misconceptions that were heard."""
    rows = [(each.belief, each.questions, each.slug) for each in found.stats.beliefs]
    heads = ("misconception", "questions", "card")
    return bars("Misconceptions heard", "Questions that were near to a belief that a card sets right.", heads, rows, most=BARS_SHOWN)


def missing(found: Figures) -> Chart:
    """Return the chart of the questions that nothing settles, gathered."""
    rows = [(each.sample, len(each.question_ids), each.question_ids[0]) for each in found.stats.gaps]
    heads = ("for example", "questions", "first")
    words = "Questions that were handed over and that nobody has settled, gathered by likeness."
    return bars("What nothing settles", words, heads, rows, most=BARS_SHOWN)


def promoted(found: Figures) -> Chart:
    """Return the chart of the answers that promoted cards have given since."""
    rows = [(each.slug, each.citing, f"{each.since:%Y-%m-%d}") for each in found.stats.reuse]
    heads = ("card", "cited in answers", "since")
    return bars("Promoted cards at work", "Answers that cite a card since a mentor's answer went into it.", heads, rows, most=BARS_SHOWN)


def confidence(found: Figures) -> Chart:
    """Return the chart that compares the chances said with mentors' verdicts."""
    return reliability(found.stats.bins)


def days(found: Figures) -> Chart:
    """Return the chart of the questions of each day."""
    return days_chart(found.days)


def waiting(found: Figures) -> Chart:
    """Return the chart of how long learners waited for a mentor's word."""
    return waits_chart(found.stats.waits)


def exam(found: Figures) -> Chart:
    """Return the chart of the judges' grades in the course's exam."""
    return exam_chart(found.grades, caught_at_least=CAUGHT_AT_LEAST, cut_at_most=CUT_AT_MOST)


CHARTS: dict[str, Callable[[Figures], Chart]] = {
    "days": days,
    "concepts": concepts,
    "misconceptions": beliefs,
    "gaps": missing,
    "waiting": waiting,
    "confidence": confidence,
    "exam": exam,
    "promoted": promoted,
}
