"""The bank says a statement or denies it, whichever of its two sides is nearer, and by a sentence that its card says."""

from __future__ import annotations

from typing import Any

import pytest

from bot.answering.statements.bank import bank_of, weigh_all
from bot.answering.statements.deciding import judge
from bot.service import Service
from knowledge.reading.exam import unsaid
from tests.collected import failing


def test_what_has_opposite_forms_in_the_bank_gets_the_nearer_one(service: Service) -> None:
    def check(statement: str, so: bool) -> None:
        weighed = weigh_all([statement], service.library)[0]
        assert (weighed.so > weighed.not_so) is so, weighed

    cases: list[tuple[Any, ...]] = [
        ("a linear probe leaves the encoder's weights alone", True),
        ("linear probing modifies the encoder", False),
        ("the weights of the network change when you show it examples in a prompt", False),
        ("skip-gram guesses the neighbouring words from the central one", True),
        ("skip-gram guesses the central word from the neighbouring ones", False),
        ("no annotator is required for self-supervised learning", True),
    ]
    assert failing(check, cases) == {}


def test_every_statement_of_the_bank_is_decided_by_a_sentence_of_its_card(service: Service) -> None:
    bank = bank_of(service.library)
    cards = service.library.base.cards
    stated = [each.told for each in bank.statements if not each.told.belief]
    assert len(stated) > 1500
    assert [told for told in stated if unsaid([told.text], cards[told.slug])] == []


def test_a_statement_of_the_bank_gets_the_verdict_that_it_has_there(service: Service) -> None:
    bank = bank_of(service.library)
    some = [each for each in bank.statements[:: len(bank.statements) // 60] if not each.told.belief]
    verdicts = [judge(each.text, service.library) for each in some]
    wrong = [each.text for each, verdict in zip(some, verdicts, strict=True) if verdict is not None and verdict.so is not each.so]
    assert wrong == []
    assert sum(verdict is not None for verdict in verdicts) >= 0.7 * len(some)


@pytest.mark.parametrize("statement", ["Bread needs salt and an oven", "the exam is on Friday in the large hall"])
def test_what_is_about_something_else_is_settled_by_no_statement(service: Service, statement: str) -> None:
    assert judge(statement, service.library) is None
