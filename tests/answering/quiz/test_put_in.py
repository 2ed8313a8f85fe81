"""A question with an option put into it is the statement that the option makes."""

from __future__ import annotations

from typing import Any

from bot.answering.quiz.put_in import put_in, straight
from tests.collected import failing


def test_an_option_stands_where_the_question_asks_for_it() -> None:
    def check(question: str, option: str, statement: str) -> None:
        assert put_in(question, option) == statement

    cases: list[tuple[Any, ...]] = [
        ("Which of the following changes the weights?", "Fine-tuning", "Fine-tuning changes the weights"),
        ("Which task suits an encoder?", "Tagging", "Tagging suits an encoder"),
        ("In active learning, who gives the labels?", "a person", "In active learning, a person gives the labels"),
        ("Where do the labels come from?", "the text", "the labels come from the text"),
        ("What is the target of an autoencoder?", "its input", "the target of an autoencoder is its input"),
        ("Which objective was T5 pretrained with?", "span corruption", "T5 was pretrained with span corruption"),
        ("What does a base model do with a question?", "It continues it", "a base model continues it with a question"),
        ("What happens to the weights in few-shot prompting?", "They stay", "the weights stay in few-shot prompting"),
        ("Which statement about LoRA is true?", "It trains everything.", "LoRA trains everything"),
        ("Which is TRUE of DPO?", "It needs pairs", "DPO needs pairs"),
        ("The label is", "the response", "The label is the response"),
        ("Perplexity: ___ is better.", "lower", "Perplexity: lower is better."),
        ("Hide a word. What is this called?", "masking", "Hide a word. this is called masking"),
    ]
    assert failing(check, cases) == {}


def test_a_question_for_what_is_not_so_is_read_as_one_for_what_is_so() -> None:
    def check(question: str, asked: str) -> None:
        assert straight(question) == asked

    cases: list[tuple[Any, ...]] = [
        ("Which is NOT true of DPO?", "Which is true of DPO?"),
        ("Which one doesn't need labels?", "Which one does need labels?"),
        ("All of these are supervised except", "All of these are supervised"),
        ("Which statement is false?", "Which statement is true?"),
    ]
    assert failing(check, cases) == {}
