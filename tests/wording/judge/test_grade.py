from __future__ import annotations

from pathlib import Path

import pytest

from bot.wording.judge.grade import Counted, Grade, grade_of
from bot.wording.judge.sitting import exam_sheets
from knowledge.reading.base import read_knowledge


@pytest.mark.parametrize(
    ("caught", "cut", "passed"),
    [((95, 100), (8, 100), True), ((94, 100), (0, 100), False), ((100, 100), (9, 100), False), ((0, 0), (0, 0), False)],
)
def test_a_judge_passes_that_catches_enough_and_cuts_little(caught: tuple[int, int], cut: tuple[int, int], passed: bool) -> None:
    assert Grade(Counted(*caught), Counted(*cut), 0).passed is passed


def test_the_interval_is_wilsons_and_has_room_even_where_nothing_was_missed() -> None:
    assert str(Counted(100, 100)) == "1.000 [0.963, 1.000]"
    # Source: the table in Wilson's interval for 81 of 263, widely reprinted: 0.255 to 0.366.
    assert [round(each, 3) for each in Counted(81, 263).interval] == [0.255, 0.366]


def test_there_is_no_grade_before_the_last_sheet_and_a_reply_off_the_form_cuts_its_whole_sheet(course: Path) -> None:
    sheets = exam_sheets(course, read_knowledge(course)[0])
    answers = {sheet.key: ["supported"] * len(sheet.claims) for sheet in sheets[1:]}
    assert grade_of(sheets, answers) is None
    grade = grade_of(sheets, answers | {sheets[0].key: []})
    assert grade is not None
    on_it = sum(claim.holds for claim in sheets[0].claims)
    assert (grade.off_form, grade.cut.found, grade.caught.found) == (1, on_it, len(sheets[0].claims) - on_it)
    assert "1 sheets answered off the form" in str(grade)
