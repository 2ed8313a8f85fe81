"""A pair of the exam that says nothing of the cards as they are is warned of, at its line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from knowledge.checking.advice import warnings
from knowledge.checking.rules import check
from tests.conftest import KNOWLEDGE

TODAY = dt.date(2026, 2, 3)

EXAM = """\
- {card: labels, question: q, holds: A program makes labels., fails: A person makes labels., decided_by: [Labels are made by a program.]}
- {card: paint, question: q, holds: Paint is wet., fails: Paint is dry., decided_by: [Paint is wet.]}
- {card: masks, question: q, holds: Masks are painted., fails: Masks are printed., decided_by: [Masks are painted.]}
- {card: masks, question: q, holds: Masks hide it., fails: masks hide it!, decided_by: [Masks of every kind are made by a program.]}
- {card: masks, question: q, holds: A b c d e f., fails: G h i j k f., decided_by: [Masks of every kind are made by a program.]}
- {card: labels, question: q, holds: A program makes labels., fails: Nobody makes labels., decided_by: [Labels are made by a program.]}
- {card: labels, question: q, holds: X before y., fails: Y before x., decided_by: [Labels are made by a program.]}
"""

FOUND = [
    "exam/all.yaml:1: the claim stands in the exam twice",
    "exam/all.yaml:2: the exam has a claim about 'paint', and there is no such card",
    "exam/all.yaml:3: the card masks no longer says “Masks are painted.”: write the claim again or take it out",
    "exam/all.yaml:4: both claims have the same words in the same order",
    "exam/all.yaml:5: the claims differ in 5 words: 4 at most are wanted",
]


def test_each_useless_pair_is_one_warning_at_its_line_and_no_problem(small: Path) -> None:
    (small / "exam").mkdir()
    (small / "exam" / "all.yaml").write_text(EXAM, encoding="utf-8")
    base, problems = check(small, today=TODAY)
    assert problems == []
    assert [str(warning) for warning in warnings(base, small) if warning.path.startswith("exam")] == FOUND


def test_an_exam_that_cannot_be_read_is_a_problem(small: Path) -> None:
    (small / "exam").mkdir()
    (small / "exam" / "all.yaml").write_text("- card: labels\n  question: q\n", encoding="utf-8")
    _, problems = check(small, today=TODAY)
    assert [str(problem) for problem in problems] == [
        "exam/all.yaml:1: decided_by: Field required",
        "exam/all.yaml:1: fails: Field required",
        "exam/all.yaml:1: holds: Field required",
    ]


def test_a_file_that_is_no_text_is_a_problem_and_the_others_are_looked_at_all_the_same(small: Path) -> None:
    (small / "exam").mkdir()
    (small / "exam" / "all.yaml").write_text(EXAM, encoding="utf-8")
    (small / "exam" / "broken.yaml").write_bytes(b"- card: m\xe4sks\n")
    base, problems = check(small, today=TODAY)
    assert [problem.path for problem in problems] == ["exam/broken.yaml"]
    assert [str(warning) for warning in warnings(base, small) if warning.path.startswith("exam")] == FOUND


def test_the_projects_exam_has_nothing_to_warn_of() -> None:
    base, _ = check(KNOWLEDGE, today=TODAY)
    assert [str(warning) for warning in warnings(base, KNOWLEDGE) if warning.path.startswith("exam")] == []
