"""A message is searched as its author meant it: without what nobody sees, typos mended, the telling part of it first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.search.query import MAX_VIEW_WORDS, Glossary, Speller, clean, is_foreign, views, without_manner

READ = {
    "what\x00 is\u200b   MLM?": "what is MLM?",
    "\u202eisn't it\u202c": "isn't it",
    "<@123> and <@!456> in <#789>: why?": "and in : why?",
    "ｆｕｌｌ ｗｉｄｔｈ": "full width",
    "a\n\n\n\n\nb": "a\n\nb",
    "\x1b[31mred\x1b[0m": "[31mred[0m",
    "\ud800 half": "half",
    " \t\r\n\u2028": "",
    "": "",
}


def test_what_no_reader_sees_is_taken_out() -> None:
    assert {typed: clean(typed) for typed in READ} == READ


@given(st.text(max_size=300))
def test_cleaning_is_done_once_and_leaves_text_that_can_be_stored(text: str) -> None:
    once = clean(text)
    once.encode()
    assert "\x00" not in once
    assert once == once.strip()


def test_a_typo_is_mended_towards_the_course_and_english_is_left() -> None:
    speller = Speller({"supervised", "pretraining", "tokens", "token", "labels"}, {"tokens", "tables", "training"})
    assert speller.mend("is pretrainng supervized, or tables?") == "is pretraining supervised, or tables?"
    for kept in ("GPT-2", "camelCase", "cat", "zzzzzzzz", "naïve", "labels=input_ids", "tables"):
        assert speller.mend(kept) == kept


def test_course_words_of_other_languages_are_put_into_english() -> None:
    glossary = Glossary({"aprendizaje": "learning", "监督学习": "supervised learning", "aprendizaje supervisado": "supervised learning"})
    assert glossary.english("¿Qué es aprendizaje supervisado?").startswith("¿Qué es supervised learning")
    assert "supervised learning" in glossary.english("什么是监督学习？")
    assert glossary.english("aprendizajes") == "aprendizajes"
    assert Glossary({}).english("as it was") == "as it was"


def test_only_a_message_of_mostly_other_letters_is_foreign() -> None:
    assert is_foreign("什么是监督学习")
    assert not is_foreign("What is naïve Bayes?")
    assert not is_foreign("42 ?!")


def test_a_long_message_is_searched_by_its_question_and_its_ends() -> None:
    story = "I went home and thought about it for a while. " * 40
    seen = views(f"{story}Is pretraining supervised or not? {story}")
    assert any("Is pretraining supervised or not?" in view and len(view.split()) < 20 for view in seen)
    assert 1 <= len(seen) <= 5
    assert views("short") == ["short"]


@given(st.text(max_size=2_000))
def test_there_is_always_something_to_search_and_never_much(text: str) -> None:
    seen = views(text)
    assert 1 <= len(seen) <= 5
    assert len(seen[0].split()) <= MAX_VIEW_WORDS


ASKED_IN_A_MANNER = {
    "what does fine tuning mean in simple words": "what does fine tuning mean",
    "Explain like I'm five: what is a label?": ": what is a label?",
    "eli5 what's a token": " what's a token",
    "what is overfitting, in plain english?": "what is overfitting?",
    "it looks like I am overfitting, am I?": "it looks like I am overfitting, am I?",
    "tl;dr": "tl;dr",
    "why the same vector for bank in two sentences?": "why the same vector for bank in two sentences?",
    "is a bag of simple words a label?": "is a bag of simple words a label?",
}


def test_how_it_should_be_explained_is_not_searched_for() -> None:
    assert {asked: without_manner(asked) for asked in ASKED_IN_A_MANNER} == ASKED_IN_A_MANNER
