"""The map of the cards, what became of a card, and the date by which it is to be read again."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.showing.concept_map import FEW_HIGH, FEW_WIDE, MOST_CARDS, concept_map, laid_out
from bot.ledger.database import Ledger
from bot.ledger.feedback import FeedbackKind
from knowledge.reading.base import KnowledgeBase, read_knowledge
from knowledge.reading.card import Slug
from tests.adapters.desk.browsing import Browser
from tests.adapters.desk.conftest import Clock
from tests.conftest import card_text
from tests.review.asked import asked


def head(folder: Path) -> str:
    return subprocess.run(["git", "log", "-1", "--format=%an: %s"], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_the_map_draws_every_card_and_link_and_lists_the_same_beside_it(ada: Browser, desk: Desk) -> None:
    page = ada.read("/knowledge/map")
    assert page.count("<circle") == 3 and page.count('<line class="confused"') == 1
    listed = page[page.index("The same as a list") :]
    assert all(f'href="/knowledge/{slug}"' in listed for slug in ("labels", "targets", "masks"))
    assert "Cards without a link" in page and page.index("About masks of every kind") < page.index("The same as a list")


def test_the_map_around_a_card_leaves_out_what_is_far_from_it_and_an_unknown_card_shows_all(ada: Browser) -> None:
    page = ada.read("/knowledge/map?card=labels")
    assert page.count("<circle") == 2 and "Around About labels" in page and "About masks of every kind" not in page
    assert ada.read("/knowledge/map?card=<script>x").count("<circle") == 3


def test_the_same_cards_lie_at_the_same_places_within_the_drawing_and_linked_ones_nearer() -> None:
    links = tuple((number, number + 1) for number in range(0, 18, 2))
    first = laid_out((0,) * 20, links, FEW_WIDE, FEW_HIGH)
    laid_out.cache_clear()
    assert laid_out((0,) * 20, links, FEW_WIDE, FEW_HIGH) == first
    assert all(0 <= x <= FEW_WIDE and 0 <= y <= FEW_HIGH for x, y in first)

    def between(one: int, other: int) -> float:
        return float(((first[one][0] - first[other][0]) ** 2 + (first[one][1] - first[other][1]) ** 2) ** 0.5)

    linked = [between(one, other) for one, other in links]
    apart = [between(one, other) for one in range(20) for other in range(one + 1, 20) if (one, other) not in links]
    assert sum(linked) / len(linked) < sum(apart) / len(apart)


@pytest.mark.parametrize("count", [0, 1, 2, MOST_CARDS + 1])
def test_no_card_one_card_and_too_many_for_a_drawing_have_a_page_too(tmp_path: Path, count: int) -> None:
    (tmp_path / "one").mkdir()
    for number in range(count):
        (tmp_path / "one" / f"card-{number}.md").write_text(card_text(f"card-{number}", f"thing number {number}", ""), encoding="utf-8")
    base: KnowledgeBase = read_knowledge(tmp_path)[0]
    drawn = concept_map(base)
    assert len(base.cards) == len(drawn.listed) == count
    assert len(drawn.cards) == (count if count <= MOST_CARDS else 0)
    if count:
        assert [each.is_chosen for each in concept_map(base, "card-0").cards] == [True]


def test_a_cards_commits_lead_to_what_each_changed_and_to_no_other_file_of_the_repository(ada: Browser, small: Path) -> None:
    (small / "secret.txt").write_text("not for the desk\n", encoding="utf-8")
    for words in (("add", "."), ("-c", "user.name=C", "-c", "user.email=c@example.org", "commit", "-qm", "Another file")):
        subprocess.run(["git", *words], cwd=small, check=True, capture_output=True)
    link = re.search(r"/knowledge/labels/commits/[0-9a-f]+", ada.read("/knowledge/labels"))
    assert link is not None
    page = ada.read(link[0])
    assert "The cards" in page and "+slug: labels" in page and "+slug: masks" not in page
    newest = subprocess.run(["git", "rev-parse", "HEAD"], cwd=small, check=True, capture_output=True, text=True).stdout.strip()
    other = ada.read(f"/knowledge/labels/commits/{newest}")
    assert "not for the desk" not in other
    for name in ("0" * 40, "HEAD", "--output=x", "..%2f..", "x" * 500):
        assert ada.get(f"/knowledge/labels/commits/{name}").status_code == 404
    assert ada.get(f"/knowledge/nothing/commits/{newest}").status_code == 404


def test_a_card_says_how_its_answers_were_received(ada: Browser, desk: Desk, ledger: Ledger) -> None:
    first, second = asked(ledger, text="what are labels?"), asked(ledger, text="who writes labels?")
    ada.post(f"/questions/{first}/decide", decision="confirm")
    desk.service.feedback(second, platform="discord", author="bo", kind=FeedbackKind.DOWN.value, reason="no")
    assert "Of 2: 1 confirmed by mentors, 0 thumbs up, 1 down." in ada.read("/knowledge/labels")


def test_cards_whose_date_has_gone_by_are_listed_and_one_that_was_read_is_good_for_another_year(
    ada: Browser, desk: Desk, small: Path, clock: Clock
) -> None:
    assert "to be read again" not in ada.read("/knowledge") and "Read, and right" not in ada.read("/knowledge/labels")
    assert "Every card is read" in ada.read("/knowledge?stale=1")
    path = small / "one" / "labels.md"
    path.write_text(re.sub(r"review_by: \S+", "review_by: 2026-01-31", path.read_text(encoding="utf-8")), encoding="utf-8")
    desk.service.refresh()
    page = ada.read("/knowledge")
    assert "1 card to be read again" in page
    stale = ada.read("/knowledge?stale=1")
    assert "About labels" in stale and "About masks" not in stale
    before = path.read_text(encoding="utf-8")
    assert "Noted: the card is right as it is" in ada.follow(ada.post("/knowledge/labels/read", due="2026-01-31"))
    assert path.read_text(encoding="utf-8") == before.replace("2026-01-31", "2027-02-03")
    assert desk.library.base.cards[Slug("labels")].review_by.year == 2027
    assert head(small) == "Ada: labels edited"
    late = ada.post("/knowledge/labels/read", due="2026-01-31")
    assert late.status_code == 409 and "was changed since you opened its page" in late.text
    again = ada.post("/knowledge/labels/read", due="2027-02-03")
    assert again.status_code == 409 and "was read today already" in again.text
    assert ada.post("/knowledge/nothing/read").status_code == 409
