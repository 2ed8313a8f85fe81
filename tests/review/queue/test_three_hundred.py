"""Of three hundred messages as a course has them, what asks nothing is left out, no question is, and matters of the course group."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.review.queue.asks_nothing import asks_nothing
from bot.review.queue.groups import COURSE, COURSE_OTHER, group_of

ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in Path(__file__).parents[1].joinpath("queue_300.jsonl").read_text("utf-8").splitlines()
]
COURSE_KINDS = {"deadlines", "grades", "exams", "recordings", "certificates"}


def test_what_asks_nothing_is_left_out_and_no_question_is() -> None:
    assert len(ROWS) == len({row["text"] for row in ROWS}) == 300
    nothing = [asks_nothing(row["text"]) for row in ROWS if row["kind"] == "nothing"]
    assert sum(nothing) >= len(nothing) - 4
    assert [row["text"] for row in ROWS if row["kind"] != "nothing" and asks_nothing(row["text"])] == []


def test_what_is_asked_about_the_course_is_in_a_group_of_its_own() -> None:
    groups = {*(name for name, _ in COURSE), COURSE_OTHER, "homework"}
    asked = [group_of(row["text"], (), card=None) in groups for row in ROWS if row["kind"] in COURSE_KINDS | {"homework"}]
    assert sum(asked) >= 0.8 * len(asked)
    others = [row["text"] for row in ROWS if row["kind"] in {"course", "gaps"} and group_of(row["text"], (), card=None) in groups]
    assert others == []
