"""A statement that nothing in its card decides any more, or that stands there twice, is warned of at its line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from knowledge.checking.advice import warnings
from knowledge.checking.rules import check
from tests.conftest import KNOWLEDGE

TODAY = dt.date(2026, 2, 3)

STATEMENTS = """\
labels:
- decided_by: Labels are made by a program.
  holds:
  - A program makes labels.
  fails:
  - A person makes labels.
masks:
- decided_by: Masks are painted.
  holds:
  - Masks have paint on them.
- decided_by: Masks of every kind are made by a program.
  holds:
  - a program makes labels
"""

FOUND = [
    "statements/all.yaml:4: the statement “A program makes labels.” stands there 2 times",
    "statements/all.yaml:8: the card masks no longer says “Masks are painted.”: write its statements again or take them out",
    "statements/all.yaml:13: the statement “a program makes labels” stands there 2 times",
]


def write(small: Path, text: str) -> None:
    (small / "statements").mkdir()
    (small / "statements" / "all.yaml").write_text(text, encoding="utf-8")


def test_a_useless_statement_is_a_warning_at_its_line_and_no_problem(small: Path) -> None:
    write(small, STATEMENTS)
    base, problems = check(small, today=TODAY)
    assert problems == []
    assert [str(warning) for warning in warnings(base, small) if warning.path.startswith("statements")] == FOUND


def test_statements_of_no_card_and_of_another_form_are_problems(small: Path) -> None:
    write(small, "paint:\n- decided_by: Paint is wet.\nmasks:\n- holds: [Masks hide it.]\nlabels: []\n")
    base, problems = check(small, today=TODAY)
    assert [str(problem).split(": ", 1) for problem in problems] == [
        ["statements/all.yaml:1", "paint: 'paint' must be a card's slug with a list of statements below it"],
        ["statements/all.yaml:3", "masks: decided_by: Field required"],
    ]
    assert set(base.statements) == {"labels"}


def test_the_statements_of_the_course_have_no_warning() -> None:
    base, _ = check(KNOWLEDGE, today=TODAY)
    assert set(base.statements) == set(base.cards)
    assert [str(warning) for warning in warnings(base, KNOWLEDGE) if warning.path.startswith("statements")] == []
