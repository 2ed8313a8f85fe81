"""An answer as Discord's messages: within the limit, nothing cut open, nothing dropped."""

from __future__ import annotations

import doctest
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import HttpUrl

from bot.adapters.discord.asking import addressing as addressing_module
from bot.adapters.discord.asking.addressing import thread_name, without_mention
from bot.adapters.discord.asking.privately import private_buttons
from bot.adapters.discord.messages import render as render_module
from bot.adapters.discord.messages import split as split_module
from bot.adapters.discord.messages.panels import layout
from bot.adapters.discord.messages.render import label_of, linked_sources, panels
from bot.adapters.discord.messages.split import length, spans, split
from bot.values import Answer, Composer, FoundCard, State, Status
from knowledge.reading.card import Slug, Source
from tests.collected import failing
from tests.discord_stand_in.client import SOURCE, answered
from tests.discord_stand_in.components import COMPONENTS_V2, check_message

# The same examples on every run, and nothing kept between runs.
STEADY = settings(deadline=None, derandomize=True, max_examples=200)

WORDS = st.sampled_from(
    ["label", "the", "next-token", "loss.", "Why?", "**bold**", "`a || b`", "é", "🙂", "x" * 70, "[card](<https://a.example/b>)"]
)
SENTENCES = st.lists(WORDS, min_size=1, max_size=40).map(" ".join)
PARAGRAPHS = st.lists(SENTENCES, min_size=1, max_size=3).map("\n".join)
SPOILERS = st.lists(SENTENCES, min_size=1, max_size=3).map(lambda parts: "||" + "\n\n".join(parts) + "||")
CODE_LINES = st.lists(st.sampled_from(["", "a = 1", "    if a || b:", "y" * 130, "| 1 | 2 |", "🙂 = 'ok'"]), min_size=1, max_size=30)
LANGUAGES = st.sampled_from(["", "python", "text"])
FENCES = st.tuples(LANGUAGES, CODE_LINES).map(lambda made: f"```{made[0]}\n" + "\n".join(made[1]) + "\n```")
SOLVED = st.tuples(SENTENCES, SENTENCES).map(lambda made: f"{made[0]}\n||{made[1]}|| and on")
TEXTS = st.lists(st.one_of(PARAGRAPHS, SPOILERS, FENCES, SOLVED), min_size=1, max_size=8).map("\n\n".join)
LIMITS = st.sampled_from([60, 100, 333, 2000])


def texts_of(answer: Answer, sources: list[Source], **how: Any) -> list[str]:
    """Return what each message of an answer says."""
    return ["\n\n".join(panel.texts) for panel in panels(answer, sources, **how)]


def is_within(part: str, whole: str) -> bool:
    """Return whether the other text has the letters of one in their order; blanks and marks don't count."""
    left = iter(re.sub(r"[\s`|]", "", whole))
    return all(letter in left for letter in re.sub(r"[\s`|]", "", part))


def bars_outside_code(part: str) -> int:
    """Count the spoiler marks that Discord sees."""
    return re.sub(r"```.*?```|`[^`\n]+`", "", part, flags=re.DOTALL).count("||")


@STEADY
@given(TEXTS, LIMITS)
def test_parts_fit_are_whole_in_themselves_and_drop_nothing(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(part.strip() and length(part) <= limit for part in parts)
    assert all(part.count("```") % 2 == 0 for part in parts)
    assert all(bars_outside_code(part) % 2 == 0 for part in parts)
    assert is_within(text, "\n".join(parts))


@STEADY
@given(st.text(alphabet=st.sampled_from("ab `|\n[]()<>*🙂.\t"), max_size=400), st.sampled_from([20, 60, 2000]))
def test_no_text_however_broken_is_dropped_or_too_long(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(part.strip() and length(part) <= limit for part in parts)
    assert is_within(text, "\n".join(parts))


@STEADY
@given(TEXTS, st.integers(0, 60))
def test_the_messages_of_an_answer_fit_and_end_with_its_state_cards_and_sources(text: str, count: int) -> None:
    shown = panels(answered(text), [SOURCE.model_copy(update={"title": f"Source {number}"}) for number in range(count)])
    assert all(panel.texts and sum(map(length, panel.texts)) <= 4000 for panel in shown)
    assert all(not panel.links for panel in shown[:-1])
    small = "\n".join(panel.small for panel in shown if panel.small)
    assert small.startswith("-# Draft")
    labels = [link.label for link in shown[-1].links]
    assert [f"Source {number}" in "\n".join([small, *labels]) for number in range(count)] == [True] * count
    assert is_within(text, "\n".join(panel.text for panel in shown))


@STEADY
@given(TEXTS)
def test_every_message_of_an_answer_is_one_that_discord_takes(text: str) -> None:
    answer = answered(text, composer=Composer.MODEL)
    for panel in panels(answer, [SOURCE] * 12, buttons=private_buttons(answer), asked=text, lead="<@5> A word.", hint="A hint."):
        laid_out: Any = layout(panel)
        check_message({"flags": COMPONENTS_V2, "components": laid_out.to_components()})


def test_what_filled_two_messages_before_is_one() -> None:
    (panel,) = panels(answered("word " * 700), [SOURCE])
    assert panel.text == ("word " * 700).strip()
    assert panel.small.splitlines() == [
        "-# Draft: put together from the mentors' cards, not yet seen by a mentor",
        "-# Cards: Pretraining",
    ]
    assert [(link.label, link.url) for link in panel.links] == [
        ("Attention Is All You Need (Vaswani et al., 2017)", "https://arxiv.org/abs/1706.03762")
    ]


def test_the_state_and_the_cards_stay_together_where_there_is_no_room() -> None:
    before, last = panels(answered("word " * 790), [SOURCE])
    assert (before.small, before.links, last.text) == ("", (), "")
    assert len(last.small.splitlines()) == 2
    assert before.colour == last.colour


def test_a_source_that_leads_nowhere_or_too_far_is_a_line_and_a_long_name_is_cut_at_a_word() -> None:
    told = SOURCE.model_copy(update={"url": HttpUrl("https://mentors.invalid/ada"), "title": "A mentor's word"})
    far = SOURCE.model_copy(update={"url": HttpUrl(f"https://a.example/{'x' * 600}")})
    links, lines = linked_sources([told, far, SOURCE])
    assert [link.url for link in links] == [str(SOURCE.url)]
    assert lines == [told.markdown(), far.markdown()]
    long = label_of(SOURCE.model_copy(update={"title": "Attention is all you need and much more " * 4}))
    assert length(long) <= 80
    assert long.endswith("… (2017)")


def test_the_frame_has_a_colour_for_each_state_and_none_where_nothing_was_said() -> None:
    shown = [
        answered("Yes."),
        answered("Yes.", composer=Composer.MODEL),
        answered("Yes.", state=State.CONFIRMED),
        answered("Yes.", state=State.CORRECTED),
        answered("Yes.", state=State.WITHDRAWN),
        answered("Yes.", status=Status.NEAR),
    ]
    colours = [panels(each, [])[0].colour for each in shown]
    assert len(set(colours)) == len(colours)
    assert None not in colours
    assert panels(answered("Yes.", composer=Composer.MENTOR), [])[0].colour == colours[2]
    assert panels(answered("Asked.", status=Status.HANDED_OVER), [])[0].colour == colours[5]
    assert panels(answered("Which?", status=Status.ASKED_BACK), [])[0].colour is None


STATES = [
    (State.DRAFT, Composer.CURATED, "Draft: put together from the mentors' cards"),
    (State.DRAFT, Composer.MODEL, "Draft: worded by a language model"),
    (State.DRAFT, Composer.MENTOR, "Written by a mentor"),
    (State.CONFIRMED, Composer.CURATED, "Confirmed: "),
    (State.CORRECTED, Composer.MENTOR, "Corrected: "),
]


def test_every_state_is_said_in_plain_words() -> None:
    def is_said(state: State, composer: Composer, words: str) -> None:
        (text,) = texts_of(answered("Yes.", state=state, composer=composer), [])
        assert text.startswith(f"Yes.\n\n-# {words}")

    assert failing(is_said, STATES) == {}


def test_nobody_reads_a_withdrawn_answer_without_the_warning() -> None:
    withdrawn = answered("Yes.", state=State.WITHDRAWN)
    lead = "A mentor has withdrawn this answer: please do not rely on it."
    (text,) = texts_of(withdrawn, [], asked="Is it?", note=lead)
    assert text.startswith(f"> Is it?\n\n**{lead}**\n\nYes.\n\n-# Withdrawn: ")
    (text,) = texts_of(withdrawn, [])
    assert text.startswith("**Withdrawn: a mentor has withdrawn this answer**\n\nYes.")


def test_what_a_mentor_changed_stands_below_the_state_in_small_print() -> None:
    corrected = answered("No.", state=State.CORRECTED, composer=Composer.MENTOR)
    (text,) = texts_of(corrected, [], note="Taken out: “Yes.”\nAdded: “No, see https://a.example/b”")
    assert text.splitlines()[2:5] == [
        "-# Corrected: written by a mentor",
        "-# Taken out: “Yes.”",
        "-# Added: “No, see <https://a.example/b>”",
    ]


def test_the_numbers_in_a_models_text_are_those_of_the_cards_below() -> None:
    found = [FoundCard(slug=Slug(slug), title=slug.title(), score=0.5) for slug in ("masking", "labels", "unused")]
    worded = answered("So [1]. And so [2].", composer=Composer.MODEL, cards=found, cited=("labels", "masking"))
    (text,) = texts_of(worded, [])
    assert "-# Cards: [1] Labels · [2] Masking" in text
    (text,) = texts_of(worded.model_copy(update={"composer": Composer.CURATED}), [])
    assert "-# Cards: Labels · Masking" in text


@pytest.mark.parametrize("status", [Status.ASKED_BACK, Status.HANDED_OVER, Status.NEAR])
def test_what_is_no_answer_claims_no_cards(status: Status) -> None:
    assert texts_of(answered("Which one?", status=status, cited=()), []) == ["Which one?"]


def test_a_code_block_that_is_cut_keeps_its_language_and_its_lines() -> None:
    lines = [f"    token_{number} = {number}" for number in range(300)]
    parts = split("```python\n" + "\n".join(lines) + "\n```")
    assert len(parts) > 1
    assert all(part.startswith("```python\n    token_") and part.endswith("\n```") for part in parts)
    assert [line for part in parts for line in part.splitlines()[1:-1]] == lines


def test_a_code_block_that_was_never_closed_does_not_swallow_the_footer() -> None:
    (text,) = texts_of(answered("Look:\n```python\na = 1"), [])
    assert text.startswith("Look:\n```python\na = 1\n```\n\n-# Draft")


def test_a_word_without_seams_is_cut_by_length_and_the_next_one_stays_apart() -> None:
    assert split("a " + "x" * 25 + " end", 20) == ["a", "x" * 20, "xxxxx end"]


def test_a_spoiler_is_not_cut_open_and_one_that_is_too_long_is_closed_and_opened_again() -> None:
    answer = "||" + "It is the next token. " * 3 + "||"
    assert split(f"{'Who made the labels? ' * 3}\n\n{answer}", 80)[1] == answer
    parts = split("||" + "It is the next token. " * 40 + "||", 200)
    assert all(re.fullmatch(r"\|\|[^|]+\|\|", part) for part in parts)


def test_bars_in_code_are_no_spoiler() -> None:
    kinds = [kind for kind, _ in spans("`a || b` or ```\nc || d\n``` or ||e `||` f||")]
    assert kinds == ["code", "plain", "fence", "plain", "spoiler"]


def test_links_get_no_preview_but_code_stays_as_it_is() -> None:
    (text,) = texts_of(answered("See https://a.example/b. `curl https://a.example` ||at https://c.example/d||"), [])
    assert text.startswith("See <https://a.example/b>. `curl https://a.example` ||at <https://c.example/d>||")


def test_a_quoted_question_shows_as_typed_and_breaks_nothing() -> None:
    (text,) = texts_of(answered("Yes."), [], asked="```\nis ||this|| @everyone *it*?")
    assert text.splitlines()[0] == "> \\`\\`\\` is \\|\\|this\\|\\| @\u200beveryone \\*it\\*?"
    assert text.splitlines()[2] == "Yes."


@STEADY
@given(st.text(alphabet=st.sampled_from("aé 🙂\n\t<>@:#123_`*|\u200b"), max_size=300))
def test_every_question_gives_a_thread_a_name_that_discord_takes(question: str) -> None:
    name = thread_name(question)
    assert 1 <= len(name) <= 100
    assert "\n" not in name


def test_only_our_own_mention_is_taken_out() -> None:
    wanted = {"<@7>": "", "<@!7>: why?": "why?", "why, <@7>?": "why,  ?", "<@8> and <@77>": "<@8> and <@77>", " <@7> <@7>\n": ""}
    assert {text: without_mention(text, 7) for text in wanted} == wanted


def test_the_examples_in_the_docstrings_hold() -> None:
    for module in (addressing_module, render_module, split_module):
        failed, attempted = doctest.testmod(module)
        assert (failed, attempted > 0) == (0, True), module.__name__
