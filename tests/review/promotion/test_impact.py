"""Past and labelled questions are asked again, and what differs is counted and named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.ledger.database import Ledger
from bot.review.promotion.impact import (
    EXAMPLES_MOST,
    Change,
    Changes,
    Impact,
    ReplayedQuestion,
    impact,
    labelled_questions,
    outcome,
    past_questions,
    text,
)
from bot.values import Status
from index.search.what_if import library_with, with_card_order
from knowledge.reading.card import Slug
from tests.review.asked import NOW, ask
from tests.review.cards import library_of


def test_the_same_library_changes_nothing(small: Path, tmp_path: Path) -> None:
    library = library_of(small, tmp_path)
    found = impact(
        [ReplayedQuestion("what are labels?", 1), ReplayedQuestion("masks", None, ("labels", "and masks?"), ("masks",))], library, library
    )
    assert (found.past, found.labelled) == (1, 1)
    assert found.moved == found.answered == found.declined == found.lost == found.won == Changes()


def test_past_questions_are_the_newest_each_text_once_and_those_that_were_answered_or_handed_over(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for words, status in (
            ("first?", Status.ANSWERED), ("again?", Status.HANDED_OVER), ("hello", Status.ASKED_BACK), ("Again? ", Status.ANSWERED),
            ("now?", None),
        ):  # fmt: skip
            ask(session, words, status=status, at=NOW)
        assert [past.text for past in past_questions(session)] == ["Again? ", "first?"]
        assert len(past_questions(session, most=1)) == 1


def test_a_past_question_that_leans_on_its_conversation_is_asked_again_in_it(ledger: Ledger, small: Path, tmp_path: Path) -> None:
    with ledger.transaction() as session:
        for place, words in (
            ("here", "what are masks of every kind?"), ("here", "and why?"), ("there", "what are labels?"), ("there", "and why?"),
            ("there", "explain masks and targets and labels in training"), ("elsewhere", "And why?"), ("nowhere", "and why?"),
        ):  # fmt: skip
            ask(session, words, place=place)
        past = past_questions(session)
    assert [(each.text, each.turns) for each in past] == [
        ("and why?", ()),
        ("explain masks and targets and labels in training", ()),
        ("and why?", ("what are labels?", "and why?")),
        ("what are labels?", ()),
        ("and why?", ("what are masks of every kind?", "and why?")),
        ("what are masks of every kind?", ()),
    ]
    library = library_of(small, tmp_path)
    assert outcome(past[4].turns, library) == "masks"
    without = library_with(library, with_card_order(replace(library.base, cards={Slug("labels"): library.base.cards[Slug("labels")]})))
    found = impact([past[4]], library, without)
    (change,) = (*found.moved.examples, *found.declined.examples)
    assert (change.text, change.before, change.number) == ("and why?", "masks", past[4].number)
    assert outcome(("and why?",), library) != "masks", "the question alone is another one"


def test_labelled_questions_come_from_the_evaluation_set(tmp_path: Path) -> None:
    questions = labelled_questions(tmp_path / "none.jsonl")
    assert len(questions) > 300
    assert any(past.slugs == () for past in questions)
    assert any(len(past.turns) > 1 for past in questions)


def test_it_is_shown_with_counts_and_some_questions_and_kept_without_their_words() -> None:
    changes = tuple(Change(f"question {number}\n" + "long " * 40, "labels", "declined", number) for number in range(1, EXAMPLES_MOST + 1))
    found = Impact(30, 4, declined=Changes(25, changes))
    shown = text(found)
    assert "   25 answered before, declined then" in shown
    assert "1: 'question 1 long" in shown
    assert "and 5 more" in shown
    assert max(map(len, shown.splitlines())) < 160
    row = found.row()
    assert row["declined"]["count"] == 25
    assert row["declined"]["examples"][0] == {"before": "labels", "after": "declined", "number": 1}
