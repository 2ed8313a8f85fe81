"""The terminal as a platform: a conversation on standard input and output, in the ledger if there is one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.adapters.console.terminal import (
    ANSWERS_BELOW,
    LINES_BETWEEN,
    NOTHING_HIDDEN,
    WELCOME,
    WIDTH,
    chat,
    hide_spoilers,
    plain,
    render_hidden,
    show,
    wrap,
)
from bot.ledger.database import Ledger
from bot.ledger.tables import AnswerRow, Conversation, QuestionRow
from bot.service import Service
from bot.values import Status


class Terminal(io.StringIO):
    """Standard input with a person at it."""

    def isatty(self) -> bool:
        return True


def talk(service: Service, *lines: str, person: bool = False) -> str:
    typed = "".join(f"{line}\n" for line in lines)
    shown = io.StringIO()
    chat(service, Terminal(typed) if person else io.StringIO(typed), shown)
    return shown.getvalue()


def test_a_conversation_is_one_in_the_ledger_with_all_its_turns(service: Service, ledger: Ledger) -> None:
    shown = talk(Service(service.library, ledger), "What is masked language modelling?", "", "hi", "Why does it hide 15% of the tokens?")
    assert shown.startswith(WELCOME.format(name="supervised and self-supervised training"))
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


def test_an_empty_line_in_what_a_person_pastes_ends_nothing(service: Service) -> None:
    shown = talk(service, "What is masked language modelling?", "", "Is pretraining supervised?", person=True)
    assert "[masked-language-modeling]" in shown
    assert "[is-pretraining-supervised]" in shown


@pytest.mark.parametrize("width", [40, 60, 200])
def test_an_answer_with_all_below_it_fits_the_terminal_but_for_addresses(
    width: int, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    answered = service.answer(("Is pretraining supervised?",), hands_over=False)
    lines = plain(answered, service.sources(answered)).splitlines()
    most = min(width, WIDTH)
    assert [line for line in lines if len(line) > most and not line.strip().startswith("http") and not line.startswith("    ")] == []
    assert max(len(line) for line in lines) > most * 0.7


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
    lines = wrap(f"**Bold** {'word ' * 60}\n\n```text\n{code}\n```\n\nthe **end**").splitlines()
    assert lines[0].startswith("Bold word")
    assert f"    {code}" in lines
    assert all(len(line) <= WIDTH for line in lines if line.strip() != code.strip())
    assert lines[-1] == "the end"


def test_an_answer_is_shown_with_its_state_cards_and_sources_and_a_handover_without(service: Service) -> None:
    answered = service.answer(("Is pretraining supervised?",), hands_over=False)
    shown = plain(answered, service.sources(answered))
    assert "— draft: " in shown
    assert "  source: " in shown
    assert "](<" not in shown.split("— draft")[1]
    declined = service.answer(("Which bus goes to the harbour on Sundays?",), hands_over=False)
    assert declined.status is Status.HANDED_OVER
    assert "— draft" not in plain(declined, [])


QUIZ_ME = "quiz me on masked language modelling"
BLANKS = "Fill in the blanks: in ____ language modelling some tokens are hidden and the model predicts ____."


def hidden_in(service: Service, *turns: str) -> list[str]:
    """Return what the answer to the last of some turns has under spoilers, as the terminal shows it."""
    parts = hide_spoilers(service.answer(turns, hands_over=False).answer, "")[1]
    assert parts
    return [flat(render_hidden([part])).removeprefix("[1] ") for part in parts]


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("asked", [QUIZ_ME, BLANKS])
def test_what_stands_under_a_spoiler_is_hidden_until_the_learner_wants_it(asked: str, service: Service, ledger: Ledger) -> None:
    parts = hidden_in(service, asked)
    first, shown = talk(Service(service.library, ledger), asked, "/show").split("> /show\n")
    assert "||" not in first + shown
    assert [flat(first).count(f"[hidden {number}: type /show]") for number, _ in enumerate(parts, start=1)] == [1] * len(parts)
    if asked == QUIZ_ME:
        assert parts[0] not in flat(first)
    assert flat(shown).startswith(" ".join(f"[{number}] {part}" for number, part in enumerate(parts, start=1)))
    with ledger.transaction() as session:
        assert session.scalars(select(QuestionRow.text)).all() == [asked]


def test_to_look_is_no_turn_so_the_try_after_it_is_still_compared(service: Service) -> None:
    tried = "some tokens are hidden and the model predicts them from both sides"
    (answer,) = hidden_in(service, QUIZ_ME)
    shown = flat(talk(service, QUIZ_ME, "/show", tried).split(tried)[1])
    assert shown.startswith(f"Compare yours with the card's answer: {answer}")


def test_where_nothing_is_hidden_that_is_said_in_a_line(service: Service) -> None:
    shown = talk(service, "/show", QUIZ_ME, "/SHOW", "Is pretraining supervised?", "/show")
    assert shown.count(f"\n{NOTHING_HIDDEN}\n") == 2


def test_a_single_question_has_its_hidden_answer_far_below(service: Service) -> None:
    (answer,) = hidden_in(service, QUIZ_ME)
    shown = io.StringIO()
    show(service, service.answer((QUIZ_ME,), hands_over=False), shown)
    above, below = shown.getvalue().split(ANSWERS_BELOW)
    assert "[hidden 1: further down]" in flat(above)
    assert answer not in flat(above)
    assert below.startswith("\n" * (LINES_BETWEEN + 1) + "[1] ")
    assert flat(below) == f"[1] {answer}"


def test_bars_in_code_are_no_spoiler_and_code_under_a_spoiler_is_still_code() -> None:
    code = "```c\na || b || c\n```\nand `x || y || z`, or a || b"
    assert hide_spoilers(code, "type /show") == (code, [])
    text, hidden = hide_spoilers(f"Which?\n\n||This:\n{code.split(', or', maxsplit=1)[0]}||\n\n||That||", "type /show", before=2)
    assert text == "Which?\n\n[hidden 3: type /show]\n\n[hidden 4: type /show]"
    assert render_hidden(hidden) == "[1]\nThis:\n    a || b || c\nand `x || y || z`\n[2] That"
