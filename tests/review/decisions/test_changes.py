"""A learner reads in a line or two what a mentor changed, and no spoiler by the way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.review.decisions.changes import LAID_OUT, MAX_SHOWN_CHARS, REPLACED, REWORDED, change_note

OLD = "**Labels** are given. Targets are cut out.\n\nThe loss compares both."


@pytest.mark.parametrize(
    ("after", "note"),
    [
        (f"{OLD} So it learns.", "Added: “So it learns.”"),
        ("Labels are given. Targets are cut out.", "Taken out: “The loss compares both.”"),
        ("Labels are given.\n\nTargets are cut out.\n\nThe loss compares both.", LAID_OUT),
        ("Something else altogether. Nothing of it stays.", REPLACED),
        (f"{OLD}\n\n||A program.||", REWORDED),
    ],
)
def test_what_went_and_what_came_is_named(after: str, note: str) -> None:
    assert change_note(OLD, after) == note


@given(st.text(), st.text())
def test_a_note_is_short_whatever_was_written(before: str, after: str) -> None:
    lines = change_note(before, after).split("\n")
    assert 1 <= len(lines) <= 2
    assert max(map(len, lines)) < MAX_SHOWN_CHARS + 20


def test_a_long_text_is_compared_quickly() -> None:
    before = " ".join(f"Sentence {number} stays." for number in range(800))
    assert change_note(before, before.replace("Sentence 400", "Line 400")) == "Taken out: “Sentence 400 stays.”\nAdded: “Line 400 stays.”"
