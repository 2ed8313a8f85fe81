"""The terminal as a platform: a conversation on standard input and output, in the ledger if there is one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.adapters.console import WELCOME, WIDTH, chat, plain, wrap
from bot.answering.values import Status
from bot.app import Service
from bot.ledger.store import Ledger
from bot.ledger.tables import AnswerRow, Conversation, QuestionRow


class Terminal(io.StringIO):
    """Standard input with a person at it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    ledger.upgrade()
    yield ledger
    ledger.close()


def talk(service: Service, *lines: str, person: bool = False) -> str:
    typed = "".join(f"{line}\n" for line in lines)
    shown = io.StringIO()
    chat(service, Terminal(typed) if person else io.StringIO(typed), shown)
    return shown.getvalue()


def test_a_conversation_is_one_in_the_ledger_with_all_its_turns(service: Service, ledger: Ledger) -> None:
    shown = talk(Service(service.library, ledger), "What is masked language modelling?", "", "hi", "Why does it hide 15% of the tokens?")
    assert shown.startswith(WELCOME)
    assert shown.count("> ") >= 4
    assert "[masked-language-modeling]" in shown
    with ledger.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Conversation)) == 1
        assert session.scalar(select(func.count()).select_from(QuestionRow)) == 3
        assert session.scalar(select(func.count()).select_from(AnswerRow)) == 3
        assert session.scalars(select(QuestionRow.status).order_by(QuestionRow.id)).first() == "answered"


def test_without_a_ledger_a_conversation_still_has_its_earlier_turns(service: Service) -> None:
    first, second = "What is masked language modelling?", "what does its loss look at?"
    alone = talk(service, second)
    together = talk(service, first, second)
    assert alone.split(second)[1] != together.split(second)[1]


def test_a_person_leaves_with_an_empty_line_and_what_comes_after_is_not_read(service: Service) -> None:
    shown = talk(service, "", "Is pretraining supervised?", person=True)
    assert "pretraining" not in shown.replace(WELCOME, "")


def test_a_ledger_that_goes_away_is_said_and_the_answer_comes_all_the_same(service: Service, tmp_path: Path) -> None:
    empty = Ledger(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    shown = talk(Service(service.library, empty), "Is pretraining supervised?")
    assert "(not recorded: " in shown
    assert "askwell ledger upgrade" in shown
    assert "[is-pretraining-supervised]" in shown
    empty.close()


def test_odd_lines_end_nothing(service: Service) -> None:
    shown = talk(service, "\x00\x1b[2J", "x" * 20_000, "Is pretraining supervised?")
    assert "20,000 characters" in shown
    assert "\x1b" not in shown
    assert "[is-pretraining-supervised]" in shown


def test_an_answer_is_wrapped_and_its_code_is_left_as_it_is() -> None:
    code = "The quick brown fox " * 10
    lines = wrap(f"**Bold** {'word ' * 60}\n\n```text\n{code}\n```\n\n||a spoiler||").splitlines()
    assert lines[0].startswith("Bold word")
    assert f"    {code}" in lines
    assert all(len(line) <= WIDTH for line in lines if line.strip() != code.strip())
    assert lines[-1] == "a spoiler"


def test_an_answer_is_shown_with_its_state_cards_and_sources_and_a_handover_without(service: Service) -> None:
    answered = service.answer(("Is pretraining supervised?",), hands_over=False)
    shown = plain(answered, service.sources(answered))
    assert "— draft: " in shown
    assert "  source: " in shown
    assert "](<" not in shown.split("— draft")[1]
    declined = service.answer(("What is the capital of France?",), hands_over=False)
    assert declined.status is Status.HANDED_OVER
    assert "— draft" not in plain(declined, [])
