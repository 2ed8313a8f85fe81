"""Proposals name the nearest card and a free slug, best first."""

from __future__ import annotations

from pathlib import Path

from bot.review.promotion.plan import PromotionKind
from bot.review.promotion.propose import propose
from tests.review.cards import ANSWER, library_of


def test_proposals_name_the_nearest_card_and_a_free_slug(small: Path, tmp_path: Path) -> None:
    library = library_of(small, tmp_path)
    wanted = [each.wanted for each in propose("how do I make masks of every kind by machine?", ANSWER, library)]
    assert any(each.endswith(":masks") for each in wanted)
    assert any(each.startswith("new:") for each in wanted)
    repeated = propose("what are labels?", "Labels are made by a program.", library)
    assert [each.wanted for each in repeated] == ["replace:labels", "amend:labels"]
    assert "already" in repeated[0].why
    assert {each.wanted.split(":")[0] for each in propose("xyzzy", ANSWER, library)} <= set(PromotionKind)
