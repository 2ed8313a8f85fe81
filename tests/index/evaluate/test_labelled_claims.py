"""A file of labelled claims is read whole, or every broken line of it is named."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.settings import PROJECT
from bot.wording.check.fit_check import CLAIMS
from index.evaluate.labelled_claims import Claim, are_claims, read_claims
from knowledge.errors import UsageError
from knowledge.reading.base import read_knowledge
from knowledge.reading.card import Slug
from knowledge.reading.exam import read_exam

ROW = {"id": "a", "question": "Is it?", "claim": "It is.", "cards": ["masked-language-modeling"], "supported": True, "kind": "short"}
FILES = sorted(CLAIMS.rglob("*.jsonl"))


def written(path: Path, *rows: dict[str, Any] | str) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_file_of_claims_is_read_in_its_order_and_blank_lines_are_nothing(tmp_path: Path) -> None:
    first, second = read_claims(written(tmp_path / "c.jsonl", ROW, "", {**ROW, "id": "b", "supported": False, "pair": "p1", "more": 1}))
    assert (first.id, first.supported, first.kind, first.pair) == ("a", True, "short", "")
    assert (second.id, second.supported, second.pair) == ("b", False, "p1")


def test_every_broken_line_is_named(tmp_path: Path) -> None:
    path = written(
        tmp_path / "c.jsonl", ROW, "{", {**ROW, "claim": ""}, {**ROW, "cards": []}, "[]", {"id": "x"}, {**ROW, "supported": "perhaps"}
    )
    with pytest.raises(UsageError) as caught:
        read_claims(path)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(f"{path}: line 2: not JSON; line 3: claim: ")
    for line in ("line 4: cards:", "line 5:", "line 6: question: Field required", "line 7: supported:"):
        assert line in said, line


def test_of_many_broken_lines_the_first_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"line 20: not JSON; and 13 more"):
        read_claims(written(tmp_path / "c.jsonl", *["{"] * 33))


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "c.jsonl").write_bytes(content)
    with pytest.raises(UsageError, match=r"can't read .*c\.jsonl"):
        read_claims(tmp_path / "c.jsonl")


@pytest.mark.parametrize(
    ("text", "are"),
    [
        (json.dumps(ROW), True),
        ('\n[]\nnot json\n{"claim": 3}', True),
        ('{"id": "q", "question": "what?"}\n' + json.dumps(ROW), False),
        ("", False),
    ],
)
def test_the_first_object_says_whether_a_file_holds_claims(text: str, are: bool) -> None:
    assert are_claims(text) is are


def test_a_claim_about_cards_that_are_not_there_is_refused() -> None:
    claim = Claim.model_validate({**ROW, "cards": ["gone", "here"]})
    assert claim.among({Slug("here"), Slug("there")}) == ("here",)
    with pytest.raises(UsageError, match="the claim a is about gone, here, and there is no such card"):
        claim.among({Slug("there")})


def test_the_projects_own_claims_are_of_the_first_sixty_cards_and_as_many_false_as_true() -> None:
    cards = read_knowledge(PROJECT / "knowledge")[0].cards
    claims = {path: read_claims(path) for path in FILES}
    held_out = claims[CLAIMS / "held_out" / "claims.jsonl"]
    assert len(held_out) >= 400
    for path, rows in claims.items():
        assert len({claim.id for claim in rows}) == len(rows), path
        assert not {slug for claim in rows for slug in claim.cards} - set(cards), path
        assert 0.35 < sum(claim.supported for claim in rows) / len(rows) < 0.6, path
    # The cards that came later have no claims yet: the check knows them by its signals and vectors alone.
    assert len({claim.cards[0] for rows in claims.values() for claim in rows}) == 60
    assert min(Counter(claim.supported for claim in held_out).values()) >= 200


def test_no_claim_of_the_exam_was_fitted() -> None:
    pairs, problems = read_exam(PROJECT / "knowledge")
    assert (len(pairs) >= 150, problems) == (True, [])
    fitted = {claim.claim.lower().rstrip(".") for path in FILES for claim in read_claims(path)}
    assert {claim for pair in pairs for claim in (pair.holds, pair.fails) if claim.lower().rstrip(".") in fitted} == set()


def test_hardly_a_sentence_that_is_held_out_was_fitted() -> None:
    """Authors who did not know of each other hit upon a few short sentences alike."""
    fitted = {claim.claim.lower() for path in FILES if path.parent.name == "fit" for claim in read_claims(path)}
    held_out = {claim.claim.lower() for claim in read_claims(CLAIMS / "held_out" / "claims.jsonl")}
    assert len(fitted) > 5_000
    assert len(fitted & held_out) <= 0.025 * len(held_out)
