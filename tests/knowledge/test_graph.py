"""The picture and the list of concepts say what the cards say, and nothing stands on anything else."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import knowledge
from knowledge.errors import KnowledgeError
from knowledge.graph import BEGIN, END, links, render_readme, svg
from knowledge.reading.base import KnowledgeBase, read_knowledge
from knowledge.reading.card import Card, Slug

KNOWLEDGE = Path(knowledge.__file__).parent
SPACE = "{http://www.w3.org/2000/svg}"
# Units: pixels a letter; DejaVu Sans, the widest of the fonts named, at 14 pixels.
LETTER_WIDTH, LINE_HEIGHT = 8.6, 16


def card(slug: str, group: str = "one", confused: tuple[str, ...] = (), related: tuple[str, ...] = ()) -> Card:
    return Card.model_validate(
        {
            "slug": slug,
            "title": f"About {slug}",
            "asked_as": tuple(f"{slug} {number}" for number in range(5)),
            "key_facts": ("a", "b", "c"),
            "confused_with": confused,
            "related": related,
            "sources": ({"title": "T", "authors": "A", "year": 2020, "url": "https://example.org/"},),
            "review_by": dt.date(2027, 1, 1),
            "path": f"{group}/{slug}.md",
            **dict.fromkeys(("short_answer", "explanation", "example", "check_yourself"), "text"),
        }
    )


def base_of(*cards: Card) -> KnowledgeBase:
    return KnowledgeBase({each.slug: each for each in cards})


@pytest.fixture(scope="module")
def whole() -> KnowledgeBase:
    return read_knowledge(KNOWLEDGE)[0]


def test_each_link_is_drawn_once_and_a_confused_pair_is_not_related_too() -> None:
    base = base_of(card("a", confused=("b",), related=("c", "gone")), card("b", "two", ("a",), ("a",)), card("c", related=("a", "c")))
    assert links(base) == ([("a", "b")], [("a", "c")])
    root = ElementTree.fromstring(svg(base))
    drawn = [each.get("class") for each in root.iter(f"{SPACE}path")]
    assert drawn.count("confused") == 1 + 1
    assert drawn.count("related") == 1 + 1


def test_the_same_cards_give_the_same_bytes_in_whatever_order_they_were_read(whole: KnowledgeBase) -> None:
    turned = KnowledgeBase(dict(reversed(whole.cards.items())))
    assert svg(whole) == svg(turned)


def test_every_card_of_the_course_has_its_label_and_no_two_labels_touch(whole: KnowledgeBase) -> None:
    root = ElementTree.fromstring(svg(whole))
    width = float(root.get("width", "0"))
    boxes = []
    for each in root.iter(f"{SPACE}text"):
        x, y, text = float(each.get("x", "0")), float(each.get("y", "0")), each.text or ""
        length = len(text) * LETTER_WIDTH
        left = x - length if each.get("text-anchor") == "end" else x
        if each.get("class") == "name":
            assert left >= 0
            assert left + length <= width + LETTER_WIDTH * 3
        if each.get("class") in {"name", "group"}:
            boxes.append((text, left, y - LINE_HEIGHT, left + length, y))
    assert {text for text, *_ in boxes} >= set(whole.cards)
    for position, (text, left, top, right, bottom) in enumerate(boxes):
        for other, left2, top2, right2, bottom2 in boxes[position + 1 :]:
            assert right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top, (text, other)


def test_no_line_runs_outwards_over_the_labels(whole: KnowledgeBase) -> None:
    for line in re.findall(r'class="(?:confused|related)" d="M([\d. C-]+)"', svg(whole))[2:]:
        start, *rest = (float(each) for each in re.findall(r"[\d.]+", line)[::2])
        pull, _, end = rest
        assert (pull > start) == (start < 620)
        assert min(start, end) > 300


def test_an_empty_base_is_a_picture_too() -> None:
    assert ElementTree.fromstring(svg(KnowledgeBase({}))).tag == f"{SPACE}svg"


def test_the_list_between_the_marks_is_renewed_and_the_rest_is_left() -> None:
    base = base_of(card("b"), card("a"), card("z", "two"))
    once = render_readme(base, f"Before.\n{BEGIN}\nold\n{END}\nAfter.\n")
    assert once.startswith(f"Before.\n{BEGIN}\n")
    assert once.endswith(f"{END}\nAfter.\n")
    assert "old" not in once
    assert once.index("[a](cards/one/a.md): About a") < once.index("[b](cards/one/b.md)") < once.index("[z](cards/two/z.md)")
    assert render_readme(base, once) == once


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"])
def test_a_readme_without_its_marks_is_refused(text: str) -> None:
    with pytest.raises(KnowledgeError, match=r"README\.md"):
        render_readme(base_of(card("a")), text)


def test_the_readme_of_the_knowledge_folder_lists_its_cards(whole: KnowledgeBase) -> None:
    text = (KNOWLEDGE / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^- \[([a-z0-9-]+)\]\(", text, re.M))
    assert listed == set(whole.cards), "run askwell knowledge graph"
    assert Slug("pretraining") in listed
