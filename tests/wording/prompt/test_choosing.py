"""A model chooses among passages: what it is shown, and how its choice is read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.service import Service
from bot.values import CleanText
from bot.wording.prompt.budget import tokens
from bot.wording.prompt.choosing import MOST_SHOWN, Choosing, choosing_prompt, likely, read_choice
from bot.wording.prompt.notes import offered
from knowledge.errors import PlatformError, Refused, UsageError
from tests.collected import failing


@pytest.fixture(scope="session")
def choosing(service: Service) -> Choosing:
    question = CleanText("Is MLM supervised?")
    found = offered([service.library.search(question)], (), service.library.base)
    passages = [replace(each, piece=replace(each.piece, fit=0.5)) for each in found]
    return choosing_prompt((question,), passages, budget_tokens=3600)


def test_the_passages_are_shown_whole_and_numbered_and_the_reply_has_a_form(choosing: Choosing) -> None:
    asked = choosing.prompt.messages[-1].text
    assert len(choosing.shown) == MOST_SHOWN
    for number, each in enumerate(choosing.shown, start=1):
        assert f"[{number}] {each.piece.text}" in asked
    assert choosing.prompt.form is not None
    assert list(choosing.prompt.form["properties"]) == ["passages"]
    assert tokens(choosing.prompt.text) <= choosing.prompt.tokens <= 3600
    assert choosing.prompt.text.endswith("</question>\n<answer>\n")


def test_a_choice_is_read_in_its_order_however_it_is_written(choosing: Choosing) -> None:
    def check(reply: str, numbers: list[int]) -> None:
        assert read_choice(reply, choosing) == [choosing.shown[number - 1].piece for number in numbers]

    cases: list[tuple[Any, ...]] = [
        ('{"passages": [2, 1]}', [2, 1]),
        ('```json\n{"passages": [3]}\n```', [3]),
        ("{'passages': [2, 2, 5]}", [2, 5]),
        ('{"passages": []}', []),
        ('{"passages": [1, 2, 3, 4]}', [1, 2, 3]),
        ("[2], [5]", [2, 5]),
        ("3", [3]),
        ("2 and 4.", [2, 4]),
    ]
    assert failing(check, cases) == {}


def test_what_is_no_choice_is_one_clear_line(choosing: Choosing) -> None:
    def check(reply: str) -> None:
        with pytest.raises(PlatformError) as caught:
            read_choice(reply, choosing)
        assert "\n" not in str(caught.value)
        assert "retraining" not in str(caught.value), "errors are logged, and logs have no texts"

    cases = [
        "",
        "Pretraining is supervised.",
        '{"passages": [99]}',
        '{"passages": [0]}',
        '{"passages": [2',
        '{"passages": "all"}',
        '{"passages": "Pretraining"}',
        '{{"passages": [2]}}',
        "[1] is 5%",
    ]
    assert failing(check, [(case,) for case in cases]) == {}


def test_without_a_passage_or_without_room_for_one_there_is_no_choice(choosing: Choosing) -> None:
    question = (CleanText("Is MLM supervised?"),)
    with pytest.raises(Refused):
        choosing_prompt(question, [], budget_tokens=3600)
    with pytest.raises(UsageError, match="ASKWELL_MODEL_CONTEXT"):
        choosing_prompt(question, choosing.shown, budget_tokens=500)


def test_of_a_small_budget_only_the_best_passages_are_shown(choosing: Choosing) -> None:
    small = choosing_prompt((CleanText("Is MLM supervised?"),), choosing.shown, budget_tokens=1_300)
    assert 0 < len(small.shown) < MOST_SHOWN
    assert small.shown[0] == choosing.shown[0]


def test_only_passages_about_as_likely_as_the_best_of_their_question_are_shown(choosing: Choosing) -> None:
    fits = [(0.6, {0}), (0.5, {0}), (0.05, {0}), (0.05, {0, 1}), (0.2, {1}), (1.0, {0, 1})]
    passages = [
        replace(each, piece=replace(each.piece, fit=fit), asked=frozenset(asked))
        for each, (fit, asked) in zip(choosing.shown, fits, strict=False)
    ]
    assert [each.piece.fit for each in likely(passages)] == [0.6, 0.5, 0.05, 0.2, 1.0]
    assert likely(passages)[2] is passages[3]
