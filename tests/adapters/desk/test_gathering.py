"""Several questions as one card, a question merged into another, and a change of a card undone, at the desk."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

from sqlalchemy import delete, select

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.showing.card_drafts import CardDraft
from bot.ledger.database import Ledger
from bot.ledger.tables import PromotionRow, QuestionRow, ReviewRow
from bot.review.promotion.impact import Change, Changes
from bot.review.question_state import answer_in_force
from bot.values import Status
from knowledge.reading.card import Slug
from tests.adapters.desk.browsing import Browser, field_of
from tests.review.asked import asked, kinds
from tests.review.cards import ANSWER, QUESTION, snapshot

GAPS = (QUESTION, "why are rare words cut into several pieces?", "what happens to unusual names in a vocabulary?")


def gaps(ledger: Ledger) -> list[int]:
    """Enter three questions about one thing that no card settles."""
    return [asked(ledger, text=text, status=Status.HANDED_OVER, answer="I don't know.") for text in GAPS]


def opened(desk: Desk, ada: Browser, numbers: list[int], **fields: object) -> CardDraft:
    """Answer some questions at once and return the draft of their card."""
    given = {"ticked": numbers, "text": ANSWER, "kind": "new", "slug": "cutting-words"} | fields
    answered = ada.post("/gather/card", **given)
    assert answered.status_code == 303, answered.text
    found = desk.drafts.find(answered.headers["location"].rpartition("/")[2], "Ada")
    assert found is not None
    desk.drafts.wait()
    return found


def in_force(ledger: Ledger, number: int) -> str:
    with ledger.transaction() as session:
        found = answer_in_force(session, number)
        return "" if found is None else found.text


def git_log(folder: Path) -> list[str]:
    return subprocess.run(["git", "log", "--format=%an: %s"], cwd=folder, check=True, capture_output=True, text=True).stdout.splitlines()


def test_three_ticked_questions_are_answered_at_once_and_become_one_card_that_is_asked_as_all_of_them(
    ada: Browser, desk: Desk, ledger: Ledger, small: Path
) -> None:
    numbers = gaps(ledger)
    led = ada.post("/gather", ticked=numbers)
    page = ada.follow(led)
    assert all(text in page for text in GAPS) and "One card for 3 questions" in page
    draft = opened(desk, ada, numbers, as_of=field_of(page, "as_of"))
    assert [in_force(ledger, number) for number in numbers] == [ANSWER] * 3
    with ledger.transaction() as session:
        assert all(kinds(session, number) for number in numbers), "each learner hears of it"
        assert len(set(session.scalars(select(ReviewRow.of_review_id)))) == 2, "it is one decision, undone by one press"
    editor = ada.read(f"/drafts/{draft.draft_id}")
    assert "3 questions answered. 3 learners hear of it." in editor
    assert all(text in draft.plan.text for text in GAPS)
    applied = ada.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text)
    assert "cutting-words.md is written, commit" in ada.follow(applied)
    assert desk.library.base.cards[Slug(draft.plan.slug)].asked_as == GAPS


def test_several_questions_become_more_in_a_card_that_there_is_with_their_wordings(ada: Browser, desk: Desk, ledger: Ledger) -> None:
    numbers = gaps(ledger)
    draft = opened(desk, ada, numbers, kind="amend", card="masks")
    ada.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text)
    card = desk.library.base.cards[Slug(draft.plan.slug)]
    assert card.slug == "masks" and card.asked_as[-3:] == GAPS
    assert ANSWER in card.explanation


def test_what_can_be_no_card_answers_nobody_and_the_text_stays_in_the_form(ada: Browser, desk: Desk, ledger: Ledger, small: Path) -> None:
    numbers, before = gaps(ledger), snapshot(small / "one")
    for fields, status, why in (
        ({"slug": "labels"}, 409, "there is a card 'labels' already"),
        ({"slug": ""}, 400, "give the new card a name"),
        ({"kind": "amend"}, 400, "choose the card"),
        ({"text": "Too short."}, 400, "a short answer of 2 to 4 sentences"),
        ({"text": ""}, 400, "an answer needs a text"),
    ):
        refused = ada.post("/gather/card", **{"ticked": numbers, "text": ANSWER, "kind": "new", "slug": "cutting-words"} | fields)
        assert refused.status_code == status, refused.text
        assert "Nobody was answered yet." in refused.text and why.replace("'", "&#39;") in refused.text
        assert str(fields.get("text", ANSWER)) in refused.text
    assert [in_force(ledger, number) for number in numbers] == [""] * 3
    assert snapshot(small / "one") == before


def test_a_question_that_another_mentor_decided_meanwhile_is_not_answered_over(ada: Browser, desk: Desk, ledger: Ledger) -> None:
    numbers = gaps(ledger)
    page = ada.read(f"/gather?questions={','.join(map(str, numbers))}")
    Browser(desk, "Bob").post(f"/questions/{numbers[1]}/decide", decision="decline", reason="Not in this course.")
    late = ada.post("/gather/card", ticked=numbers, text=ANSWER, kind="new", slug="cutting-words", as_of=field_of(page, "as_of"))
    assert late.status_code == 409 and "decided since you opened this page" in late.text and ANSWER in late.text
    assert in_force(ledger, numbers[0]) == ""


def test_a_mentors_answer_that_is_there_is_taken_and_its_learner_is_not_told_again(ada: Browser, desk: Desk, ledger: Ledger) -> None:
    numbers = gaps(ledger)
    ada.post(f"/questions/{numbers[0]}/decide", decision="answer", text=ANSWER)
    assert ANSWER in ada.read(f"/gather?questions={numbers[0]},{numbers[1]}")
    draft = opened(desk, ada, numbers[:2])
    assert "1 learner hears of it." in ada.read(f"/drafts/{draft.draft_id}")
    assert GAPS[0] in draft.plan.text and GAPS[1] in draft.plan.text


def test_the_words_of_a_gathered_question_that_was_removed_go_into_no_card(ada: Browser, desk: Desk, ledger: Ledger, small: Path) -> None:
    numbers, before = gaps(ledger), snapshot(small / "one")
    ada.post(f"/questions/{numbers[2]}/decide", decision="answer", text=ANSWER)
    draft = opened(desk, ada, numbers)
    with ledger.transaction() as session:
        session.execute(delete(QuestionRow).where(QuestionRow.id == numbers[2]))
    refused = ada.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text)
    assert refused.status_code == 409 and f"question {numbers[2]} was removed meanwhile" in refused.text
    assert snapshot(small / "one") == before


def test_no_tick_too_many_and_numbers_that_no_question_has_are_said(ada: Browser, ledger: Ledger) -> None:
    assert "tick the questions first" in ada.post("/gather").text
    assert "40 questions at most, and 41 are ticked" in ada.post("/gather", ticked=list(range(1, 42))).text
    assert ada.get("/gather?questions=1,x").status_code == 400
    assert "there is no question 999" in ada.read("/gather?questions=999", 400)


def test_a_question_gets_the_answer_of_another_that_asks_the_same_also_several_at_once(ada: Browser, ledger: Ledger) -> None:
    first, second, third = gaps(ledger)
    ada.post(f"/questions/{first}/decide", decision="answer", text=ANSWER)
    merged = ada.post(f"/questions/{second}/decide", decision="same", same_as=first)
    assert "learner hears of it" in ada.follow(merged)
    assert in_force(ledger, second) == ANSWER
    assert f"asks the same as question {first}" in ada.read(f"/questions/{second}")
    fourth = asked(ledger, text="and one more?", status=Status.HANDED_OVER, answer="I don't know.")
    assert ada.post("/decide", ticked=[third, fourth], decision="same", same_as=first).status_code == 303
    assert in_force(ledger, third) == in_force(ledger, fourth) == ANSWER


def test_a_question_is_merged_neither_into_itself_nor_into_one_without_an_answer(ada: Browser, ledger: Ledger) -> None:
    first, second, _ = gaps(ledger)
    assert "among those that are to get its answer" in ada.post(f"/questions/{first}/decide", decision="same", same_as=first).text
    refused = ada.post(f"/questions/{first}/decide", decision="same", same_as=second)
    assert refused.status_code == 409 and "has no answer that others could get" in refused.text
    assert ada.post(f"/questions/{first}/decide", decision="same", same_as="999").status_code == 400
    assert ada.post(f"/questions/{first}/decide", decision="same", same_as="").status_code == 400
    assert in_force(ledger, first) == ""


def test_a_change_is_shown_with_its_diff_and_undone_by_one_button_and_the_desk_answers_without_it(
    ada: Browser, desk: Desk, ledger: Ledger, small: Path
) -> None:
    before = snapshot(small / "one")
    draft = opened(desk, ada, gaps(ledger))
    ada.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text)
    with ledger.transaction() as session:
        number = session.scalars(select(PromotionRow.id)).one()
    assert f"/promotions/{number}" in ada.read("/log")
    assert f"/promotions/{number}" in ada.read(f"/questions/{draft.gathered[0]}")
    page = ada.read(f"/promotions/{number}")
    assert "A new card: cutting-words" in page and "+slug: cutting-words" in page and "Undo this change" in page
    told = ada.follow(ada.post(f"/promotions/{number}/undo"))
    assert "The change is undone, commit" in told and "undone by Ada" in told and "Undo this change" not in told
    assert snapshot(small / "one") == before
    assert "cutting-words" not in desk.library.base.cards
    assert git_log(small)[0].startswith("Ada: Without cutting-words")
    again = ada.post(f"/promotions/{number}/undo")
    assert again.status_code == 409 and "nothing to undo" in again.text


def test_an_edit_by_hand_is_undone_under_its_own_name_and_a_card_that_was_built_on_is_kept(
    ada: Browser, desk: Desk, ledger: Ledger, small: Path
) -> None:
    draft = opened(desk, ada, gaps(ledger))
    ada.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text)
    edit = ada.post("/knowledge/cutting-words/edit").headers["location"]
    changed = draft.plan.text.replace("common words stay whole", "common words stay in one piece")
    ada.post(edit, action="check", text=changed)
    desk.drafts.wait()
    assert ada.post(edit, action="apply", text=changed).status_code == 303
    with ledger.transaction() as session:
        made, edited = session.scalars(select(PromotionRow.id).order_by(PromotionRow.id))
    assert f"Change {edited}" in ada.read(f"/promotions/{made}")
    assert ada.post(f"/promotions/{made}/undo").status_code == 409
    assert ada.post(f"/promotions/{edited}/undo").status_code == 303
    assert "Ada: cutting-words without an edit" in git_log(small)[0]
    assert ada.post(f"/promotions/{made}/undo").status_code == 303
    assert "There is no such change" in ada.read("/promotions/999", 404)


def test_questions_beside_a_new_card_are_ticked_as_ones_that_it_must_not_answer_and_kept_as_cases(
    ada: Browser, desk: Desk, ledger: Ledger
) -> None:
    draft = opened(desk, ada, gaps(ledger))
    assert draft.measured is not None
    # The three small cards have no concept whose neighbour could be put in; the measuring itself is tested on the real ones.
    beside = (Change("how does a parser cut rare words?", "declined", "cutting-words"),)
    draft.measured = replace(draft.measured, impact=replace(draft.measured.impact, siblings=Changes(1, beside)))
    page = ada.read(f"/drafts/{draft.draft_id}")
    assert beside[0].text in page and 'name="must_not" value="1"' in page
    ada.post(f"/drafts/{draft.draft_id}", action="check", text=draft.plan.text, beside=1, must_not=[1])
    assert 'value="1" checked' in ada.read(f"/drafts/{draft.draft_id}")
    assert ada.post(f"/drafts/{draft.draft_id}", action="check", text=draft.plan.text, beside=1, must_not=[99]).status_code == 400
    assert ada.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text, beside=1, must_not=[1]).status_code == 303
    cases = [json.loads(line) for line in (desk.home / "regression.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(case["question"], case["slugs"]) for case in cases if case["kind"] == "near_miss"] == [(beside[0].text, [])]
