"""A statement is settled by a card that says the same, says the opposite or names it as a belief, and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from bot.answering.statements.evidence import Near, Told
from bot.answering.statements.opposition import absolutes, negations, numbers, opposed
from bot.answering.statements.verdict import clause, judge, parts_of, settled, weigh
from bot.service import Service
from knowledge.reading.card import Slug
from tests.collected import failing
from tests.conftest import THE_COURSE


def verdict(statement: str, sentence: str, correction: str = "", cosine: float = 0.85) -> bool | None:
    found = settled(statement, [Near(Told(Slug("card"), sentence, correction), cosine)], THE_COURSE)
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


def test_the_same_words_otherwise_put_settle_nothing_as_so() -> None:
    def check(statement: str, sentence: str) -> None:
        assert verdict(statement, sentence) is not True

    cases: list[tuple[Any, ...]] = [
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
    ]
    assert failing(check, cases) == {}


def test_a_belief_that_a_card_names_is_not_so_and_its_denial_is_left_open() -> None:
    belief, correction = "A token is a word.", "Many tokens are pieces of words."
    assert verdict("every single token is a word", belief, correction) in {False, None}
    assert verdict("a language model's token is a word", "A token of a language model is a word.", correction) is False
    assert verdict("a language model's token is not a word", "A token of a language model is a word.", correction) is None


def test_what_is_little_alike_settles_nothing() -> None:
    assert verdict("BERT selects 15% of the tokens", "BERT selects 15% of the tokens.", cosine=0.4) is None


def test_two_things_set_against_each_other_are_read_apart() -> None:
    sentence = "MLM predicts hidden tokens from both sides, whereas CLM predicts the next token from the left."
    assert parts_of(sentence) == ["MLM predicts hidden tokens from both sides", "CLM predicts the next token from the left."]
    assert verdict("CLM predicts hidden tokens from both sides", sentence) is not True
    assert verdict("CLM predicts the next token from the left", sentence) is True


def test_a_list_of_what_several_things_do_says_of_each_its_own() -> None:
    sentence = "The training set changes the weights, the validation set is for choices, and the test set is used once at the end."
    assert verdict("a validation set is used to change the weights", sentence) is not True
    assert verdict("the validation set is for choices", sentence) is True


def test_words_are_opposed_only_where_the_other_stands_in_their_place() -> None:
    assert opposed("MLM is supervised", "MLM is self-supervised", THE_COURSE) == {"supervis"}
    assert not opposed("MLM is self-supervised", "MLM is self-supervised and not supervised", THE_COURSE)
    assert not opposed("MLM reads words", "CLM reads words", THE_COURSE)


def test_numbers_negations_and_absolutes_are_heard() -> None:
    assert numbers("label -100, 1,024 tokens and 0.95, but not GPT-2") == {"-100", "1024", "0.95"}
    assert negations("It isn't so, and never without a reason") == 3
    assert absolutes("It is always so, for all") == {"always", "all"}


def test_a_negation_reaches_the_words_after_it_in_its_clause() -> None:
    assert clause("It has no human labels, but targets and a loss").negated == {"person", "label"}
    assert not clause("It has targets").negated
    assert clause("its weights stay as they were").negated == clause("its weights are not changed").negated


def test_what_one_negates_or_keeps_and_the_other_does_not_is_never_called_so() -> None:
    def check(statement: str, sentence: str, denied: bool) -> None:
        weighed = weigh(statement, [Near(Told(Slug("card"), sentence), 0.8)], THE_COURSE)
        assert (weighed.not_so > weighed.so) is denied
        assert (weighed.so > 0) is not denied

    cases: list[tuple[Any, ...]] = [
        ("prompting updates the weights", "In prompting the weights stay as they were.", True),
        ("prompting changes the model", "Prompting leaves the model unchanged.", True),
        ("self-supervised learning has no targets", "Self-supervised learning has no labels, and there are targets.", True),
        ("in prompting the weights stay fixed", "In prompting no weights are updated.", False),
        ("the prompt is not counted", "The prompt is not counted in the loss.", False),
        ("LoRA trains two small matrices", "LoRA trains two small matrices.", False),
    ]
    assert failing(check, cases) == {}


# Short and plain, as learners put them: what is so must never be called not so, nor what is not so be called so.
SO = (
    "BERT was pretrained with masked language modelling",
    "GPT was pretrained with next-token prediction",
    "masked language modelling uses a loss",
    "the loss in pretraining is cross-entropy",
    "fine-tuning needs less data than pretraining",
    "fine-tuning can use few labels",
    "people can write labels",
    "a label is what the model should output",
    "labels are sometimes wrong",
    "LoRA freezes the pretrained weights",
    "LoRA adds small matrices",
    "in-context learning leaves the weights as they are",
    "in-context learning uses the prompt",
    "the prompt can have examples",
    "pretraining uses text from the web",
    "pretraining uses raw text",
    "pretraining text can have errors",
    "BERT is an encoder",
    "GPT is a decoder",
    "T5 has an encoder and a decoder",
    "RoBERTa uses masked language modelling",
    "RoBERTa masks dynamically",
    "instruction fine-tuning uses pairs of instructions and responses",
    "instruction fine-tuning uses cross-entropy",
    "instruction fine-tuning predicts tokens",
    "RLHF uses human preferences",
    "RLHF trains a reward model",
    "DPO uses preference pairs",
    "DPO uses a reference model",
    "the reward model is trained on comparisons",
    "distillation uses a teacher and a student",
    "the student can be smaller than the teacher",
    "contrastive learning uses positive pairs",
    "contrastive learning uses augmentations",
    "SimCLR uses augmentations",
    "CLIP matches images and captions",
    "MAE hides patches of the image",
    "MAE is self-supervised",
    "an autoencoder reconstructs its input",
    "k-means groups points",
    "clustering needs no labels",
    "word2vec predicts words from their context",
    "skip-gram predicts the surrounding words",
    "CBOW predicts the centre word",
    "negative sampling uses random words",
    "a tokenizer cuts text into tokens",
    "a token can be part of a word",
    "perplexity comes from the loss",
    "perplexity measures how well a model predicts text",
    "the validation set is used to choose the model",
    "the test set is used at the end",
    "semi-supervised learning uses labelled and unlabelled data",
    "weak supervision uses rules",
    "active learning asks people for labels",
    "reinforcement learning uses rewards",
    "transfer learning starts from a pretrained model",
    "linear probing trains a linear layer",
    "feature extraction keeps the encoder frozen",
    "catastrophic forgetting happens in fine-tuning",
    "a pretext task makes its own labels",
    "zero-shot prompting gives no examples",
    "chain-of-thought prompting shows the steps",
    "pseudo-labels come from the model",
    "self-training uses the model's own predictions",
    "data augmentation makes new examples",
    "a confusion matrix counts predictions",
    "accuracy can mislead",
    "the targets of next-token prediction come from the text",
    "the labels in pretraining are tokens",
    "ChatGPT was fine-tuned on dialogues",
    "models can memorize their training data",
    "scaling laws relate loss and compute",
    "self-supervised learning can use labels made by a rule",
    "the model predicts the next token at inference",
    "teacher forcing feeds the right tokens",
    "loss masking ignores the prompt tokens",
    "the prompt tokens can be masked in the loss",
    "supervised learning uses a loss",
    "self-supervised learning uses a loss",
    "BERT uses next sentence prediction",
    "DPO needs no reward model",
    "some tokens are whole words",
    "pretraining needs a lot of data",
    "few-shot prompting changes what the model outputs",
    "BERT selects 15% of the tokens, of which 80% become [MASK]",
)
NOT_SO = (
    "masked language modelling predicts the next token",
    "causal language modelling predicts masked tokens from both sides",
    "causal language modelling predicts hidden tokens from both sides",
    "BERT is trained by next-token prediction",
    "in-context learning updates the model",
    "few-shot prompting needs gradient steps",
    "pretraining text is labelled by people",
    "masked language modelling is supervised",
    "LoRA updates all weights",
    "fine-tuning starts from scratch",
    "k-means needs labels",
    "RoBERTa kept next sentence prediction",
    "DPO trains a separate reward model",
    "MAE hides 50% of the patches",
    "BERT selects 15% of the tokens, of which 10% become [MASK]",
    "BERT replaces 15% of the selected tokens with [MASK]",
    "a token is always a word",
    "only supervised learning uses a loss",
    "GPT reads the words to the right",
    "perplexity should be high",
    "the teacher in distillation learns from the student",
    "CLIP needs class labels made by people",
    "linear probing updates the encoder",
)


def test_what_is_so_is_never_called_not_so(service: Service) -> None:
    def check(statement: str) -> None:
        found = judge(statement, service.library)
        assert found is None or found.so

    assert failing(check, [(case,) for case in SO]) == {}


def test_what_is_not_so_is_never_called_so(service: Service) -> None:
    def check(statement: str) -> None:
        found = judge(statement, service.library)
        assert found is None or not found.so

    assert failing(check, [(case,) for case in NOT_SO]) == {}
