"""A text is cut where a reader would cut it."""

from __future__ import annotations

import doctest

from hypothesis import given
from hypothesis import strategies as st

from knowledge import sentences as module
from knowledge.sentences import sentence_ends, sentences

# `|` is where the text is cut.
CUT = (
    "One. |Two? |Three",
    "One.\n|A) four",
    "Is GPT-3.5 pretrained? |Yes.",
    "Devlin et al. hide 15%. |Others hide more.",
    "It saves memory, e.g. activations. |GPT-3.5 has it too!",
    "See Fig. 3, i.e. the loss vs. the steps. |It falls.",
    "Words, pieces, etc. are tokens. |Masks, labels, etc. |Then comes the loss.",
    "The answer is no. |Labels are made. |See no. 5 of the list.",
    "He calls it “masking.” |Others don't.",
    "**Where they come from.** |A rule makes them.",
    "(A rule makes them.) |Nobody labels.",
    "Nobody labels. [1] |The text does [2, 3].",
    "Nobody labels.[1] |The text does.",
    "Run `model.eval(). Then` first. |Then ask.",
    "什么是监督学习？|它需要标签。|对吗",
    "Wait… what? |So… |Then it ends.",
    "Really?! |Yes...",
    "1. supervised\n|2. unsupervised\n|A. neither",
    "It loads model.safetensors from v1.2 at 0.5 s. |Done.",
)  # fmt: skip


def test_a_text_is_cut_where_a_reader_would_cut_it() -> None:
    wrong = []
    for text in CUT:
        expected = [part.strip() for part in text.split("|")]
        if (found := sentences(text.replace("|", ""))) != expected:
            wrong.append((expected, found))
    assert wrong == []


def test_a_text_that_breaks_off_has_no_end_at_its_end() -> None:
    assert sentence_ends("It ends. It was cut o") == [8]
    assert sentence_ends("It ends [1]. It ends. [2] It was cut o") == [12, 25]
    assert sentence_ends("") == []
    assert sentence_ends("never") == []


@given(st.text(alphabet=st.sampled_from("ab A1.?!…\n`*\"'([])。e.g"), max_size=60))
def test_no_letter_is_lost(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


def test_the_examples_hold() -> None:
    assert doctest.testmod(module).attempted > 0
    assert doctest.testmod(module).failed == 0
