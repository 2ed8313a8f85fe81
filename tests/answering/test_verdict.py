"""What settles a statement: the same said, the opposite said, or a belief that a card names; and what settles nothing."""

from __future__ import annotations

import pytest

from bot.answering.evidence import Near, told
from bot.answering.opposition import absolutes, negations, numbers, opposed
from bot.answering.verdict import clause_of, settled
from knowledge.model import Slug


def verdict(statement: str, sentence: str, correction: str = "", cosine: float = 0.85) -> bool | None:
    found = settled(statement, [Near(told(Slug("card"), sentence, correction), cosine)])
    return None if found is None else found.so


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("LoRA keeps the weight matrix frozen", "LoRA keeps a weight matrix W frozen and learns an update of low rank."),
        ("k-means needs no labels", "k-means makes distances small, and needs no labels to do so."),
        ("BERT selects 15% of the tokens", "BERT selects 15% of the tokens, of which 80% become [MASK]."),
    ],
)
def test_the_same_in_nearly_the_same_words_is_so(statement: str, sentence: str) -> None:
    assert verdict(statement, sentence) is True


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("k-means needs labels to group points", "k-means groups points, and needs no labels to do so."),
        ("masked language modelling is supervised learning", "Masked language modelling is self-supervised learning."),
        ("MAE hides 50% of the image patches", "MAE hides 75% of the image patches."),
        ("few-shot prompting updates the model's weights", "In few-shot prompting the weights of the model stay fixed."),
    ],
)
def test_the_same_but_for_one_opposed_thing_is_not_so(statement: str, sentence: str) -> None:
    assert verdict(statement, sentence) is False


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("CBOW predicts the surrounding words from the centre word", "CBOW predicts the centre word from the surrounding words."),
        ("the student copies the teacher's labels", "The teacher copies the labels of the student."),
        ("pretraining always uses raw text", "Pretraining uses raw text."),
        ("DPO compares the model with a frozen reference", "DPO was published in 2023."),
        ("it is", "It is."),
        ("the model is the model of the model that the model is in the model", "The model is the model of the model."),
        (
            "in-context learning changes the model's weights",
            "In-context learning changes the model's activations, while its weights stay as they were.",
        ),
    ],
)
def test_the_same_words_otherwise_put_settle_nothing_as_so(statement: str, sentence: str) -> None:
    assert verdict(statement, sentence) is not True


def test_a_belief_that_a_card_names_is_not_so_and_its_denial_is_left_open() -> None:
    belief, correction = "A token is a word.", "Many tokens are pieces of words."
    assert verdict("every single token is a word", belief, correction) in {False, None}
    assert verdict("a language model's token is a word", "A token of a language model is a word.", correction) is False
    assert verdict("a language model's token is not a word", "A token of a language model is a word.", correction) is None


def test_what_is_little_alike_settles_nothing() -> None:
    assert verdict("BERT selects 15% of the tokens", "BERT selects 15% of the tokens.", cosine=0.4) is None


def test_the_clauses_of_a_statement_are_found_in_their_order() -> None:
    sentence = "In SimCLR a pair is two crops, and the other images in the batch serve as negatives"
    assert clause_of("in SimCLR the other images serve as negatives", sentence).startswith("In SimCLR")


def test_words_are_opposed_only_where_the_other_stands_in_their_place() -> None:
    assert opposed("MLM is supervised", "MLM is self-supervised") == {"supervis"}
    assert not opposed("MLM is self-supervised", "MLM is self-supervised and not supervised")
    assert not opposed("MLM reads words", "CLM reads words")


def test_numbers_negations_and_absolutes_are_heard() -> None:
    assert numbers("label -100, 1,024 tokens and 0.95, but not GPT-2") == {"-100", "1024", "0.95"}
    assert negations("It isn't so, and never without a reason") == 3
    assert absolutes("It is always so, for all") == {"always", "all"}
