"""A card that was promoted a moment ago answers its question in other words, and its neighbours on the subject are still declined.

`promoted.jsonl` has fifteen mentors' answers on topics that the course doesn't cover, each with the question that it answered, three
rewordings of it and three questions near it that the answer doesn't settle. No number was fitted with these cards there.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

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

ROWS: list[dict[str, Any]] = [json.loads(line) for line in Path(__file__).with_name("promoted.jsonl").read_text("utf-8").splitlines()]
SLUGS = {row["slug"] for row in ROWS}


@pytest.fixture(scope="module")
def promoted(service: Service) -> Library:
    """The real cards with the fifteen beside them, and the topics beyond narrowed by each."""
    library = service.library
    library.encode([text for row in ROWS for text in (row["question"], *row["rewordings"], *row["neighbours"])])
    taken = [phrasing for card in library.base.cards.values() for phrasing in card.asked_as]
    cards, beyond = dict(library.base.cards), (KNOWLEDGE / "beyond.yaml").read_text(encoding="utf-8")
    for number, row in enumerate(ROWS, start=1):
        draft = Draft(row["slug"], "inference", row["question"], row["answer"], "Ada", number, dt.date(2026, 2, 3))
        card, problems = parse_card(new_card(draft, taken), path=row["slug"])
        assert problems == []
        assert card is not None
        cards[card.slug] = card
        narrowing = narrowing_for(card, row["question"], library)
        if narrowing is not None:
            beyond = edit_card.narrowed(beyond, narrowing.topic, narrowing.gone)
    topics = tuple(Beyond.model_validate(row) for row in yaml.safe_load(beyond))
    return library_with(library, with_card_order(replace(library.base, cards=cards, beyond=topics)))


def share(right: list[bool]) -> float:
    return sum(right) / len(right)


def test_before_the_promotion_none_of_the_questions_is_answered(service: Service) -> None:
    answered = [outcome((row["question"],), service.library) != DECLINED for row in ROWS]
    assert share(answered) <= 0.15


def test_the_very_question_is_answered_from_the_new_card(promoted: Library) -> None:
    assert [outcome((row["question"],), promoted) for row in ROWS] == [row["slug"] for row in ROWS]


def test_rewordings_are_answered_from_the_new_card(promoted: Library) -> None:
    right = [outcome((text,), promoted) == row["slug"] for row in ROWS for text in row["rewordings"]]
    assert share(right) >= 0.8


def test_neighbours_that_are_not_covered_are_still_declined(promoted: Library) -> None:
    found = [outcome((text,), promoted) for row in ROWS for text in row["neighbours"]]
    wrong = [slug != DECLINED for slug in found]
    # Some neighbours of one of these cards are the subject of another of them.
    own = [slug in SLUGS and slug != row["slug"] for row, slug in zip([row for row in ROWS for _ in row["neighbours"]], found, strict=True)]
    assert share([each and not other for each, other in zip(wrong, own, strict=True)]) <= 0.2


def test_a_new_card_is_answered_from_with_confidence(promoted: Library) -> None:
    result = answer(Question((ROWS[0]["question"],)), promoted)
    assert result.status is Status.ANSWERED
    assert result.confidence > 0.5
    assert ROWS[0]["answer"][:60] in result.answer


def test_the_impact_names_what_would_be_answered_now_and_by_what(service: Service, promoted: Library) -> None:
    questions = [ReplayedQuestion(row["question"], number) for number, row in enumerate(ROWS, start=1)]
    questions += [ReplayedQuestion("is pretraining supervised?", 99), ReplayedQuestion(ROWS[0]["question"], None, (), (ROWS[0]["slug"],))]
    found = impact(questions, service.library, promoted)
    assert (found.past, found.labelled) == (16, 1)
    assert found.answered.count >= 13
    assert (found.won.count, found.lost.count, found.declined.count) == (1, 0, 0)
    assert found.answered.examples[0].after == ROWS[0]["slug"]
    assert 99 not in {each.number for each in found.moved.examples}


def test_a_wish_for_what_a_small_card_lacks_is_met_with_what_it_has(promoted: Library) -> None:
    row = ROWS[0]
    for wish in ("show me an example", "quiz me", "simpler please", "tell me more", "where is that from?"):
        result = answer(Question((row["question"], clean_text(wish))), promoted)
        assert result.status is Status.ANSWERED, wish
        assert result.answer.strip(), wish
        assert result.cited[0] == row["slug"] or wish == "quiz me", wish


def test_no_new_card_has_a_phrasing_that_no_learner_typed(promoted: Library) -> None:
    assert all(promoted.base.cards[row["slug"]].asked_as == (row["question"],) for row in ROWS)


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
