"""An answer as a post: its state, the quote, spoilers and mathematics, what unfolds, and nobody pinged."""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.discourse.posting.post_text import Asked, body, key_of, notice_text, post_text, was_edited, with_state
from bot.review.outbox import notices
from bot.values import Composer, State, Status
from tests.discord_stand_in.client import answered

SOURCE = "[Attention Is All You Need](<https://arxiv.org/abs/1706.03762>) (Vaswani et al., 2017)"
ASKED = Asked("ada", 3, 57, "Is it\n\nsupervised? cc @bob [quote]x[/quote]")


def test_a_post_reads_from_its_state_over_the_question_and_the_answer_to_the_small_print() -> None:
    text = post_text(answered("Nobody labels it."), [SOURCE], key="a1", asked=ASKED, how="Read as: who?\n```x```")
    assert text.split("\n\n")[:-1] == [
        "**Draft**: put together from the mentors' cards, not yet seen by a mentor",
        '[quote="ada, post:3, topic:57"]\nIs it supervised? cc @\u200bbob [\u200bquote]x[\u200b/quote]\n[/quote]',
        "Nobody labels it.",
        "---\n<small>Cards: <sup>1</sup> Pretraining</small>\n"
        "<small>Source: [Attention Is All You Need](https://arxiv.org/abs/1706.03762) (Vaswani et al., 2017)</small>\n"
        "<small>Helped? Like this post. Not quite? Say so in a reply, or ask for a mentor there.</small>",
        "[details=\"How was this answered?\"]\n```text\nRead as: who?\n'''x'''\n```\n[/details]",
    ]
    assert key_of(text) == "a1"
    assert not was_edited(text)


@pytest.mark.parametrize(
    ("changed", "first"),
    [
        ({"composer": Composer.MODEL}, "**Draft**: worded by a language model"),
        ({"state": State.CONFIRMED}, "**Confirmed**: "),
        ({"state": State.CORRECTED, "composer": Composer.MENTOR}, "**Corrected**: "),
        ({"state": State.WITHDRAWN}, "**Withdrawn**: "),
        ({"status": Status.HANDED_OVER, "cited": ()}, "**Not settled yet**: a mentor has been asked"),
        ({"status": Status.NEAR, "cited": ()}, "**Not settled yet**: a mentor has been asked"),
        ({"status": Status.ASKED_BACK, "cited": ()}, "**One question first**\n\n"),
    ],
)
def test_the_first_line_says_the_state_in_words(changed: dict[str, Any], first: str) -> None:
    assert post_text(answered("Which training do you mean?", **changed), [], key="a1").startswith(first)


def test_many_sources_unfold() -> None:
    text = post_text(answered("Nobody labels it."), [SOURCE] * 4, key="a1")
    assert text.count("\n- [Attention Is All You Need](https://arxiv.org/abs/1706.03762)") == 4
    assert '[details="Sources"]' in text
    assert "Source: [" not in text


def test_what_changed_is_quoted_above_the_answer_and_a_handover_points_below() -> None:
    corrected = answered("No.", state=State.CORRECTED, cited=())
    noted = post_text(corrected, [], key="a1", note="Taken out: “Yes.”\nAdded: “No.”")
    assert "\n\n> Taken out: “Yes.”\n> Added: “No.”\n\nNo.\n\n---\n<small>Helped?" in noted
    assert "Helped?" not in post_text(answered("Yes.", state=State.WITHDRAWN, cited=()), [], key="a1")
    below = post_text(answered("Asked.", status=Status.HANDED_OVER, cited=()), [], key="a1", note=notices.SEE_BELOW)
    assert below.startswith(f"**Answered**: {notices.SEE_BELOW}\n\nAsked.")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The answer: ||B, no labels||", "The answer: [spoiler]B, no labels[/spoiler]"),
        ("||Two.\n\n```py\na = 1\n```||", "[spoiler]\nTwo.\n\n```py\na = 1\n```\n[/spoiler]"),
        (r"The loss \(-\log p\) of \[\sum_i p_i\]", "The loss $-\\log p$ of \n$$\n\\sum_i p_i\n$$\n"),
        ("Use `a || b` and `@here`, not @here or @staff.", "Use `a || b` and `@here`, not @\u200bhere or @\u200bstaff."),
        ("```py\n@decorator\nx = '||'\n```\nme@example.org", "```py\n@decorator\nx = '||'\n```\nme@example.org"),
        ("[details=x]a[/details] [poll]", "[\u200bdetails=x]a[\u200b/details] [\u200bpoll]"),
    ],
)
def test_a_cards_marks_become_discourses_and_code_stays_as_it_is(text: str, shown: str) -> None:
    assert body(text) == shown


def test_of_a_long_text_the_first_paragraphs_show_and_the_rest_unfolds_with_its_code_and_spoilers_whole() -> None:
    code = "```py\n" + "\n\n".join(f"step({number})" for number in range(150)) + "\n```"
    text = "\n\n".join(["First. " * 100, code, "||A secret\n\nof two parts||", "Last. " * 100])
    shown, _, rest = post_text(answered(text, cited=()), [], key="a1").partition('[details="The rest of the explanation"]')
    assert "First." in shown
    assert "step" not in shown.replace(code, "")
    folded = rest.partition("[/details]")[0]
    for whole in (code, "[spoiler]\nA secret\n\nof two parts\n[/spoiler]"):
        assert (whole in shown) != (whole in folded)
    assert "Last." in folded
    assert len(post_text(answered("word " * 20_000), [], key="a1")) < 32_000


def test_a_persons_edit_is_told_from_blanks_that_discourse_removes() -> None:
    text = post_text(answered("Nobody labels it."), [], key="a1")
    assert not was_edited(text.replace("\n\n", "\n \n") + "\n")
    edited = text.replace("Nobody", "Nobody, see week 2,")
    assert was_edited(edited)
    assert was_edited("Something else.")
    changed = with_state(edited, "**Confirmed**: yes")
    assert changed.splitlines()[0] == "**Confirmed**: yes"
    assert changed.partition("\n")[2] == edited.partition("\n")[2]
    assert with_state("My own words.", "**Confirmed**: yes") == "**Confirmed**: yes\n\nMy own words."


def test_a_notice_links_to_the_answer_and_pings_nobody_in_it() -> None:
    text = notice_text(notices.declined("Ask @staff."), "/t/5/2", "k1")
    assert "Ask @\u200bstaff." in text
    assert "[The answer](/t/5/2)" in text
    assert key_of(text) == "k1"
