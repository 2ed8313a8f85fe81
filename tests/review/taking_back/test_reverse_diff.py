"""A change is taken out of a text wherever later edits have moved it, and only that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.review.promotion.make_plan import unified_diff
from bot.review.taking_back.reverse_diff import changed_files, reversed_text
from knowledge.errors import Refused

BEFORE = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"
AFTER = BEFORE.replace("four\n", "four\nfour and a half\n")


def taken_out(text: str, before: str = BEFORE, after: str = AFTER) -> str:
    (change,) = changed_files(unified_diff("a/b.md", before, after))
    return reversed_text(text, change)


LINES = st.lists(st.sampled_from(["a", "b", "c", "- d", "--- e", "+++ f", "@@ -1 +1 @@"]), min_size=1, max_size=12)


@given(LINES, LINES)
def test_what_was_changed_is_as_before(before: list[str], after: list[str]) -> None:
    was, then = ("".join(f"{line}\n" for line in lines) for lines in (before, after))
    diff = unified_diff("x", was, then)
    if not diff:
        return
    (change,) = changed_files(diff)
    try:
        assert reversed_text(then, change) == was
    except Refused:
        # Where the same lines come twice there is no one place.
        assert len(set(after)) < len(after) or len(set(before)) < len(before)


def test_edits_beside_it_stay() -> None:
    assert taken_out(f"zero\n{AFTER}eight\n") == f"zero\n{BEFORE}eight\n"
    moved = AFTER.replace("three\n", "three!\n").replace("five\n", "another one\nfive\n")
    assert taken_out(moved) == moved.replace("four and a half\n", "")


def test_line_ends_stay() -> None:
    assert taken_out(AFTER.replace("\n", "\r\n")) == BEFORE.replace("\n", "\r\n")


def test_a_line_that_was_changed_since_is_refused() -> None:
    with pytest.raises(Refused, match=r"a/b\.md: the lines that the promotion wrote were changed since"):
        taken_out(AFTER.replace("and a half", "and three quarters"))


def test_a_second_time_changes_nothing() -> None:
    assert taken_out(BEFORE) == BEFORE
