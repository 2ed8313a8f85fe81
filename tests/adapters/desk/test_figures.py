"""Insight, the trial and the log: what mentors look at without deciding."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.pages.insight_page import CHARTS, harmless
from bot.adapters.desk.showing.charts import reliability
from bot.adapters.desk.showing.kept_figures import COUNTED_FOR, KeptFigures
from bot.ledger.database import Ledger
from bot.ledger.tables import QuestionRow
from bot.review.decision_log import LISTED
from bot.review.stats.counts import Bin
from bot.values import Status
from bot.wording.judge.grade import Counted, Grade
from tests.adapters.desk.browsing import Browser
from tests.adapters.desk.conftest import Clock
from tests.review.asked import DECISIONS, asked


def test_every_chart_has_its_figures_as_csv(ada: Browser, ledger: Ledger) -> None:
    asked(ledger)
    page = ada.read("/insight")
    for name in CHARTS:
        answered = ada.get(f"/insight/{name}.csv")
        assert answered.status_code == 200, name
        assert answered.headers["content-type"].startswith("text/csv")
        rows = list(csv.reader(io.StringIO(answered.text)))
        assert len({len(row) for row in rows}) == 1, name
        assert f"/insight/{name}.csv" in page
    assert ada.get("/insight/nothing.csv").status_code == 404
    assert ["labels", "1", "0", "0"] in list(csv.reader(io.StringIO(ada.get("/insight/concepts.csv").text)))


def test_figures_are_counted_once_a_minute(ada: Browser, ledger: Ledger, clock: Clock) -> None:
    assert "labels" not in ada.get("/insight/concepts.csv").text
    asked(ledger)
    assert "labels" not in ada.get("/insight/concepts.csv").text
    clock.at += COUNTED_FOR
    assert "labels" in ada.get("/insight/concepts.csv").text


def test_the_figures_of_a_large_ledger_are_counted_behind_the_page_that_shows_the_last_ones(
    ada: Browser, ledger: Ledger, clock: Clock, desk: Desk
) -> None:
    desk.figures.quickly_counted = 0
    asked(ledger)
    assert "labels" in ada.get("/insight/concepts.csv").text
    asked(ledger)
    clock.at += COUNTED_FOR
    assert "labels,1,0,0" in ada.get("/insight/concepts.csv").text
    desk.figures.wait()
    assert "labels,2,0,0" in ada.get("/insight/concepts.csv").text
    assert "less than a minute ago" in ada.get("/insight").text


def test_waiting_times_are_shown_for_who_was_answered_and_who_still_waits(ada: Browser, ledger: Ledger, clock: Clock) -> None:
    asked(ledger, text="one", status=Status.HANDED_OVER, at=clock.at - dt.timedelta(hours=30))
    decided = asked(ledger, text="two", status=Status.HANDED_OVER, at=clock.at - dt.timedelta(hours=2))
    with ledger.transaction() as session:
        DECISIONS["decline"](session, decided)
    rows = list(csv.reader(io.StringIO(ada.get("/insight/waiting.csv").text)))
    assert rows[0] == ["waited", "decided", "waiting now"]
    assert ["1 to 4 hours", "1", "0"] in rows and ["1 to 2 days", "0", "1"] in rows
    assert sum(int(number) for row in rows[1:] for number in row[1:]) == 2
    assert "1 to 2 days: 1 waiting now" in ada.read("/insight")


def test_the_judges_grade_is_shown_as_it_is_kept_and_a_broken_book_is_passed_over(ada: Browser, desk: Desk) -> None:
    assert "Nothing to count yet" in ada.read("/insight")
    folder = desk.home / "exam"
    folder.mkdir()
    grade = Grade(Counted(97, 100), Counted(5, 100), 0)
    kept = {"judge": {"name": "openai:careful"}, "grade": grade.row(), "answers": {}}
    for name, text in (("a", json.dumps(kept)), ("b", json.dumps(kept | {"grade": None})), ("c", "{"), ("d", '{"judge": 1}')):
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    desk.figures = KeptFigures()
    (head, row) = csv.reader(io.StringIO(ada.get("/insight/exam.csv").text))
    assert (head[0], row[:3], row[5:7]) == ("judge", ["openai:careful", "yes", "0.97"], ["100", "0.05"])
    assert "openai:careful (passed): 0.970 of the false claims caught" in ada.read("/insight")


def test_no_spreadsheet_takes_a_learners_words_for_a_formula(ada: Browser, ledger: Ledger) -> None:
    asked(ledger, text='=HYPERLINK("http://evil")', status=Status.HANDED_OVER)
    (_, row) = csv.reader(io.StringIO(ada.get("/insight/gaps.csv").text))
    assert row[0] == '\'=HYPERLINK("http://evil")'
    assert [harmless(each) for each in ("+1", "-1", "@x", "plain", 7)] == ["'+1", "'-1", "'@x", "plain", 7]


def test_chances_that_agree_with_verdicts_lie_on_the_slanted_line() -> None:
    chart = reliability([Bin(0.7, 0.8, 3, 1, 0.75), Bin(0.8, 0.9, 0, 0, 0.0)])
    (dot,) = chart.dots
    x1, y1, x2, y2 = chart.lines[0]
    assert (dot[0] - x1) / (x2 - x1) == (dot[1] - y1) / (y2 - y1) == 0.75
    assert chart.rows == (("0.7 to 0.8", 0.75, 0.75, 4),)


def test_a_trial_answers_says_how_and_keeps_nothing(ada: Browser, ledger: Ledger) -> None:
    page = ada.post("/try", text="what are masks?", way="cards").text
    assert "How was this answered?" in page and "Chance that the best passages settle it" in page
    with ledger.transaction() as session:
        assert session.query(QuestionRow).count() == 0
    assert 'value="model"' not in ada.read("/try"), "no model is configured"
    assert ada.post("/try", text="x", way="magic").status_code == 400
    assert "How was this answered?" not in ada.post("/try", text="  ", way="cards").text
    assert ada.post("/try", text="why " * 9_000, way="cards").status_code == 200


def test_the_log_has_every_decision_newest_first_by_pages_and_by_mentor(ada: Browser, desk: Desk, ledger: Ledger) -> None:
    bob = Browser(desk, "Bob & Eve")
    first = asked(ledger)
    ada.post(f"/questions/{first}/decide", decision="confirm")
    for _ in range(LISTED):
        bob.post(f"/questions/{first}/decide", decision="second_opinion", reason="sure?")
    newest = ada.read("/log")
    assert newest.count("second opinion, desk") == LISTED
    assert "confirm, desk" not in newest
    older = newest.partition('href="/log?before=')[2].partition('"')[0]
    assert "confirm, desk" in ada.read(f"/log?before={older}")
    assert "confirm, desk" in ada.read("/log?mentor=Ada")
    assert "confirm, desk" not in ada.read("/log?mentor=Bob+%26+Eve")
    assert ada.get("/log?before=x").status_code == 400
    assert ada.get("/log?before=9999999999").status_code == 200
