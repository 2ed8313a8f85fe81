"""A file of labelled questions is read whole, or every broken line of it is named at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.evaluate.labelled_questions import QUESTIONS, read_labelled
from index.store.passages import shown_passages
from knowledge.errors import UsageError
from knowledge.reading.base import read_knowledge
from tests.conftest import KNOWLEDGE

GOOD = {"id": "a", "question": "what is a label?", "slugs": ["what-is-a-label"], "must": ["target"], "note": "for its author"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "questions.jsonl"


def refused(path: Path, *lines: str) -> str:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_labelled(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_questions_and_conversations_are_read_and_empty_lines_are_none(path: Path) -> None:
    rows = [GOOD, {"id": "b", "family": "f", "turns": ["what is a label?", "why?"]}]
    path.write_text("\n\n".join(json.dumps(row) for row in rows) + "\n\r\n", encoding="utf-8")
    first, second = read_labelled(path)
    assert (first.conversation, first.group, first.slugs) == (("what is a label?",), "a", ("what-is-a-label",))
    assert (second.conversation, second.group, second.slugs) == (("what is a label?", "why?"), "f", ())


def test_a_line_separator_within_a_question_does_not_end_its_line(path: Path) -> None:
    path.write_text(json.dumps(GOOD | {"question": "one\u2028two"}, ensure_ascii=False), encoding="utf-8")
    assert read_labelled(path)[0].question == "one\u2028two"


def test_every_broken_line_is_named_with_what_is_wrong(path: Path) -> None:
    said = refused(
        path,
        json.dumps(GOOD),
        "{not json",
        "[1, 2]",
        '"only a text"',
        json.dumps({"question": "who am I?"}),
        json.dumps({"id": 7, "question": "a number for a name"}),
        json.dumps({"id": "nothing asked"}),
        json.dumps({"id": "no list", "question": "x", "slugs": "what-is-a-label"}),
        json.dumps(GOOD | {"id": "regex", "must": ["fine", "(open"]}),
        json.dumps(GOOD | {"id": "forbidden", "must_not": ["*"]}),
        json.dumps(GOOD),
        json.dumps(GOOD | {"id": "last"}),
    )
    assert said.startswith(f"{path}: line 2: not JSON; line 3: ")
    for number in range(2, 12):
        assert f"line {number}: " in said, number
    assert "line 1:" not in said
    assert "line 12:" not in said
    for part in ("line 5: id: ", "line 6: id: ", "needs 'question' or 'turns'", "line 8: slugs", "line 9: must: ", "'(open' is no regular",
                 "line 10: must_not: ", "line 11: the id 'a' is given twice",):  # fmt: skip
        assert part in said, part


def test_half_a_letter_in_a_question_does_not_stop_the_others(path: Path) -> None:
    path.write_text(json.dumps(GOOD | {"question": "half \ud800"}), encoding="utf-8")
    assert read_labelled(path)[0].question == "half \ud800"


def test_of_very_many_broken_lines_the_first_are_named_and_the_rest_counted(path: Path) -> None:
    said = refused(path, *["?"] * 50)
    assert "line 20: not JSON; and 30 more" in said
    assert "line 21" not in said


def test_a_file_that_is_missing_empty_or_no_text_is_one_line(path: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"can't read .*: No such file or directory"):
        read_labelled(path)
    with pytest.raises(UsageError, match=r"can't read .*: Is a directory"):
        read_labelled(tmp_path)
    assert "no labelled question in it" in refused(path, "", "  ")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="can't read"):
        read_labelled(path)


@pytest.mark.parametrize("path", sorted(QUESTIONS.glob("*/*.jsonl")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_file_of_ours_can_be_read(path: Path) -> None:
    assert read_labelled(path)


@pytest.mark.parametrize("path", sorted((QUESTIONS / "held_out").glob("*.jsonl")), ids=lambda path: path.stem)
def test_every_held_out_question_names_passages_that_are_there_and_the_cards_of_those_that_settle_it(path: Path) -> None:
    base, _ = read_knowledge(KNOWLEDGE)
    there = {f"{slug}#{name}" for slug, card in base.cards.items() for name in shown_passages(card)}
    for row in read_labelled(path):
        assert row.settles is not None, row.id
        halves = [half for item in row.settles for half in item.split("+")]
        assert {*halves, *row.near} <= there, row.id
        assert not {*row.settles} & {*row.near}, row.id
        assert list(row.slugs) == list(dict.fromkeys(half.split("#")[0] for half in halves)), row.id


def test_held_out_questions_lie_in_the_file_that_their_labels_say() -> None:
    for name, settled in (("in_scope", {True}), ("out_of_scope", {False})):
        assert {bool(row.settles) for row in read_labelled(QUESTIONS / "held_out" / f"{name}.jsonl")} == settled
