"""A file of JSON lines is read whole, or every broken line of it is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from knowledge.errors import UsageError
from knowledge.json_lines import SHOWN_MAX, read_json_lines


def number(row: Any) -> int:
    if not isinstance(row, int):
        raise ValueError("no number")
    return row


def test_every_broken_line_is_named_and_the_message_keeps_to_a_length(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("1\n\n  \n2", encoding="utf-8")
    assert read_json_lines(path, number) == [1, 2]
    path.write_text('1\n{"a\n\n"text"\n' + "[" * 100_000, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_json_lines(path, number)
    assert str(caught.value) == f"{path}: line 2: not JSON; line 4: no number; line 5: not JSON"
    path.write_text("x\n" * (SHOWN_MAX + 3), encoding="utf-8")
    with pytest.raises(UsageError, match=r"; and 3 more$"):
        read_json_lines(path, number)


def test_a_separator_within_a_text_ends_no_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('"a\u2028b"\n', encoding="utf-8")
    assert read_json_lines(path, str) == ["a\u2028b"]
