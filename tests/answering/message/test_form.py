"""The kind of answer that a message wants is read from learners' own words."""

from __future__ import annotations

from typing import Any

from bot.answering.follow_up import after_switch, leaning
from bot.answering.message.form import Form, choice_item, read_form
from tests.collected import failing
from tests.conftest import THE_COURSE

MESSAGES = {
    Form.BLANK: [
        "Fill in the blanks: __________ involves using many prompt-completion examples. This is different from _________ where ...",
        "[blank] hides tokens and predicts them from both sides",
        "In ........ the targets come from the text itself",
    ],
    Form.QUIZ: [
        "Pretraining is:\nA) supervised\nB) self-supervised\nC) unsupervised",
        "Which ones use gradients?\n- fine-tuning\n- in-context learning",
        "True or false: LoRA trains all weights",
        "T/F MLM reads both sides",
    ],
    Form.EXAMPLE: [
        "Can you give me examples of the data?",
        "what does a row of pretraining data look like",
        "show me a few-shot prompt",
        "any concrete example?",
        "Hi! Could I see an example of instruction data please?",
        "¿Puedes dar un ejemplo?",
        "Beispiel bitte",
        "给我一个例子",
    ],
    Form.CONTRAST: [
        "MLM vs CLM",
        "What's the difference between fine-tuning and in-context learning?",
        "how do supervised and self-supervised differ",
        "is SFT the same thing as instruction tuning?",
        "how is zero-shot different from few-shot",
        "diffrence of clm and mlm?",
        "监督学习和自监督学习有什么区别",
    ],
    Form.PUSHBACK: [
        "I still think that both are supervised",
        "But MLM and CLM both predict tokens, so the method is identical",
        "Honestly, after your answer, I still believe it is supervised",
        "isn't that just supervised learning",
        "So both should be supervised",
        "It's basically marketing",
        "it is unsupervised, right?",
    ],
    Form.YES_NO: [
        "Is pretraining supervised?",
        "Is pretraining supervised? There is no output data, is there?",
        "ok so does BERT generate text?",
        "Hi, can a base model follow instructions?",
        "are labels needed for clustering",
    ],
    Form.WHY: ["Why is it called self-supervised?", "what is the point of masking", "how come GPT has no labels", "warum Maskierung"],
    Form.OPEN: ["What is pretraining?", "explain fine-tuning", "how do I make labels for a dataset of my own", "perplexity", "Где метки"],
}


def test_a_message_wants_its_form_of_answer() -> None:
    def check(form: Form, message: str) -> None:
        assert read_form(message, THE_COURSE) is form

    assert failing(check, [(form, message) for form, messages in MESSAGES.items() for message in messages]) == {}


def options(text: str) -> list[str]:
    item = choice_item(text)
    return [] if item is None else list(item.options)


def test_options_lose_their_letters_and_a_single_line_is_no_option() -> None:
    assert options("Which?\n(a) one\nb. two\n3) three") == ["one", "two", "three"]
    assert options("Which?\nA) only one") == []
    assert options("A) one\nno option") == []


def test_options_may_stand_in_one_line_and_keep_their_letters_to_be_shown() -> None:
    item = choice_item("Which one changes weights: a) prompting, b) fine-tuning c) neither")
    assert item is not None
    assert item.stem == "Which one changes weights:"
    assert item.options == ("prompting", "fine-tuning", "neither")
    assert item.shown == ("a) prompting", "b) fine-tuning", "c) neither")


def test_letters_that_count_nothing_up_from_a_are_no_options() -> None:
    def check(text: str) -> None:
        assert choice_item(text) is None

    cases = ["what is plan (b) here?", "f(a) and g(b) are functions", "see b) and c)", "I got an A. It helped.", "a) only this"]
    assert failing(check, [(case,) for case in cases]) == {}


def test_a_message_may_turn_away_from_what_was_talked_about() -> None:
    def check(turn: str, rest: str | None) -> None:
        assert after_switch(turn) == rest

    cases: list[tuple[Any, ...]] = [
        ("ok forget that one, what does the 15% thing mean", "what does the 15% thing mean"),
        ("Never mind. What is CLM?", "What is CLM?"),
        ("different question: what is LoRA", "what is LoRA"),
        ("what is the difference between these two", None),
        ("forget it", None),
    ]
    assert failing(check, cases) == {}


def test_what_points_back_leans_and_what_stands_alone_does_not() -> None:
    for turn in ("why?", "and that one?", "Can you give me an example of it?", "I still think that both are supervised"):
        assert leaning(turn) >= 0.3, turn
    for turn in (
        "What does masked language modelling hide from BERT during pretraining on raw Wikipedia text?",
        "Which evaluation metric compares generated summaries with a reference written by annotators?",
    ):
        assert leaning(turn) < 0.3, turn
