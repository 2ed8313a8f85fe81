"""A new card explains itself, and is nobody's answer before it is filled."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from knowledge.errors import KnowledgeError, UsageError
from knowledge.reading.card import FrontMatter
from knowledge.reading.card_file import read_card
from knowledge.reading.template import a_year_after, new_card

TODAY = dt.date(2026, 2, 3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pretraining").mkdir()
    (tmp_path / "contrasts").mkdir()
    (tmp_path / "pretraining" / "word2vec.md").write_text("a card", encoding="utf-8")
    (tmp_path / "inference").mkdir()
    return tmp_path


def test_a_new_card_explains_every_field_and_is_not_answered_from(folder: Path) -> None:
    path = new_card("span-corruption", folder, group="inference", today=TODAY)
    assert path == folder / "inference" / "span-corruption.md"
    text = path.read_text(encoding="utf-8")
    assert "review_by: 2027-02-03" in text
    # Only a promotion writes that a model drafted a card.
    for field in set(FrontMatter.model_fields) - {"drafted_by"}:
        assert re.search(rf"^#.*\n{field}:", text, re.M), field
    card, problems = read_card(path, folder)
    assert card is None
    said = " ".join(problem.message for problem in problems)
    for missing in ("title", "asked_as", "sources", "## Short answer", "## Explanation", "## Example", "## Check yourself"):
        assert missing in said


def test_a_bad_slug_is_refused_in_one_line(folder: Path) -> None:
    for slug in ("Upper", "two--hyphens", "-x", "a_b", "a b", "", "../x", "é"):
        with pytest.raises(UsageError, match="can't be a slug") as caught:
            new_card(slug, folder, group="inference", today=TODAY)
        assert "\n" not in str(caught.value), slug


def test_a_slug_of_any_group_is_taken(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"taken: edit .*word2vec\.md"):
        new_card("word2vec", folder, group="inference", today=TODAY)
    assert (folder / "pretraining" / "word2vec.md").read_text(encoding="utf-8") == "a card"


def test_a_group_that_is_none_is_refused_with_those_that_are(folder: Path) -> None:
    for group in ("nowhere", "contrasts", "..", ""):
        with pytest.raises(UsageError, match="choose inference and pretraining"):
            new_card("span-corruption", folder, group=group, today=TODAY)


def test_a_group_has_to_be_named_where_there_are_several(folder: Path) -> None:
    with pytest.raises(UsageError, match="Add --group with one of inference and pretraining"):
        new_card("span-corruption", folder, group=None, today=TODAY)
    (folder / "inference").rmdir()
    assert new_card("span-corruption", folder, group=None, today=TODAY).parent == folder / "pretraining"


def test_without_a_knowledge_folder_it_says_which_setting_to_mend(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="ASKWELL_KNOWLEDGE_DIR"):
        new_card("x", tmp_path / "none", group="inference", today=TODAY)


def test_a_leap_day_has_a_year_after() -> None:
    assert a_year_after(dt.date(2028, 2, 29)) == dt.date(2029, 2, 28)
