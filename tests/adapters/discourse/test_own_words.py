"""What a post says itself: quotes, code, mentions, and the small replies that judge an answer or decide."""

from __future__ import annotations

import pytest

from bot.adapters.discourse.listening.own_words import Quote, own_words, without_name
from bot.adapters.discourse.mentoring.mentor_words import mentor_words
from bot.adapters.discourse.mentoring.said_of_answers import said_of_answer
from bot.review.decisions.decide import Decision


def test_quotes_of_every_kind_are_told_from_the_posts_own_words() -> None:
    raw = (
        '[quote="ada, post:1, topic:5, full:true"]\nOuter [quote="bob, post:2, topic:5"]inner[/quote] end.\n[/quote]\n'
        "My own words.\n> a quoted line\n> and another\n\n```py\n>>> x > 1\n> not a quote\n```\n[quote]\nnobody's\n[/quote]"
    )
    found = own_words(raw)
    assert found.text == "My own words.\n\n```py\n>>> x > 1\n> not a quote\n```"
    assert set(found.quotes) == {
        Quote("bob", "inner"),
        Quote("ada", "Outer \n end."),
        Quote("", "nobody's"),
        Quote("", "a quoted line\nand another"),
    }


def test_mentions_are_those_that_discourse_would_notify() -> None:
    raw = "@Askwell, and @ada_1. Mail me@example.org, see /u/@bob, `@code` and\n> @quoted\n```\n@fenced\n```"
    assert own_words(raw).mentions == {"askwell", "ada_1"}
    assert without_name("Hi @ASKWELL: why?", "askwell") == "Hi  : why?"
    assert own_words("@askwell-fan").mentions == {"askwell-fan"}


def test_pictures_and_comments_say_nothing_and_an_unclosed_fence_is_code() -> None:
    raw = "Look: ![loss|690x400](upload://a.png)\n<!-- @askwell -->\n[notes.pdf|attachment](upload://b.pdf)\n```\n@askwell [quote]x[/quote]"
    found = own_words(raw)
    assert found.mentions == frozenset()
    assert found.quotes == ()
    assert found.text.startswith("Look:")
    assert "upload" not in found.text


@pytest.mark.parametrize(
    ("text", "decision", "number", "rest"),
    [
        ("confirm", Decision.CONFIRM, None, ""),
        ("Confirm #12.", Decision.CONFIRM, 12, ""),
        ("correct 7: No.\n\nSecond paragraph: yes.", Decision.CORRECT, 7, "No.\n\nSecond paragraph: yes."),
        ("ANSWER: 42", Decision.ANSWER, None, "42"),
        ("decline: off topic", Decision.DECLINE, None, "off topic"),
        ("withdraw", Decision.WITHDRAW, None, ""),
    ],
)
def test_a_command_word_at_the_beginning_decides(text: str, decision: Decision, number: int | None, rest: str) -> None:
    found = mentor_words(text)
    assert found is not None
    assert (found.decision, found.question_id, found.text) == (decision, number, rest)


@pytest.mark.parametrize("text", ["I confirm", "confirm that please", "Answer the quiz first", "correct", "correctly: yes", ""])
def test_a_sentence_with_such_a_word_in_it_decides_nothing_by_mistake(text: str) -> None:
    found = mentor_words(text)
    # A word alone is a command; the loop itself refuses a correction without a text.
    assert found is None or (text == "correct" and found.text == "")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("That helped, thank you!", "up"),
        ("thx", "up"),
        ("Ah, makes sense now.", "up"),
        ("Not quite, I meant the decoder.", "down"),
        ("sorry but this doesn't answer my question", "down"),
        ("Thanks. But who labels the pairs?", None),
        ("Thanks, but both are still supervised to me", None),
        ("So the target is the next token", None),
    ],
)
def test_a_reply_says_whether_an_answer_helped(text: str, kind: str | None) -> None:
    assert said_of_answer(text) == kind
