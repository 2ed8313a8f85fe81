"""Charts as values that a template draws in SVG: no script, and the page's own colours in light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.review.stats.counts import Bin
from bot.review.stats.per_day import DayCount
from bot.review.stats.waiting import WaitCount
from bot.wording.judge.exam_book import KeptGrade

# Units: those of the drawing's view box.
WIDE, BAR, DAYS_HIGH, SQUARE = 640, 26, 180, 320


@dataclass(frozen=True)
class Bar:
    """One bar: its place and size in the drawing, the class of its colour, and what a pointer shows."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    words: str


@dataclass(frozen=True)
class Chart:
    """One chart: its words, its figures, and its drawing; without bars there is nothing to draw yet.

    `labels` are texts with their places; `lines` and `dots` are drawn where a chart has them.
    """

    title: str
    words: str
    heads: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    width: int
    height: int
    bars: tuple[Bar, ...] = ()
    labels: tuple[tuple[float, float, str, str], ...] = ()
    lines: tuple[tuple[float, float, float, float], ...] = ()
    dots: tuple[tuple[float, float, float, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was counted."""
        return not self.bars and not self.dots


def bars(title: str, words: str, heads: tuple[str, ...], rows: Sequence[tuple[object, ...]], *, most: int) -> Chart:
    """Return a chart with a bar for each row, as long as its second figure, the name above it."""
    shown = rows[:most]
    top = max((int(str(row[1])) for row in shown), default=0) or 1
    step = 2 * BAR
    drawn = [
        Bar(0, place * step + BAR - 4, max(2.0, (WIDE - 60) * int(str(row[1])) / top), 18, "a", f"{row[0]}: {row[1]}")
        for place, row in enumerate(shown)
    ]
    labels = [(0.0, float(place * step + BAR - 10), cut(str(row[0])), "start") for place, row in enumerate(shown)]
    labels += [(bar.width + 8, bar.y + 14, str(row[1]), "start") for bar, row in zip(drawn, shown, strict=True)]
    return Chart(title, words, heads, tuple(rows), WIDE, max(1, len(shown)) * step, tuple(drawn), tuple(labels))


def cut(text: str, most: int = 84) -> str:
    """Return the beginning of a text that fits above a bar."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def days_chart(found: Sequence[DayCount]) -> Chart:
    """Return the questions of each day as columns, by outcome from below: answered, near, handed over."""
    top = max((day.answered + day.near + day.handed_over for day in found), default=0)
    step = WIDE / max(1, len(found))
    drawn: list[Bar] = []
    for place, day in enumerate(found):
        base = float(DAYS_HIGH)
        for number, kind, name in ((day.answered, "a", "answered"), (day.near, "b", "near"), (day.handed_over, "c", "handed over")):
            if number:
                height = (DAYS_HIGH - 20) * number / top
                base -= height
                drawn.append(Bar(place * step + 1, base, step - 2, height, kind, f"{day.day}: {number} {name}"))
    labels = [
        (place * step + step / 2, DAYS_HIGH + 16.0, f"{day.day:%d %b}", "middle") for place, day in enumerate(found) if place % 7 == 3
    ]
    labels.append((0.0, 12.0, f"at most {top} a day", "start"))
    heads = ("day (UTC)", "answered", "near", "handed over")
    words = "The last 30 days by outcome: answered, the nearest passage shown, handed over to a mentor."
    rows = tuple((f"{day.day}", day.answered, day.near, day.handed_over) for day in found)
    return Chart("Questions a day", words, heads, rows, WIDE, DAYS_HIGH + 24, tuple(drawn), tuple(labels))


def reliability(found: Sequence[Bin]) -> Chart:
    """Return the chances that answers were given beside the share that mentors found right; on the line both are the same."""
    judged = [each for each in found if each.confirmed + each.put_right]
    most = max((each.confirmed + each.put_right for each in judged), default=1)
    edge, side = 40.0, SQUARE - 60.0
    dots = []
    for each in judged:
        number = each.confirmed + each.put_right
        share = each.confirmed / number
        words = f"said {each.said:.2f}, right {share:.2f}, of {number}"
        dots.append((edge + side * each.said, 20 + side * (1 - share), 4 + 8 * (number / most) ** 0.5, words))
    rows = tuple(
        (
            f"{each.low:.1f} to {each.high:.1f}",
            round(each.said, 3),
            round(each.confirmed / (each.confirmed + each.put_right), 3),
            each.confirmed + each.put_right,
        )
        for each in judged
    )
    labels = [(edge + side * mark, SQUARE - 20.0, f"{mark:.1f}", "middle") for mark in (0.0, 0.5, 1.0)]
    labels += [(edge - 6, 24 + side * (1 - mark), f"{mark:.1f}", "end") for mark in (0.0, 0.5, 1.0)]
    labels.append((edge + side / 2, SQUARE - 2.0, "chance that was said", "middle"))
    lines = ((edge, 20 + side, edge + side, 20.0), (edge, 20 + side, edge + side, 20 + side), (edge, 20.0, edge, 20 + side))
    words = "Is a chance of 0.8 right eight times in ten? Each dot is a span of chances; on the slanted line both agree."
    heads = ("confidence", "said", "right", "judged")
    return Chart("Chances against mentors' verdicts", words, heads, rows, SQUARE, SQUARE, (), tuple(labels), lines, tuple(dots))


def waits_chart(found: Sequence[WaitCount]) -> Chart:
    """Return how long learners waited as columns: those with a mentor's decision, and beside them those who wait still."""
    top = max((max(each.decided, each.waiting) for each in found), default=0) or 1
    step = WIDE / max(1, len(found))
    drawn: list[Bar] = []
    labels: list[tuple[float, float, str, str]] = []
    for place, each in enumerate(found):
        for number, kind, name, shift in ((each.decided, "a", "decided", 0.0), (each.waiting, "c", "waiting now", 0.5)):
            x, width = place * step + 4 + shift * (step - 8), (step - 8) / 2 - 1
            if number:
                height = max(2.0, (DAYS_HIGH - 30) * number / top)
                drawn.append(Bar(x, DAYS_HIGH - height, width, height, kind, f"{each.name}: {number} {name}"))
                labels.append((x + width / 2, DAYS_HIGH - height - 4, f"{number}", "middle"))
        labels.append((place * step + step / 2, DAYS_HIGH + 16.0, each.name, "middle"))
    heads = ("waited", "decided", "waiting now")
    words = "How long learners waited for a mentor's first decision, and how long those have waited who have none yet."
    return Chart("Waiting times", words, heads, tuple(map(tuple, found)), WIDE, DAYS_HIGH + 24, tuple(drawn), tuple(labels))


def exam_chart(found: Sequence[KeptGrade], *, caught_at_least: float, cut_at_most: float) -> Chart:
    """Return the judges' grades as dots with their intervals on a line from 0 to 1, and a mark where each passes."""
    edge, side = 20.0, WIDE - 40.0
    labels: list[tuple[float, float, str, str]] = []
    lines: list[tuple[float, float, float, float]] = []
    dots: list[tuple[float, float, float, str]] = []
    for place, each in enumerate(found):
        shares = (
            ("of the false claims caught", each.false_caught, caught_at_least),
            ("of the true claims cut", each.true_cut, cut_at_most),
        )
        for row, (name, (value, low, high, of), mark) in enumerate(shares):
            y = float((2 * place + row) * 2 * BAR + BAR + 8)
            outcome = "passed" if each.passed else "failed"
            labels.append((edge, y - 16, f"{cut(each.judge, 40)} ({outcome}): {value:.3f} {name}", "start"))
            lines.append((edge, y, edge + side, y))
            lines.append((edge + side * mark, y - 8, edge + side * mark, y + 8))
            lines.append((edge + side * low, y - 3, edge + side * low, y + 3))
            lines.append((edge + side * high, y - 3, edge + side * high, y + 3))
            dots.append((edge + side * value, y, 5.0, f"{value:.3f} {name}, between {low:.3f} and {high:.3f}, of {of}"))
    heads = ("judge", "passed", "false caught", "from", "to", "of", "true cut", "from", "to", "of")
    rows = tuple((each.judge, "yes" if each.passed else "no", *each.false_caught, *each.true_cut) for each in found)
    words = (
        f"To judge drafts, a model has to catch {caught_at_least:.2f} of the exam's false claims and cut {cut_at_most:.2f} of the true "
        "ones at most; the long marks are there. 'askwell exam' lets it sit."
    )
    height = max(1, 4 * len(found)) * BAR
    return Chart("The judge's exam", words, heads, rows, WIDE, height, (), tuple(labels), tuple(lines), tuple(dots))
