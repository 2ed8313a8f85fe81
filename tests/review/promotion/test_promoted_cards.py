"""A card that was promoted a moment ago answers its question in other words, and its neighbours on the subject are still declined.

`python -m tests.review.promotion.measure` measures the same before and after `askwell index fit`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import yaml

from bot.answering.answer import answer
from bot.door.clean_text import clean_text
from bot.review.promotion import edit_card
from bot.review.promotion.impact import DECLINED, ReplayedQuestion, impact, labelled_questions, outcome
from bot.review.promotion.make_plan import make_plan, narrowing_for
from bot.review.promotion.new_card import Draft, new_card
from bot.review.promotion.phrasings import siblings
from bot.review.promotion.plan import PromotedQuestion
from bot.review.promotion.plan import text as plan_text
from bot.review.promotion.promoted_examples import add_must_not, forget_examples
from bot.service import Service
from bot.values import Question, Status
from index.search.library import Library
from index.search.what_if import library_with, with_card_order
from knowledge.errors import UsageError
from knowledge.reading.card import Beyond, Slug
from knowledge.reading.card_file import parse_card
from tests.conftest import KNOWLEDGE
from tests.review.promotion.promoted_figures import (
    FILES,
    NEIGHBOURS,
    OWN,
    REWORDINGS,
    AskedAgain,
    PromotedRow,
    asked_again,
    promoted_rows,
    right_share,
)


@pytest.fixture(scope="module", params=FILES, ids=[path.stem for path in FILES])
def rows(request: pytest.FixtureRequest) -> list[PromotedRow]:
    path: Path = request.param
    return promoted_rows(path)


@pytest.fixture(scope="module")
def promoted(service: Service, rows: list[PromotedRow]) -> Library:
    """The real cards with the fifteen beside them, and the topics beyond narrowed by each."""
    library = service.library
    taken = [phrasing for card in library.base.cards.values() for phrasing in card.asked_as]
    cards, beyond = dict(library.base.cards), (KNOWLEDGE / "beyond.yaml").read_text(encoding="utf-8")
    for number, row in enumerate(rows, start=1):
        draft = Draft(row.slug, "inference", row.question, row.answer, "Ada", number, dt.date(2026, 2, 3))
        card, problems = parse_card(new_card(draft, taken), path=row.slug)
        assert problems == []
        assert card is not None
        cards[card.slug] = card
        narrowing = narrowing_for(card, row.question, library)
        if narrowing is not None:
            beyond = edit_card.narrowed(beyond, narrowing.topic, narrowing.gone)
    topics = tuple(Beyond.model_validate(row) for row in yaml.safe_load(beyond))
    return library_with(library, with_card_order(replace(library.base, cards=cards, beyond=topics)))


@pytest.fixture(scope="module")
def asked(rows: list[PromotedRow], promoted: Library) -> list[AskedAgain]:
    return asked_again(rows, promoted)


def missed(asked: list[AskedAgain], kind: str) -> list[tuple[str, str]]:
    return [(each.text, each.found) for each in asked if each.kind == kind and not each.right]


def test_before_the_promotion_none_of_the_questions_is_answered(service: Service, rows: list[PromotedRow]) -> None:
    answered = [row.question for row in rows if outcome((row.question,), service.library) != DECLINED]
    assert len(answered) <= 0.15 * len(rows), answered


def test_the_very_question_is_answered_from_the_new_card(asked: list[AskedAgain]) -> None:
    assert missed(asked, OWN) == []


def test_rewordings_are_answered_from_the_new_card(asked: list[AskedAgain]) -> None:
    assert right_share(asked, REWORDINGS) >= 0.8, missed(asked, REWORDINGS)


def test_neighbours_that_are_not_covered_are_still_declined(asked: list[AskedAgain]) -> None:
    assert right_share(asked, NEIGHBOURS) >= 0.8, missed(asked, NEIGHBOURS)


def test_a_new_card_is_answered_from_with_confidence(rows: list[PromotedRow], promoted: Library) -> None:
    result = answer(Question((clean_text(rows[0].question),)), promoted)
    assert result.status is Status.ANSWERED
    assert result.confidence > 0.5
    assert rows[0].answer[:60] in result.answer


def test_the_impact_names_what_would_be_answered_now_and_by_what(service: Service, rows: list[PromotedRow], promoted: Library) -> None:
    questions = [ReplayedQuestion(row.question, number) for number, row in enumerate(rows, start=1)]
    questions += [ReplayedQuestion("is pretraining supervised?", 99), ReplayedQuestion(rows[0].question, None, (), (rows[0].slug,))]
    found = impact(questions, service.library, promoted)
    assert (found.past, found.labelled) == (16, 1)
    assert found.answered.count >= 13
    assert (found.won.count, found.lost.count, found.declined.count) == (1, 0, 0)
    assert found.answered.examples[0].after == rows[0].slug
    assert 99 not in {each.number for each in found.moved.examples}


def test_a_wish_for_what_a_small_card_lacks_is_met_with_what_it_has(rows: list[PromotedRow], promoted: Library) -> None:
    row = rows[0]
    for wish in ("show me an example", "quiz me", "simpler please", "tell me more", "where is that from?"):
        result = answer(Question((clean_text(row.question), clean_text(wish))), promoted)
        assert result.status is Status.ANSWERED, wish
        assert result.answer.strip(), wish
        assert result.cited[0] == row.slug or wish == "quiz me", wish


def test_no_new_card_has_a_phrasing_that_no_learner_typed(rows: list[PromotedRow], promoted: Library) -> None:
    assert all(promoted.base.cards[Slug(row.slug)].asked_as == (row.question,) for row in rows)


def test_a_question_with_another_concept_put_in_is_a_sibling(service: Service) -> None:
    base = service.library.base
    near = [base.cards[Slug("fine-tuning")], base.cards[Slug("parameter-efficient-fine-tuning")], base.cards[Slug("loss-masking")]]
    beside = siblings(["which learning rate should I start with for LoRA?"], near, base)
    assert "which learning rate should I start with for Fine-tuning?" in beside
    assert all("LoRA" not in each for each in beside)
    assert siblings(["how do I deploy it?"], near, base) == []


def test_the_siblings_that_a_new_card_would_answer_are_listed_and_marked_by_number(service: Service, tmp_path: Path) -> None:
    question = "which learning rate should I start with for LoRA on my laptop?"
    text = "A laptop has room for small batches only. Start LoRA near 2e-4 there, and halve it when the loss jumps."
    asked = PromotedQuestion(7, question, None, text)
    plan = partial(
        make_plan, "new:lora-on-a-laptop", asked, library=service.library, knowledge=KNOWLEDGE, mentor="Ada", today=dt.date(2026, 2, 3)
    )
    beside = plan().impact.siblings.examples
    assert beside
    assert all(each.after == "lora-on-a-laptop" for each in beside)
    assert f"{beside[0].text[:60]}" in plan_text(plan())
    marked = plan(must_not=[1])
    assert marked.must_not == (beside[0].text,)
    assert "Must not answer" in plan_text(marked)
    with pytest.raises(UsageError, match="there is no question 99"):
        plan(must_not=[99])
    add_must_not(tmp_path, 3, marked.must_not)
    add_must_not(tmp_path, 3, marked.must_not)
    (case,) = labelled_questions(tmp_path / "regression.jsonl", tmp_path / "none")
    assert (case.text, case.slugs) == (beside[0].text, ())
    forget_examples(tmp_path, [(3, "lora-on-a-laptop")])
    assert not (tmp_path / "regression.jsonl").exists()
