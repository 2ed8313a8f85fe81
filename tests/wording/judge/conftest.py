"""A small course with an exam."""

from __future__ import annotations

from pathlib import Path

import pytest

EXAM = """\
- card: labels
  question: who makes labels?
  holds: A program makes labels.
  fails: A person makes labels.
  decided_by: [Labels are made by a program.]
- card: labels
  question: are labels any good for people?
  holds: Yes, people can read labels.
  fails: No, people can't read labels.
  decided_by: [Labels can be read by people.]
- card: targets
  question: when are targets counted
  holds: Targets and goals are counted after training.
  fails: Targets and goals are counted before training.
  decided_by: [Targets and goals are counted after training.]
- card: masks
  question: who makes masks?
  holds: A program makes masks of every kind.
  fails: A person makes masks of every kind.
  decided_by: [Masks of every kind are made by a program.]
"""


@pytest.fixture
def course(small: Path) -> Path:
    """Return the knowledge folder of three cards, with an exam of four pairs on them."""
    (small / "exam").mkdir()
    (small / "exam" / "all.yaml").write_text(EXAM, encoding="utf-8")
    return small
