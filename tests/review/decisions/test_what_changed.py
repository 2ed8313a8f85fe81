"""A learner reads in a line or two what a mentor changed, and no spoiler by the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.review.decisions.what_changed import LAID_OUT, MAX_SHOWN_CHARS, REPLACED, REWORDED, change_note

OLD = "**Labels** are given. Targets are cut out.\n\nThe loss compares both."


def test_what_was_taken_out_and_added_is_named() -> None:
    notes = {
        f"{OLD} So it learns.": "Added: “So it learns.”",
        "Labels are given. Targets are cut out.": "Taken out: “The loss compares both.”",
        "Labels are given.\n\nTargets are cut out.\n\nThe loss compares both.": LAID_OUT,
        "Something else altogether. Nothing of it stays.": REPLACED,
        f"{OLD}\n\n||A program.||": REWORDED,
    }
    assert {after: change_note(OLD, after) for after in notes} == notes


@given(st.text(), st.text())
def test_a_note_is_short_whatever_was_written(before: str, after: str) -> None:
    lines = change_note(before, after).split("\n")
    assert 1 <= len(lines) <= 2
    assert max(map(len, lines)) < MAX_SHOWN_CHARS + 20


def test_a_long_text_is_compared_quickly() -> None:
    before = " ".join(f"Sentence {number} stays." for number in range(800))
    assert change_note(before, before.replace("Sentence 400", "Line 400")) == "Taken out: “Sentence 400 stays.”\nAdded: “Line 400 stays.”"
