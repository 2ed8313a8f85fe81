"""Proposals name the cards that a question is about, and none that is merely nearest."""

from __future__ import annotations

from pathlib import Path

from bot.review.promotion.propose import propose
from tests.review.cards import ANSWER, library_of


def test_proposals_name_the_card_that_a_question_is_about(small: Path, tmp_path: Path) -> None:
    library = library_of(small, tmp_path)
    wanted = [each.wanted for each in propose("how do I make masks of every kind by machine?", ANSWER, library)]
    assert any(each.endswith(":masks") for each in wanted)
    assert any(each.startswith("new:") for each in wanted)
    repeated = propose("what are labels?", "Labels are made by a program.", library)
    assert [each.wanted for each in repeated] == ["replace:labels", "amend:labels"]
    assert "already" in repeated[0].why


def test_nothing_but_a_new_card_is_proposed_where_no_card_is_about_the_question(small: Path, tmp_path: Path) -> None:
    library = library_of(small, tmp_path)
    assert [each.wanted for each in propose("xyzzy", ANSWER, library)] == ["new:SLUG"]
