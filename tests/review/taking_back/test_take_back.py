"""An undone promotion leaves no trace in card, examples and queue, and takes nothing else with it."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.ledger.database import Ledger
from bot.ledger.questions import enter_answer, enter_question
from bot.ledger.tables import PromotionRow
from bot.review.decisions.decide import answer
from bot.review.promotion.apply import DONE, Done, carry_out
from bot.review.promotion.make_plan import make_plan
from bot.review.promotion.plan import promoted_question
from bot.review.queue.triage import queue
from bot.review.taking_back import take_back as module
from bot.review.taking_back.take_back import UNDOING, UNDONE, TakenBack, finish_taking_back, take_back
from bot.values import Answer, FoundCard, Status
from knowledge.errors import Refused, UsageError
from knowledge.reading.card import Slug
from tests.review.asked import ADA, ask
from tests.review.cards import ANSWER, NOW, QUESTION, TODAY, library_of, snapshot

LATER = NOW + dt.timedelta(hours=1)


def promote(ledger: Ledger, wanted: str, small: Path, home: Path, *, question: str = QUESTION, text: str = ANSWER) -> Done:
    with ledger.transaction() as session:
        number = ask(session, question, status=Status.HANDED_OVER)
        answer(session, number, text=text, **ADA)
        asked = promoted_question(session, number)
    made = make_plan(wanted, asked, library=library_of(small, home), knowledge=small, mentor="Ada", today=TODAY)
    return carry_out(ledger, made, knowledge=small, home=home, now=NOW)


def undo(ledger: Ledger, number: int, small: Path, home: Path) -> TakenBack:
    return take_back(ledger, number, mentor="Bob", knowledge=small, home=home, now=LATER)


def answered_from(ledger: Ledger, slug: str, text: str = "From the card.") -> int:
    """Enter a question that was answered from a card after the promotion."""
    with ledger.transaction() as session:
        row = enter_question(session, platform="p", message_id=text[:40], place="x", author="ann", text="how is it cut?", now=LATER)
        assert row is not None
        card = FoundCard(slug=Slug(slug), title="T", score=0.9)
        given = Answer(question="q", status=Status.ANSWERED, answer=text, confidence=0.99, cards=(card,), cited=(card.slug,))
        enter_answer(session, row.id, given, index_name="i", now=LATER)
        return row.id


@pytest.mark.parametrize("wanted", ["new:tokens", "phrasing:labels", "amend:labels"])
def test_card_case_and_candidate_are_as_before(ledger: Ledger, small: Path, tmp_path: Path, wanted: str) -> None:
    before = snapshot(small)
    done = promote(ledger, wanted, small, tmp_path)
    assert snapshot(small) != before
    undone = undo(ledger, done.promotion_id, small, tmp_path)
    assert snapshot(small) == before
    assert not (tmp_path / "regression.jsonl").exists()
    assert list((tmp_path / "candidates").iterdir()) == []
    assert undone.paths == (done.path,)
    with ledger.transaction() as session:
        row = session.scalars(select(PromotionRow)).one()
        assert (row.state, row.note) == (UNDONE, "undone by Bob")
    with pytest.raises(Refused, match="is undone"):
        undo(ledger, done.promotion_id, small, tmp_path)


def test_an_edit_and_another_promotion_beside_it_stay(ledger: Ledger, small: Path, tmp_path: Path) -> None:
    first = promote(ledger, "phrasing:labels", small, tmp_path)
    promote(ledger, "phrasing:labels", small, tmp_path, question="who on earth pays for all of it?")
    path = small / first.path
    path.write_text(path.read_text(encoding="utf-8").replace("title: About labels", "title: On labels"), encoding="utf-8")
    undo(ledger, first.promotion_id, small, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert QUESTION not in text
    assert "who on earth pays" in text
    assert "title: On labels" in text
    assert len((tmp_path / "regression.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_a_card_that_a_later_promotion_added_to_stays_until_that_is_undone(ledger: Ledger, small: Path, tmp_path: Path) -> None:
    before = snapshot(small)
    first = promote(ledger, "new:tokens", small, tmp_path)
    second = promote(ledger, "phrasing:tokens", small, tmp_path, question="who on earth pays for all of it?")
    with pytest.raises(Refused, match=f"promotion {second.promotion_id} has added to 'tokens' since"):
        undo(ledger, first.promotion_id, small, tmp_path)
    undo(ledger, second.promotion_id, small, tmp_path)
    undo(ledger, first.promotion_id, small, tmp_path)
    assert snapshot(small) == before


def test_what_was_answered_from_it_is_in_the_queue_again_with_the_reason(ledger: Ledger, small: Path, tmp_path: Path) -> None:
    done = promote(ledger, "new:tokens", small, tmp_path)
    touched, other = answered_from(ledger, "tokens"), answered_from(ledger, "labels", "From another card.")
    with ledger.transaction() as session:
        assert touched not in {each.question_id for each in queue(session, now=LATER) if each.second_opinion}
    assert undo(ledger, done.promotion_id, small, tmp_path).reopened == (touched,)
    with ledger.transaction() as session:
        waiting = {each.question_id: each for each in queue(session, now=LATER) if each.second_opinion}
    assert list(waiting) == [touched]
    assert f"promotion {done.promotion_id} of that card is undone" in waiting[touched].reasons[0]
    assert other not in waiting


def test_an_answer_that_shows_what_an_amendment_added_is_open_again_and_one_that_does_not_is_not(
    ledger: Ledger, small: Path, tmp_path: Path
) -> None:
    done = promote(ledger, "amend:labels", small, tmp_path)
    touched = answered_from(ledger, "labels", f"So: {ANSWER}")
    answered_from(ledger, "labels", "The card's other words.")
    assert undo(ledger, done.promotion_id, small, tmp_path).reopened == (touched,)


def test_lines_that_were_changed_since_are_left_and_said(ledger: Ledger, small: Path, tmp_path: Path) -> None:
    done = promote(ledger, "amend:labels", small, tmp_path)
    path = small / done.path
    path.write_text(path.read_text(encoding="utf-8").replace("A tokenizer cuts", "A tokeniser cuts"), encoding="utf-8")
    before = snapshot(small)
    with pytest.raises(Refused, match="were changed since"):
        undo(ledger, done.promotion_id, small, tmp_path)
    assert snapshot(small) == before


def test_no_promotion_of_that_number_is_one_line(ledger: Ledger, small: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no promotion 9"):
        undo(ledger, 9, small, tmp_path)


class Killed(BaseException):
    """A kill, in the tests of what it leaves behind."""


@pytest.mark.parametrize("at", ["put_back", "commit", "forget_examples", "reopen"])
def test_an_undoing_that_a_kill_cut_short_is_finished(
    ledger: Ledger, small: Path, tmp_path: Path, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(small)
    done = promote(ledger, "phrasing:labels", small, tmp_path)

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, at, die)
        with pytest.raises(Killed):
            undo(ledger, done.promotion_id, small, tmp_path)
    with ledger.transaction() as session:
        assert session.scalars(select(PromotionRow.state)).all() == [UNDOING]
    assert [each.promotion_id for each in finish_taking_back(ledger, knowledge=small, home=tmp_path)] == [done.promotion_id]
    assert snapshot(small) == before
    assert finish_taking_back(ledger, knowledge=small, home=tmp_path) == []


def test_in_git_it_is_a_commit_by_who_undid_it_and_an_edit_of_another_is_not_taken_along(
    ledger: Ledger, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=small, check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    git("add", ".")
    git("-c", "user.name=C", "-c", "user.email=c@example.org", "commit", "-qm", "The cards")
    done = promote(ledger, "new:tokens", small, tmp_path)
    path = small / done.path
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole + "\nSomebody's edit.\n", encoding="utf-8")
    with pytest.raises(Refused, match="not committed"):
        undo(ledger, done.promotion_id, small, tmp_path)
    with pytest.raises(Refused, match="not committed"):
        promote(ledger, "phrasing:tokens", small, tmp_path, question="who on earth pays for all of it?")
    path.write_text(whole, encoding="utf-8")
    undone = undo(ledger, done.promotion_id, small, tmp_path)
    assert not path.exists()
    assert git("log", "-1", "--format=%H %an").split() == [undone.commit, "Bob"]
    assert git("status", "--porcelain") == ""
    with ledger.transaction() as session:
        assert DONE not in session.scalars(select(PromotionRow.state)).all()
