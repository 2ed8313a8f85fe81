"""Statistics for mentors: common questions and misconceptions, gaps, waiting times, and whether answers were right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.ledger.feedback import FeedbackKind
from bot.ledger.tables import Feedback, QuestionRow
from bot.review.stats.counts import BeliefCount, Bin, ConceptCount, Gap, Reuse, beliefs, bins, concepts, gaps, hours_to_decision, reuse
from bot.review.stats.waiting import WaitCount, waits
from knowledge.short_line import short_line

# The most lines of a table that are shown; one more line counts the rest.
SHOWN = 15
SAMPLE_CHARS = 70


@dataclass(frozen=True)
class Stats:
    """The ledger in numbers.

    `decided` counts the questions that a mentor decided on; half of them within `median_hours`, nine of ten within `p90_hours`, both
    None if there are none.
    """

    at: dt.datetime
    questions: int
    by_status: dict[str, int]
    feedback: dict[str, int]
    down_with_reason: int
    concepts: tuple[ConceptCount, ...]
    beliefs: tuple[BeliefCount, ...]
    gaps: tuple[Gap, ...]
    decided: int
    median_hours: float | None
    p90_hours: float | None
    reuse: tuple[Reuse, ...]
    bins: tuple[Bin, ...]
    waits: tuple[WaitCount, ...]


def stats(session: Session, *, now: dt.datetime) -> Stats:
    """Count all the statistics."""
    statuses = session.execute(select(QuestionRow.status, func.count().label("number")).group_by(QuestionRow.status))
    by_status = {row.status: row.number for row in statuses}
    kinds = session.execute(select(Feedback.kind, func.count().label("number")).group_by(Feedback.kind))
    said = {row.kind: row.number for row in kinds}
    hours = hours_to_decision(session)
    reasoned = select(func.count()).select_from(Feedback).where(Feedback.kind == FeedbackKind.DOWN.value, Feedback.reason != "")
    return Stats(
        at=now,
        questions=sum(by_status.values()),
        by_status=by_status,
        feedback={kind.value: said.get(kind.value, 0) for kind in FeedbackKind},
        down_with_reason=session.scalar(reasoned) or 0,
        concepts=concepts(session),
        beliefs=beliefs(session),
        gaps=gaps(session),
        decided=len(hours),
        median_hours=float(np.percentile(hours, 50)) if hours else None,
        p90_hours=float(np.percentile(hours, 90)) if hours else None,
        reuse=reuse(session),
        bins=bins(session),
        waits=waits(session, now, hours),
    )


def text(found: Stats) -> str:
    """Render the numbers as plain text for a terminal."""
    states = ", ".join(f"{number} {status.replace('_', ' ')}" for status, number in sorted(found.by_status.items()))
    short = partial(short_line, max_chars=SAMPLE_CHARS)
    blocks = [
        [f"Questions: {found.questions}" + (f" ({states})" if states else "")],
        [waiting_line(found)],
        [
            f"Feedback: {found.feedback['up']} up, {found.feedback['down']} down ({found.down_with_reason} with a reason), "
            f"{found.feedback['person']} asked for a person"
        ],
        table("Asked about (best card found)", ("card", "questions", "handed over", "put right"), found.concepts),
        table(
            "Misconceptions heard",
            ("card", "belief", "questions"),
            ((slug, short(belief), n) for slug, belief, n in found.beliefs),
        ),
        table(
            "Unanswered, gathered",
            ("questions", "first", "for example"),
            ((len(ids), ids[0], short(each)) for ids, each in found.gaps),
        ),
        table("Promoted cards", ("card", "since", "cited in answers"), ((slug, f"{at:%Y-%m-%d}", n) for slug, at, n in found.reuse)),
        table("Was confidence right? (answers that mentors judged)", ("confidence", "said", "right", "judged"), calibration(found.bins)),
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks)


def waiting_line(found: Stats) -> str:
    """Return the line that says how long learners wait for a mentor."""
    if found.median_hours is None or found.p90_hours is None:
        return "A mentor's word: none yet"
    return (
        f"A mentor's word: on {found.decided} questions, half of them within {found.median_hours:.1f} hours, "
        f"nine of ten within {found.p90_hours:.1f} hours"
    )


def calibration(found: Iterable[Bin]) -> Iterator[tuple[str, str, str, int]]:
    """Yield each span of confidence with reviewed answers: their mean confidence, the share that was right, and their number."""
    for each in found:
        if judged := each.confirmed + each.put_right:
            yield f"{each.low:.1f} to {each.high:.1f}", f"{each.said:.2f}", f"{each.confirmed / judged:.2f}", judged


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return rows as columns under a title, words aligned left and numbers right."""
    every = list(rows)
    if not every:
        return [f"{title}: none"]
    cells = [list(heads), *([str(cell) for cell in row] for row in every[:SHOWN])]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    numeric = [isinstance(cell, int | float) for cell in every[0]]
    lines = [f"{title}:"]
    for row in cells:
        padded = (cell.rjust(width) if number else cell.ljust(width) for cell, width, number in zip(row, widths, numeric, strict=True))
        lines.append(("  " + "  ".join(padded)).rstrip())
    return lines if len(every) <= SHOWN else [*lines, f"  and {len(every) - SHOWN} more"]
