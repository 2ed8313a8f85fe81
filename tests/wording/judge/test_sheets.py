"""The exam's sheets look like drafts, give nothing away, and change only where the cards or the exam do."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bot.wording.judge.sheets import CLAIMS_A_SHEET, Sheet
from bot.wording.judge.sitting import exam_sheets
from knowledge.reading.base import read_knowledge
from tests.conftest import KNOWLEDGE


def sheets(knowledge: Path) -> list[Sheet]:
    return exam_sheets(knowledge, read_knowledge(knowledge)[0])


def test_the_projects_exam_has_every_card_and_each_claim_once_beside_what_decides_it() -> None:
    base, _ = read_knowledge(KNOWLEDGE)
    found = sheets(KNOWLEDGE)
    claims = [claim for sheet in found for claim in sheet.claims]
    assert {claim.pair.card for claim in claims} == set(base.cards)
    assert max(Counter(claim.text for claim in claims).values()) == 1
    assert Counter(claim.holds for claim in claims) == {True: len(claims) // 2, False: len(claims) // 2}
    for sheet in found:
        assert len(sheet.claims) <= CLAIMS_A_SHEET
        assert all(set(claim.pair.decided_by) <= set(sheet.notes) for claim in sheet.claims)
        assert len(sheet.notes) > len({sentence for claim in sheet.claims for sentence in claim.pair.decided_by})
        assert not {claim.pair.fails for claim in sheet.claims if claim.holds} & set(sheet.sentences)
    mixed = [sheet for sheet in found if {claim.holds for claim in sheet.claims} == {True, False}]
    assert len(mixed) > 0.8 * len(found)


def test_an_edit_changes_the_sheets_of_its_card_and_no_others(course: Path) -> None:
    before = {sheet.key for sheet in sheets(course)}
    path = course / "two" / "masks.md"
    path.write_text(path.read_text(encoding="utf-8").replace("can be read by people", "can be read by machines"), encoding="utf-8")
    after = {sheet.key for sheet in sheets(course)}
    assert (len(before), len(after), len(before & after)) == (4, 4, 2)


def test_claims_whose_card_no_longer_says_what_decides_them_are_left_out(course: Path) -> None:
    path = course / "two" / "masks.md"
    path.write_text(path.read_text(encoding="utf-8").replace("made by a program", "made by hand"), encoding="utf-8")
    assert {claim.pair.card for sheet in sheets(course) for claim in sheet.claims} == {"labels", "targets"}
