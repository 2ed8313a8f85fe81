"""A promotion that was begun ends with its file, its commit and its row, or with none of them, whatever happens in between."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.ledger.database import Ledger
from bot.ledger.tables import PromotionRow
from bot.review.decisions.decide import answer
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.promotion import apply
from bot.review.promotion.apply import BEGUN, DONE, FAILED, carry_out, finish_cut_short
from bot.review.promotion.git import commit
from bot.review.promotion.impact import labelled_questions, past_questions
from bot.review.promotion.make_plan import make_plan
from bot.review.promotion.plan import Plan, PromotedQuestion, promoted_question, warnings
from bot.review.promotion.plan import text as plan_text
from bot.values import Status
from index.evaluate.labelled_questions import read_labelled
from index.store.passages import PassageKind, shown_passages
from knowledge.checking.rules import check
from knowledge.errors import KnowledgeError, Refused
from knowledge.reading.base import read_knowledge
from knowledge.reading.card import Slug
from knowledge.reading.examples import read_example
from tests.review.asked import ADA, ask
from tests.review.cards import ANSWER, NOW, QUESTION, TODAY, library_of, planned, snapshot


@pytest.fixture
def asked(ledger: Ledger) -> PromotedQuestion:
    """A question that was handed over and answered by a mentor."""
    with ledger.transaction() as session:
        number = ask(session, QUESTION, status=Status.HANDED_OVER)
        answer(session, number, text=ANSWER, **ADA)
        return promoted_question(session, number)


def plan_of(asked: PromotedQuestion, wanted: str, small: Path, home: Path, mentor: str = "Ada") -> Plan:
    return make_plan(wanted, asked, library=library_of(small, home), knowledge=small, mentor=mentor, today=TODAY)


def row_of(ledger: Ledger) -> PromotionRow:
    with ledger.transaction() as session:
        return session.scalars(select(PromotionRow)).one()


def test_a_question_is_read_with_its_mentors_answer(asked: PromotedQuestion) -> None:
    assert (asked.text, asked.answer) == (QUESTION, ANSWER)


def test_a_promotion_writes_file_row_regression_case_and_candidate(
    ledger: Ledger, asked: PromotedQuestion, small: Path, tmp_path: Path
) -> None:
    made = plan_of(asked, "new:tokens", small, tmp_path)
    refreshed: list[int] = []
    done = carry_out(ledger, made, knowledge=small, home=tmp_path, now=NOW, refresh=lambda: refreshed.append(1))
    assert (small / made.path).read_bytes() == made.text.encode()
    assert check(small, today=TODAY)[1] == []
    row = row_of(ledger)
    assert (row.state, row.kind, row.slug, row.question_id, row.answer_id, row.note) == (
        DONE, "new", "tokens", asked.number, asked.answer_id, ""
    )  # fmt: skip
    assert (done.promotion_id, done.commit, refreshed) == (row.id, None, [1])
    (case,) = read_labelled(tmp_path / "regression.jsonl")
    assert (case.question, case.slugs, case.settles) == (QUESTION, ("tokens",), ("tokens#short",))
    assert any(past.text == QUESTION for past in labelled_questions(tmp_path / "regression.jsonl", tmp_path))
    example, problems = read_example(next((tmp_path / "candidates").glob("*.md")), tmp_path)
    assert problems == []
    assert example is not None
    assert (example.turns, example.cards) == ((QUESTION,), ("tokens",))


def test_the_regression_case_of_an_amendment_is_settled_by_what_was_added(
    ledger: Ledger, asked: PromotedQuestion, small: Path, tmp_path: Path
) -> None:
    carry_out(ledger, plan_of(asked, "amend:masks", small, tmp_path), knowledge=small, home=tmp_path, now=NOW)
    (case,) = read_labelled(tmp_path / "regression.jsonl")
    (name,) = case.settles or ()
    kind, place = shown_passages(read_knowledge(small)[0].cards[Slug("masks")])[name.removeprefix("masks#")]
    paragraphs = read_knowledge(small)[0].cards[Slug("masks")].paragraphs()
    assert (kind, int(place)) == (PassageKind.SECTION, len(paragraphs) - 1)
    assert paragraphs[int(place)].split()[:4] == ANSWER.split()[:4]


def test_a_question_within_a_conversation_is_kept_as_a_conversation_and_its_phrasing_is_warned_of(
    ledger: Ledger, small: Path, tmp_path: Path
) -> None:
    with ledger.transaction() as session:
        ask(session, "what are masks of every kind?", place="here")
        number = ask(session, "and why would I?", status=Status.HANDED_OVER, place="here")
        answer(session, number, text=ANSWER, **ADA)
        asked = promoted_question(session, number)
    assert asked.turns == ("what are masks of every kind?", "and why would I?")
    made = plan_of(asked, "phrasing:masks", small, tmp_path)
    assert made.problems == ()
    warning = "Note: 'and why would I?' was asked after 'what are masks of every kind?' and leans on it, "
    assert warning in plan_text(made)
    assert warning in plan_text(plan_of(asked, "new:tokens", small, tmp_path))
    assert warning not in plan_text(plan_of(asked, "amend:masks", small, tmp_path))
    assert warnings(plan_of(replace(asked, text="what would masks of every kind be good for?"), "phrasing:masks", small, tmp_path)) == []
    assert warnings(plan_of(replace(asked, turns=asked.turns[-1:]), "phrasing:masks", small, tmp_path)) == []
    carry_out(ledger, made, knowledge=small, home=tmp_path, now=NOW)
    (case,) = read_labelled(tmp_path / "regression.jsonl")
    assert (case.question, case.turns, case.slugs) == (None, asked.turns, ("masks",))
    (past,) = labelled_questions(tmp_path / "regression.jsonl", small)
    assert (past.text, past.turns) == (asked.text, asked.turns)


def test_nobodys_words_are_kept_in_the_impact(ledger: Ledger, asked: PromotedQuestion, small: Path, tmp_path: Path) -> None:
    with ledger.transaction() as session:
        questions = past_questions(session)
    assert [each.text for each in questions] == [QUESTION]
    made = make_plan(
        "new:tokens", asked, library=library_of(small, tmp_path), knowledge=small, mentor="Ada", today=TODAY, questions=questions
    )
    carry_out(ledger, made, knowledge=small, home=tmp_path, now=NOW)
    assert QUESTION not in json.dumps(row_of(ledger).impact)


def test_a_file_changed_since_the_plan_is_not_overwritten(ledger: Ledger, asked: PromotedQuestion, small: Path, tmp_path: Path) -> None:
    made = plan_of(asked, "amend:labels", small, tmp_path)
    path = small / made.path
    path.write_text(path.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    before = snapshot(small)
    with pytest.raises(Refused, match="plan the promotion again"):
        carry_out(ledger, made, knowledge=small, home=tmp_path, now=NOW)
    assert snapshot(small) == before
    with ledger.transaction() as session:
        assert session.scalar(select(PromotionRow)) is None


def test_of_two_mentors_at_the_same_card_one_wins_and_the_other_hears_of_it(
    ledger: Ledger, asked: PromotedQuestion, small: Path, tmp_path: Path
) -> None:
    plans = [plan_of(asked, wanted, small, tmp_path, f"Mentor {wanted}") for wanted in ("amend:labels", "phrasing:labels") * 3]
    outcomes: list[object] = []
    start = threading.Barrier(len(plans))

    def promote(made: Plan) -> None:
        start.wait()
        try:
            outcomes.append(carry_out(ledger, made, knowledge=small, home=tmp_path, now=NOW))
        except Refused as error:
            outcomes.append(error)

    threads = [threading.Thread(target=promote, args=(made,)) for made in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [each for each in outcomes if isinstance(each, Refused)]
    assert (len(outcomes), len(refused)) == (6, 5)
    row = row_of(ledger)
    assert (small / row.path).read_bytes() == row.text.encode()


def test_two_new_cards_of_one_name_in_different_groups_are_one_card(
    ledger: Ledger, asked: PromotedQuestion, small: Path, tmp_path: Path
) -> None:
    library = library_of(small, tmp_path)
    plans = [
        make_plan("new:tokens", asked, library=library, knowledge=small, mentor=f"Mentor {group}", today=TODAY, group=group)
        for group in ("one", "two")
    ]
    carry_out(ledger, plans[0], knowledge=small, home=tmp_path, now=NOW)
    before = snapshot(small)
    with pytest.raises(Refused, match=r"^one/tokens\.md is a card 'tokens' since: .*amend:tokens$"):
        carry_out(ledger, plans[1], knowledge=small, home=tmp_path, now=NOW)
    assert snapshot(small) == before
    assert row_of(ledger).path == "one/tokens.md"


def cut_short(ledger: Ledger, made: Plan, after: str = "row", *, knowledge: Path, home: Path) -> None:
    """Leave a promotion as a kill leaves it that comes after one of its steps."""
    with ledger.transaction() as session:
        number = apply.enter_promotion(session, made, NOW).id
    steps = ("row", "file", "commit", "examples")
    files = [knowledge / made.path]
    if steps.index(after) >= steps.index("file"):
        assert apply.write_card(knowledge, row_of(ledger)) == ""
    if steps.index(after) >= steps.index("commit"):
        apply.narrow(knowledge, row_of(ledger), files)
        commit(knowledge, files, mentor=made.mentor, message=apply.commit_message(row_of(ledger)))
    if after == "examples":
        apply.complete(ledger, number, knowledge, home)
        with ledger.transaction() as session:
            session.get_one(PromotionRow, number).state = BEGUN


def test_a_new_card_cut_short_whose_name_was_taken_since_is_marked_failed(
    ledger: Ledger, asked: PromotedQuestion, small: Path, tmp_path: Path
) -> None:
    made = plan_of(asked, "new:tokens", small, tmp_path)
    cut_short(ledger, made, knowledge=small, home=tmp_path)
    taken = small / ("two" if made.path.startswith("one/") else "one") / "tokens.md"
    taken.write_text("by hand\n", encoding="utf-8")
    (done,) = finish_cut_short(ledger, knowledge=small, home=tmp_path)
    assert (done.state, row_of(ledger).state) == (FAILED, FAILED)
    assert "is a card 'tokens' since" in row_of(ledger).note
    assert not (small / made.path).exists()


def test_a_plan_with_problems_is_not_carried_out(ledger: Ledger, asked: PromotedQuestion, small: Path, tmp_path: Path) -> None:
    made = plan_of(asked, "replace:labels", small, tmp_path)
    assert made.problems
    with pytest.raises(Refused, match="key fact"):
        carry_out(ledger, made, knowledge=small, home=tmp_path, now=NOW)


@pytest.mark.parametrize("after", ["row", "file", "commit", "examples"])
@pytest.mark.parametrize("wanted", ["new:tokens", "amend:labels"])
def test_what_a_kill_cut_short_is_finished(
    ledger: Ledger, asked: PromotedQuestion, small: Path, tmp_path: Path, after: str, wanted: str
) -> None:
    made = plan_of(asked, wanted, small, tmp_path)
    cut_short(ledger, made, after, knowledge=small, home=tmp_path)
    assert row_of(ledger).state == BEGUN
    left = small / "one/.labels.0123abcd.part"
    left.write_text("half", encoding="utf-8")
    (done,) = finish_cut_short(ledger, knowledge=small, home=tmp_path)
    assert (done.state, row_of(ledger).state) == (DONE, DONE)
    assert not left.exists()
    assert (small / made.path).read_bytes() == made.text.encode()
    assert len(read_labelled(tmp_path / "regression.jsonl")) == 1
    assert finish_cut_short(ledger, knowledge=small, home=tmp_path) == []


def test_one_cut_short_whose_file_was_changed_since_is_marked_failed(
    ledger: Ledger, asked: PromotedQuestion, small: Path, tmp_path: Path
) -> None:
    made = plan_of(asked, "amend:labels", small, tmp_path)
    cut_short(ledger, made, knowledge=small, home=tmp_path)
    (small / made.path).write_text("by hand\n", encoding="utf-8")
    (done,) = finish_cut_short(ledger, knowledge=small, home=tmp_path)
    assert (done.state, row_of(ledger).state) == (FAILED, FAILED)
    assert "changed meanwhile" in row_of(ledger).note
    assert (small / made.path).read_text(encoding="utf-8") == "by hand\n"


def test_a_full_disk_costs_the_promotion_and_no_card(
    ledger: Ledger, asked: PromotedQuestion, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plan_of(asked, "amend:labels", small, tmp_path)
    before = snapshot(small)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KnowledgeError, match="No space left"):
        carry_out(ledger, made, knowledge=small, home=tmp_path, now=NOW)
    assert snapshot(small) == before
    assert row_of(ledger).state == FAILED


def test_a_half_written_regression_case_goes_and_the_others_stay(
    ledger: Ledger, asked: PromotedQuestion, small: Path, tmp_path: Path
) -> None:
    whole = '{"id": "promotion-0", "question": "a?", "slugs": ["labels"]}'
    (tmp_path / "regression.jsonl").write_text(f'{whole}\n{{"id": "promo', encoding="utf-8")
    carry_out(ledger, plan_of(asked, "new:tokens", small, tmp_path), knowledge=small, home=tmp_path, now=NOW)
    assert [row.question for row in read_labelled(tmp_path / "regression.jsonl")] == ["a?", QUESTION]


def test_a_symbolic_link_and_the_files_mode_are_kept(ledger: Ledger, asked: PromotedQuestion, small: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.md"
    card = small / "one/labels.md"
    card.rename(real)
    real.chmod(0o640)
    card.symlink_to(real)
    made = plan_of(asked, "amend:labels", small, tmp_path)
    carry_out(ledger, made, knowledge=small, home=tmp_path, now=NOW)
    assert card.is_symlink()
    assert real.read_bytes() == made.text.encode()
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_question_without_a_mentors_answer_makes_no_card(small: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no mentor's answer"):
        planned("new:tokens", small, tmp_path, answer="")
    assert planned("phrasing:labels", small, tmp_path, answer="").problems == ()
    assert mentor_answer(ANSWER).answer == ANSWER
