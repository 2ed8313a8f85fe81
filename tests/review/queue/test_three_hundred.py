"""Of three hundred messages as a course has them, what asks nothing is left out, no question is, and matters of the course group."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    "text",
    [
        "why does my model make 3 predictions per anchor?", "does k-means make 5 clusters?", "what made 2 of my 3 folds fail?",
        "can an lstm predict forex prices?", "why is monte carlo named after a casino?", "does it make 2k tokens of one page",
        ".detach meaning", ".backward twice error", "/ask bias variance", "that's wrong", "answer is wrong",
    ],
)  # fmt: skip
def test_a_question_that_looks_like_spam_or_a_command_stays_in_the_queue(text: str) -> None:
    assert not asks_nothing(text)


@pytest.mark.parametrize(
    "text", ["make $500 a day from home", "earn up to 2000 per week", "i made 900 € with this", "$daily", ".help", "/ask"]
)
def test_spam_and_bare_commands_are_left_out(text: str) -> None:
    assert asks_nothing(text)


def test_what_is_asked_about_the_course_is_in_a_group_of_its_own() -> None:
    groups = {*(name for name, _ in COURSE), COURSE_OTHER, "homework"}
    asked = [group_of(row["text"], (), card=None) in groups for row in ROWS if row["kind"] in COURSE_KINDS | {"homework"}]
    assert sum(asked) >= 0.8 * len(asked)
    others = [row["text"] for row in ROWS if row["kind"] in {"course", "gaps"} and group_of(row["text"], (), card=None) in groups]
    assert others == []
