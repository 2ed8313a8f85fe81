"""The questions of one message, as they are read out of it."""

from __future__ import annotations

import pytest

from bot.answering.message.split_questions import questions_in

SEVERAL = [
    ("What does dropout do? Is it used at inference?", ["What does dropout do?", "Is it used at inference?"]),
    ("what is an epoch and what is a step", ["what is an epoch", "what is a step"]),
    ("Two things: 1) who makes the labels 2) is the loss the same?", ["who makes the labels", "is the loss the same?"]),
    ("Q1: what is a logit?\nQ2: what is a token?", ["what is a logit?", "what is a token?"]),
    ("- does BERT write text?\n- can GPT fill gaps?", ["does BERT write text?", "can GPT fill gaps?"]),
    ("could someone explain beam search to me, also why is it slow", ["could someone explain beam search to me", "why is it slow"]),
    (
        "First, which layers are trained? Second question: how many rows do I need?",
        ["which layers are trained?", "how many rows do I need?"],
    ),
    ("Which weights change, and in which file are they kept?", ["Which weights change", "in which file are they kept?"]),
]
ONE = [
    "Is masking a form of supervision, right?",
    "Is the decoder thrown away, or is it kept for the task?",
    "Is the decoder thrown away? Or is it kept for the task?",
    "If I correct the bot, does it learn from me?",
    "How do I know when to stop and what to keep?",
    "What is a model that predicts pixels, which are no labels?",
    "how does it know who won",
]


@pytest.mark.parametrize(("message", "own"), SEVERAL)
def test_each_question_of_a_message_is_read(message: str, own: list[str]) -> None:
    assert [asked.own for asked in questions_in(message)] == own


@pytest.mark.parametrize("message", ONE)
def test_a_tag_an_alternative_and_a_clause_are_no_question_of_their_own(message: str) -> None:
    assert len(questions_in(message)) == 1


@pytest.mark.parametrize("message", ["The loss never falls. Why? Any ideas?", "I thought BERT was supervised. What am I missing here?"])
def test_words_that_only_ask_about_what_was_said_are_no_question_of_their_own(message: str) -> None:
    assert questions_in(message) == []


def test_no_question_is_read_into_code_or_into_statements() -> None:
    assert questions_in("My run is done.\n```python\nx = f(y)  # why?\nprint('is it?')\n```\nThe loss is flat.") == []


def test_a_question_is_read_with_the_statements_before_it_and_not_those_behind_it() -> None:
    first, second = questions_in(
        "I tune GPT-2 on poems. Does that need labels? My friend uses BERT. Would masking be better for poems in Latin?"
    )
    assert first.whole == "I tune GPT-2 on poems. Does that need labels?"
    assert second.setting == "I tune GPT-2 on poems. My friend uses BERT."


def test_a_question_that_points_back_is_read_with_the_one_before_it() -> None:
    first, second = questions_in("What is knowledge distillation? And is it supervised?")
    assert first.before == ""
    assert second.whole == "What is knowledge distillation? And is it supervised?"


def test_of_a_long_story_only_its_end_is_the_setting() -> None:
    story = " ".join(f"Step {number} went well." for number in range(100))
    (asked,) = questions_in(f"{story} What does the loss say?")
    assert asked.setting.endswith("Step 99 went well.")
    assert len(asked.setting.split()) <= 60
