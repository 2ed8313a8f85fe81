"""A message is cleaned and masked once, at the door, and read once, however long its conversation grows."""

from __future__ import annotations

import doctest
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from bot.adapters.discord.messages.render import panels
from bot.answering.message.read_turn import take
from bot.door import care, clean_text, folding, masking, pattern_files, wants_person
from bot.ledger.database import Ledger
from bot.record import Incoming
from bot.service import Service
from bot.wording.prompt.drafting import build
from bot.wording.prompt.notes import offered
from index.search.query import clean

TURNS = ("What is the SGD of a zebra model?", "And is MLM\u200b supervised?", "can you give an example of it?", "and for BERT?")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    ledger.upgrade()
    yield ledger
    ledger.close()


@contextmanager
def counted(*functions: Callable[..., Any]) -> Iterator[Counter[str]]:
    """Count the calls of some functions, in whatever thread."""
    names = {function.__code__: function.__name__ for function in functions}
    calls: Counter[str] = Counter()

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in names:
            calls[names[frame.f_code]] += 1

    threading.setprofile(watch)
    sys.setprofile(watch)
    try:
        yield calls
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def test_each_turn_of_a_conversation_is_cleaned_masked_and_read_once(service: Service, ledger: Ledger) -> None:
    asking = Service(service.library, ledger)
    for number, turn in enumerate(TURNS):
        with counted(clean, masking.mask, take) as calls:
            answer = asking.ask(Incoming("discord", str(number), "here", "ann", turn))
            assert answer is not None
            panels(answer, asking.cited_sources(answer))
            if answer.pieces:
                passages = offered([service.library.search(answer.question)], answer.pieces, service.library.base)
                build(answer.turns, passages, [], budget_tokens=4000)
        assert calls == {"clean": 1, "mask": 1, "take": 1}, turn


def test_a_key_behind_characters_that_nobody_sees_is_masked() -> None:
    assert clean_text.clean_text("my key is hf_abcd\u200bEFGHijklMNOP1234") == "my key is [token]"


@pytest.mark.parametrize(
    "module", [care, clean_text, folding, masking, pattern_files, wants_person], ids=lambda module: str(module.__name__)
)
def test_the_examples_in_the_docstrings_hold(module: ModuleType) -> None:
    assert doctest.testmod(module).attempted > 0
    assert doctest.testmod(module).failed == 0
