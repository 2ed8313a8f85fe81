"""A question's false premise is named and set right first; a true one is left alone."""

from __future__ import annotations

from typing import Any

from bot.answering.answer import answer
from bot.answering.compose.sections import NOT_SO
from bot.answering.statements.false_premises import premises_of
from bot.door.clean_text import clean_text
from bot.service import Service
from bot.values import Question, Status
from tests.collected import failing
from tests.conftest import THE_COURSE

FALSE = (
    "Since masked language modelling is supervised, who labels the masks?",
    "Why does few-shot prompting update the weights?",
    "How does in-context learning update the model's weights?",
    "Why is pretraining on raw text supervised?",
    "Given that k-means needs labels, where do I get them?",
    "When does ChatGPT learn from each conversation as it happens?",
    "Why does a token always equal a word?",
    "Why is unlabelled data free?",
    "How does next sentence prediction generate the next sentence?",
    "Why is CLIP trained on images that people annotated with classes?",
    "Why does the model see the whole sentence during training and look up the next word?",
    "Why does linear probing update the encoder?",
    "How does T5 output the complete repaired sentence in span corruption?",
    "Who marked which word pairs are right (1) and wrong (0) for negative sampling?",
    "Why does fine-tuning start from random weights?",
    "Why does LoRA update the pretrained weight matrix?",
    "If GPT is trained by masked language modelling, where is the [MASK] token?",
    "Who annotates the pretraining text?",
    "Why does DPO need a separate reward model?",
    "Since RLHF is wholly supervised learning, why do we need PPO?",
)
TRUE = (
    "Why isn't masked language modelling supervised?",
    "Why doesn't in-context learning update the weights?",
    "Why is BERT's masked language modelling self-supervised?",
    "How does LoRA keep the weights frozen?",
    "Since masked language modelling takes its targets from the text, why do people call it self-supervised?",
    "Why did RoBERTa drop next sentence prediction?",
    "How is perplexity computed?",
    "Who writes the responses in instruction fine-tuning data?",
    "Is masked language modelling supervised?",
    "What is fine-tuning?",
    "Why does a loss of language models never reach zero?",
    "Why do people mask the prompt when they fine-tune?",
)


def first_words(service: Service, question: str) -> str:
    result = answer(Question((clean_text(question),)), service.library)
    assert result.status is not Status.ANSWERED or result.cited
    return result.answer


def test_most_false_premises_are_set_right_before_anything_else(service: Service) -> None:
    missed = [question for question in FALSE if not first_words(service, question).startswith(NOT_SO)]
    assert len(missed) <= 0.35 * len(FALSE), missed


def test_a_question_without_a_false_premise_is_told_nothing_of_the_kind(service: Service) -> None:
    def check(question: str) -> None:
        assert NOT_SO not in first_words(service, question)

    assert failing(check, [(case,) for case in TRUE]) == {}


def test_no_phrasing_of_any_card_is_told_that_it_is_not_so_without_a_premise(service: Service) -> None:
    """Learners' own questions seldom have one: at most one in a hundred of the cards' phrasings."""
    asked = [phrasing for card in service.library.base.cards.values() for phrasing in card.asked_as if premises_of(phrasing, THE_COURSE)]
    told = [phrasing for phrasing in asked if NOT_SO in first_words(service, phrasing)]
    assert len(told) <= 0.08 * len(asked), told


def test_what_a_question_takes_for_granted_is_read_from_its_words() -> None:
    def check(question: str, premises: list[str]) -> None:
        assert premises_of(question, THE_COURSE) == premises

    cases: list[tuple[Any, ...]] = [
        ("Why is MLM supervised learning?", ["MLM supervised learning"]),
        ("Why isn't MLM supervised learning?", ["not MLM supervised learning"]),
        ("Who labels the masks, since MLM is supervised?", ["MLM is supervised", "people labels the masks, since MLM is supervised"]),
        ("How many labels does it need?", []),
        ("How can I train it?", []),
        ("MLM is supervised.", []),
    ]
    assert failing(check, cases) == {}
