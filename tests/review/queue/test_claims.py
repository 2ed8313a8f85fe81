"""One mentor at a time is at work on a question, and for no longer than a claim lasts."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from bot.ledger.database import Ledger
from bot.ledger.tables import Claim
from bot.review.queue.claims import CLAIM_LASTS, HeldClaim, claim, claim_of_another, open_claim, release
from knowledge.errors import Refused, UsageError
from tests.review.lined_up import NOW, line_up


@pytest.fixture
def question(ledger: Ledger) -> int:
    with ledger.transaction() as session:
        return line_up(session)


def test_a_second_mentor_is_told_who_has_it_and_until_when(ledger: Ledger, question: int) -> None:
    with ledger.transaction() as session:
        assert claim(session, question, " Ann ", now=NOW).until == NOW + CLAIM_LASTS
    with ledger.transaction() as session, pytest.raises(Refused, match="claimed by Ann until 2026-02-03 12:30 UTC"):
        claim(session, question, "Bob", now=NOW)
    with ledger.transaction() as session:
        assert open_claim(session, question, NOW) == HeldClaim("Ann", NOW + CLAIM_LASTS)
        assert claim_of_another(session, question, "Bob", NOW) == HeldClaim("Ann", NOW + CLAIM_LASTS)
        assert claim_of_another(session, question, "Ann ", NOW) is None


def test_the_same_mentor_renews_a_claim(ledger: Ledger, question: int) -> None:
    later = NOW + dt.timedelta(minutes=20)
    with ledger.transaction() as session:
        claim(session, question, "Ann", now=NOW)
        claim(session, question, "Ann", now=later)
    with ledger.transaction() as session:
        assert session.get_one(Claim, question).until == later + CLAIM_LASTS


def test_a_claim_that_lapsed_is_anybodys(ledger: Ledger, question: int) -> None:
    with ledger.transaction() as session:
        claim(session, question, "Ann", now=NOW)
    with ledger.transaction() as session:
        almost = NOW + CLAIM_LASTS - dt.timedelta(microseconds=1)
        assert claim_of_another(session, question, "Bob", almost) is not None
        assert claim_of_another(session, question, "Bob", NOW + CLAIM_LASTS) is None
        claim(session, question, "Bob", now=NOW + CLAIM_LASTS)
        assert open_claim(session, question, NOW + CLAIM_LASTS) == HeldClaim("Bob", NOW + 2 * CLAIM_LASTS)


def test_only_who_has_a_claim_releases_it(ledger: Ledger, question: int) -> None:
    with ledger.transaction() as session:
        claim(session, question, "Ann", now=NOW)
    with ledger.transaction() as session, pytest.raises(Refused, match="only Ann can release it"):
        release(session, question, "Bob", now=NOW)
    with ledger.transaction() as session:
        assert release(session, question, "Ann", now=NOW)
        assert not release(session, question, "Ann", now=NOW)
        claim(session, question, "Bob", now=NOW)


def test_no_question_can_be_claimed_that_is_not_there(ledger: Ledger) -> None:
    for question_id in (0, 999, 2**40):
        for act in (claim, release):
            with ledger.transaction() as session, pytest.raises(UsageError, match=f"there is no question {question_id}"):
                act(session, question_id, "Ann", now=NOW)


def test_of_eight_mentors_at_once_exactly_one_gets_each_question(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        questions = [line_up(session) for _ in range(6)]
    won: list[tuple[int, str]] = []
    refused: list[str] = []
    errors: list[Exception] = []
    together = threading.Barrier(8)

    def run(name: str) -> None:
        together.wait()
        for question in questions:
            try:
                with ledger.transaction() as session:
                    claim(session, question, name, now=NOW)
                won.append((question, name))
            except Refused as error:
                refused.append(str(error))
            except Exception as error:  # noqa: BLE001  whatever it is, the test shows it
                errors.append(error)

    threads = [threading.Thread(target=run, args=(f"mentor {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert sorted(question for question, _ in won) == questions
    assert len(refused) == 8 * len(questions) - len(questions)
    with ledger.transaction() as session:
        for question, name in won:
            assert open_claim(session, question, NOW) == HeldClaim(name, NOW + CLAIM_LASTS)
