"""A course's file may only name cards that exist, and its words have to say something; each problem has its line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from knowledge.checking.rules import check

TODAY = dt.date(2026, 2, 3)

TEXT = """\
name: labels
about: labels, and masks.
ideas:
  - {name: labels, card: labels}
  - {name: paint, card: paint}
groups:
  - one
  - three
opposites:
  - [closed, of the]
  - [open, dense, wide open]
called: [same]
synonyms:
  - [label, the]
"""

FOUND = """\
course.yaml:2: about goes on after a colon and has no full stop
course.yaml:5: ideas names 'paint', and there is no such card
course.yaml:6: groups leaves out two
course.yaml:8: groups names 'three', and there is no such folder of cards
course.yaml:10: the side 'of the' has only words that say nothing
course.yaml:11: 'open' is on two sides of one row
course.yaml:12: called has 'same', which says nothing
course.yaml:14: synonyms has 'the', which says nothing
"""


def test_what_a_course_names_is_there_and_its_words_say_something(small: Path) -> None:
    (small / "course.yaml").write_text(TEXT, encoding="utf-8")
    problems = check(small, today=TODAY)[1]
    assert sorted(str(problem) for problem in problems) == sorted(FOUND.splitlines())


def test_a_course_that_cannot_be_read_is_one_problem(small: Path) -> None:
    (small / "course.yaml").write_text("name: labels\nmood: good\n", encoding="utf-8")
    assert [str(problem) for problem in check(small, today=TODAY)[1]] == ["course.yaml:2: 'mood' is not a key that belongs here"]
