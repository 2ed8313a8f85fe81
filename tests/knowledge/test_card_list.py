"""The list of cards in the README says what the cards say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge.card_list import BEGIN, END, render_readme
from knowledge.errors import KnowledgeError
from knowledge.reading.base import KnowledgeBase, read_knowledge
from tests.conftest import KNOWLEDGE


@pytest.fixture
def base(small: Path) -> KnowledgeBase:
    return read_knowledge(small)[0]


def test_the_list_between_the_marks_is_renewed_and_the_rest_is_left(base: KnowledgeBase) -> None:
    once = render_readme(base, f"Before.\n{BEGIN}\nold\n{END}\nAfter.\n")
    assert once.startswith(f"Before.\n{BEGIN}\n")
    assert once.endswith(f"{END}\nAfter.\n")
    assert "old" not in once
    places = [once.index(f"[{Path(path).stem}]({path}): About ") for path in ("one/labels.md", "one/targets.md", "two/masks.md")]
    assert places == sorted(places)
    assert "**one** (2)" in once
    assert render_readme(base, once) == once
    assert render_readme(KnowledgeBase(dict(reversed(base.cards.items()))), once) == once


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"])
def test_a_readme_without_its_marks_is_refused(text: str, base: KnowledgeBase) -> None:
    with pytest.raises(KnowledgeError, match=r"README\.md"):
        render_readme(base, text)


def test_the_readme_of_the_knowledge_folder_lists_its_cards() -> None:
    text = (KNOWLEDGE / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^- \[([a-z0-9-]+)\]\(", text, re.M))
    assert listed == set(read_knowledge(KNOWLEDGE)[0].cards), "run askwell knowledge readme"
