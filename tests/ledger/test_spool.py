"""Questions while the ledger is away: they are answered, spooled, and entered later, each once."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import multiprocessing
import os
import resource
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.background.upkeep import start_upkeep
from bot.breaker import Breaker
from bot.ledger.database import Ledger
from bot.ledger.questions import enter_question
from bot.ledger.spool import Spool
from bot.ledger.tables import AnswerRow, Passing, QuestionRow
from bot.record import Incoming, Record
from bot.service import Service
from bot.values import Answer, CleanText, Kept, Status
from index.search.library import Library
from knowledge.errors import LedgerUnavailable

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
MLM = "What is masked language modelling?"
ANSWER = Answer(
    question="why?", status=Status.ANSWERED, answer="Because.", confidence=0.5, vector=b"\0\0\200?", evidence=({"slug": "labels"},)
)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{tmp_path / 'own.sqlite3'}", busy_timeout_ms=50)
    ledger.upgrade()
    yield ledger
    ledger.close()


@pytest.fixture
def away(sqlite: Ledger, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Lock the ledger as another process would; the value unlocks it."""
    other = sqlite3.connect(tmp_path / "own.sqlite3", isolation_level=None, check_same_thread=False)
    sqlite.close()
    other.execute("BEGIN EXCLUSIVE")
    yield lambda: other.execute("ROLLBACK").close() if other.in_transaction else None
    other.close()


@pytest.fixture
def asking(service: Service, sqlite: Ledger, tmp_path: Path) -> Service:
    return Service(service.library, sqlite, spool=Spool(tmp_path / "home"))


def spooled(home: Path) -> list[dict[str, Any]]:
    paths = sorted((home / "spool").glob("*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def counts(ledger: Ledger) -> tuple[int, int, int]:
    with ledger.transaction() as session:
        question, answer, passing = (
            session.scalar(select(func.count()).select_from(each)) or 0 for each in (QuestionRow, AnswerRow, Passing)
        )
        return question, answer, passing


def spool_all(spool: Spool, number: int, *, author: str = "ann", text: str = "why?") -> None:
    key: dict[str, Any] = {"platform": "p", "message_id": str(number), "author": author}
    spool.question(**key, place="here", text=text, now=NOW)
    spool.answer(ANSWER, **key, index_name="g1", now=NOW)
    spool.sent(f"here/{number}", **key, now=NOW)


def test_a_question_is_answered_spooled_and_entered_once_when_the_ledger_is_back(
    asking: Service, sqlite: Ledger, away: Callable[[], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    incoming = Incoming("discord", "1", "here", "ann", f"{MLM} mail me: ann@example.org")
    result = asking.ask(incoming)
    assert result is not None
    assert (result.status, result.question_id) == (Status.ANSWERED, None)
    assert asking.ask(incoming) is None, "the same message came again"
    asking.sent(None, "here/9", incoming)
    assert [event["event"] for event in spooled(tmp_path / "home")] == ["question", "answer", "sent"]
    assert "ann@example.org" not in (tmp_path / "home" / "spool" / "pending.jsonl").read_text(encoding="utf-8")
    assert asking.enter_spooled() == 0
    away()
    assert asking.enter_spooled() == 3
    assert asking.enter_spooled() == 0
    assert asking.ask(incoming) is None
    with sqlite.transaction() as session:
        question = session.scalars(select(QuestionRow)).one()
        answer = session.scalars(select(AnswerRow)).one()
        assert (question.text, question.status) == (f"{MLM} mail me: [e-mail address]", "answered")
        assert question.vector == result.vector
        assert (answer.text, answer.sent_as, answer.index_name) == (result.answer, "here/9", asking.library.name)
        assert answer.evidence == list(result.evidence)
        assert answer.created_at < dt.datetime.now(dt.UTC)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert "are answered and kept in" in lines[0]
    assert "3 spooled events entered" in lines[1]
    assert not spooled(tmp_path / "home")


def test_only_the_first_question_tries_a_locked_ledger(service: Service, tmp_path: Path) -> None:
    class Counted(Ledger):
        tries = 0

        def transaction(self, *, only_reads: bool = False) -> Any:
            self.tries += 1
            raise LedgerUnavailable("locked")

    counted = Counted(f"sqlite:///{tmp_path / 'locked.sqlite3'}")
    asking = Service(service.library, counted, spool=Spool(tmp_path / "home"))
    assert all(asking.ask(Incoming("discord", str(number), "here", "ann", MLM)) is not None for number in range(4))
    assert counted.tries == 1


def test_after_the_ledger_is_back_questions_go_straight_into_it(asking: Service, sqlite: Ledger, away: Callable[[], None]) -> None:
    first = asking.ask(Incoming("discord", "1", "here", "ann", MLM))
    away()
    asking.enter_spooled()
    second = asking.ask(Incoming("discord", "2", "here", "ann", "Can you give me an example of it?"))
    assert first is not None
    assert second is not None
    assert second.question_id is not None
    assert counts(sqlite) == (2, 2, 2)


def test_a_follow_up_leans_on_what_was_asked_while_the_ledger_was_away(asking: Service, away: Callable[[], None]) -> None:
    asking.ask(Incoming("discord", "1", "here", "ann", MLM))
    asking.ask(Incoming("discord", "2", "here", "bob", "What is LoRA?"))
    follow_up = asking.ask(Incoming("discord", "3", "here", "ann", "Can you give me an example of it?"))
    assert follow_up is not None
    assert follow_up.answer == asking.answer((MLM, "Can you give me an example of it?"), hands_over=True).answer


def test_a_terminal_is_told_of_no_number_that_a_spooled_question_does_not_have(asking: Service, away: Callable[[], None]) -> None:
    result = asking.ask(Incoming("console", "1", "here", "console", "Which bus goes to the harbour on Sundays?"))
    assert result is not None
    assert result.answer.endswith("Your question is kept for the mentors.")


class Locked(Service):
    """Its ledger is locked by another process between a question's entry and its answer's."""

    def reply(self, turns: tuple[CleanText, ...], *, hands_over: bool | Kept, library: Library | None = None) -> Answer:
        result = super().reply(turns, hands_over=hands_over, library=library)
        assert self.ledger is not None
        self.other = sqlite3.connect(str(self.ledger.engine.url.database), isolation_level=None)
        self.other.execute("BEGIN EXCLUSIVE")
        return result


def test_an_answer_alone_is_spooled_when_the_ledger_goes_away_while_it_is_made(service: Service, sqlite: Ledger, tmp_path: Path) -> None:
    sqlite.close()
    asking = Locked(service.library, sqlite, spool=Spool(tmp_path / "home"))
    result = asking.ask(Incoming("discord", "1", "here", "ann", MLM))
    assert result is not None
    assert result.question_id is not None
    asking.sent(result.question_id, "here/5")
    assert [event["event"] for event in spooled(tmp_path / "home")] == ["answer", "sent"]
    asking.other.close()
    assert asking.enter_spooled() == 2
    assert counts(sqlite) == (1, 1, 1)
    with sqlite.transaction() as session:
        assert session.scalars(select(AnswerRow.sent_as)).one() == "here/5"


@contextlib.contextmanager
def full_disk(left: int) -> Iterator[None]:
    """Let no file grow beyond some bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (left, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_with_a_full_disk_the_learner_gets_an_answer_that_promises_nothing_and_the_log_one_line(
    asking: Service,
    sqlite: Ledger,
    away: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with full_disk(left=20):
        result = asking.ask(Incoming("discord", "1", "here", "ann", "Which bus goes to the harbour on Sundays?"))
    assert result is not None
    assert "not recorded" in result.answer
    (record,) = caplog.records
    assert "question 1 of discord is answered, but written down nowhere: the ledger at" in record.getMessage()
    assert "File too large" in record.getMessage()
    assert "\n" not in record.getMessage()
    assert asking.ask(Incoming("discord", "2", "here", "ann", MLM)) is not None
    away()
    assert asking.enter_spooled() == 2
    assert counts(sqlite) == (1, 1, 1)


def test_what_is_spooled_is_nobody_elses_to_read(tmp_path: Path) -> None:
    spool_all(Spool(tmp_path), 1)
    folder = tmp_path / "spool"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_events_are_entered_once_however_often_a_crash_repeats_them(ledger: Ledger, tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in range(3):
        spool_all(spool, number)
    whole = (tmp_path / "spool" / "pending.jsonl").read_bytes()
    assert Spool(tmp_path).enter(ledger) == 9
    for left in ("pending.jsonl", "entering-1.jsonl"):
        (tmp_path / "spool" / left).write_bytes(whole)
        assert Spool(tmp_path).enter(ledger) == 0
        assert counts(ledger) == (3, 3, 3)
    with ledger.transaction() as session:
        assert session.scalars(select(AnswerRow.sent_as).order_by(AnswerRow.id)).all() == ["here/0", "here/1", "here/2"]
        assert session.scalars(select(QuestionRow.asked_at)).first() == NOW


class FailsInTheMiddle(Ledger):
    """Goes away after so many transactions."""

    left = 3

    def transaction(self, *, only_reads: bool = False) -> Any:
        self.left -= 1
        if self.left < 0:
            raise LedgerUnavailable("gone in the middle")
        return super().transaction()


def test_a_ledger_that_fails_in_the_middle_gets_the_rest_later(ledger: Ledger, url: str, tmp_path: Path) -> None:
    spool = Spool(tmp_path, batch=2)
    for number in range(4):
        spool_all(spool, number)
    failing = FailsInTheMiddle(url)
    with pytest.raises(LedgerUnavailable):
        spool.enter(failing)
    failing.close()
    spool_all(spool, 4)
    assert spool.enter(ledger) == 9
    assert counts(ledger) == (5, 5, 5)


def test_a_line_cut_short_and_one_that_is_no_event_are_kept_aside_with_one_log_line(
    ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path)
    spool_all(spool, 1)
    pending = tmp_path / "spool" / "pending.jsonl"
    with pending.open("ab") as file:
        file.write(b'{"event": "question", "platform": "p", "author": "bo')
    spool_all(spool, 2)
    with pending.open("ab") as file:
        file.write(b'{"event": "dance", "platform": "p", "author": "x", "message_id": "7", "at": "2026-03-01T12:00:00+00:00"}\n')
        file.write(b'{"event": "question", "platform": "p", "author": "x", "message_id": "8", "at": "2026-03-01T12:00:00+00:00"}\n[1')
    assert spool.enter(ledger) == 6
    assert counts(ledger) == (2, 2, 2)
    (record,) = caplog.records
    (aside,) = (tmp_path / "spool").glob("aside-*.txt")
    assert record.getMessage() == f"4 spooled events can't be entered into the ledger: kept in {aside}"
    assert len(aside.read_bytes().splitlines()) == 4
    assert spool.enter(ledger) == 0


def test_an_event_that_the_ledger_will_never_take_does_not_hold_up_the_others(
    ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path)
    spool_all(spool, 1)
    spool.question(platform="p", message_id="2", place="here", author="ann", text=None, now=NOW)  # type: ignore[arg-type]
    spool_all(spool, 3)
    assert spool.enter(ledger) == 6
    (record,) = caplog.records
    assert "1 spooled event can't be entered" in record.getMessage()


def test_the_answer_of_somebody_forgotten_meanwhile_is_dropped(ledger: Ledger, tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.answer(ANSWER, platform="p", message_id="1", author="ann", index_name="g1", now=NOW)
    spool.sent("here/1", question_id=77, now=NOW)
    assert spool.enter(ledger) == 0
    assert counts(ledger) == (0, 0, 0)


def test_a_mentors_answer_that_came_first_stays_the_newest_and_is_not_marked_sent(ledger: Ledger, tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with ledger.transaction() as session:
        enter_question(session, platform="p", message_id="1", place="here", author="ann", text="why?", now=NOW)
    spool.answer(ANSWER, platform="p", message_id="1", author="ann", index_name="g1", now=NOW)
    spool.enter(ledger)
    spool.answer(ANSWER.model_copy(update={"answer": "late"}), platform="p", message_id="1", author="ann", index_name="g1", now=NOW)
    assert spool.enter(ledger) == 0
    with ledger.transaction() as session:
        assert session.scalars(select(AnswerRow.text)).all() == ["Because."]


def test_two_that_enter_at_once_while_others_append_lose_nothing_and_enter_nothing_twice(ledger: Ledger, tmp_path: Path) -> None:
    entered: list[int] = []
    done = threading.Event()

    def append(first: int) -> None:
        spool = Spool(tmp_path)
        for number in range(first, first + 15):
            spool_all(spool, number)

    def enter() -> None:
        while not done.is_set():
            entered.append(Spool(tmp_path).enter(ledger))

    appending = [threading.Thread(target=append, args=(first,)) for first in (0, 100, 200)]
    entering = [threading.Thread(target=enter) for _ in range(2)]
    for thread in (*appending, *entering):
        thread.start()
    for thread in appending:
        thread.join()
    done.set()
    for thread in entering:
        thread.join()
    entered.append(Spool(tmp_path).enter(ledger))
    assert sum(entered) == 3 * 45
    assert counts(ledger) == (45, 45, 45)


def append_until_killed(home: str, ready: Any) -> None:
    spool = Spool(Path(home))
    number = 0
    while True:
        spool_all(spool, number)
        ready.send(number)
        number += 1


def test_what_was_acknowledged_before_a_kill_is_entered_after_it(sqlite: Ledger, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe(duplex=False)
    process = context.Process(target=append_until_killed, args=(str(tmp_path), its))
    process.start()
    while mine.recv() < 5:
        pass
    process.kill()
    process.join()
    its.close()
    acknowledged = 5
    try:
        while mine.poll():
            acknowledged = mine.recv()
    except EOFError:
        pass
    Spool(tmp_path).enter(sqlite)
    with sqlite.transaction() as session:
        there = set(session.scalars(select(QuestionRow.message_id).where(QuestionRow.status == "answered")))
    assert {str(number) for number in range(acknowledged + 1)} <= there


def test_forgetting_removes_a_persons_lines_also_half_ones_and_those_set_aside(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool_all(spool, 1)
    spool_all(spool, 2, author="bob", text="bob's own")
    folder = tmp_path / "spool"
    (folder / "aside-1.txt").write_bytes(b'{"event": "question", "platform": "p", "author": "ann", "message_id": "3", "te\n')
    with spool.held():
        assert spool.forget("ann", "elsewhere") == 1, "of half a line nobody can say where it was asked"
        assert spool.forget("ann") == 3
    assert not (folder / "aside-1.txt").exists()
    assert {event["author"] for event in spooled(tmp_path)} == {"bob"}
    assert not spool.holds("p", "1")
    assert spool.holds("p", "2")


def test_what_was_set_aside_is_not_kept_for_ever(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool_all(spool, 1)
    for name, age in (("aside-1.txt", dt.timedelta(days=400)), ("aside-2.txt", dt.timedelta(days=1))):
        (tmp_path / "spool" / name).write_text("x", encoding="utf-8")
        moment = (NOW - age).timestamp()
        os.utime(tmp_path / "spool" / name, (moment, moment))
    spool.purge(NOW - dt.timedelta(days=365))
    assert [path.name for path in (tmp_path / "spool").glob("aside-*")] == ["aside-2.txt"]


def test_after_a_failure_one_caller_at_a_time_tries_again_and_only_after_a_while() -> None:
    seconds = [0.0]
    breaker = Breaker(failures=1, pause_s=10, clock=lambda: seconds[0])
    assert breaker.admits()
    assert [breaker.failed() for _ in range(2)] == [True, False], "only the first is news"
    assert not breaker.admits()
    seconds[0] = 10.5
    assert [breaker.admits() for _ in range(2)] == [True, False]
    seconds[0] = 21.0
    assert breaker.admits(), "the trial before never reported back"
    breaker.succeeded()
    assert [breaker.admits() for _ in range(2)] == [True, True]


def test_a_thread_enters_what_was_spooled_as_soon_as_the_ledger_is_back(
    asking: Service, sqlite: Ledger, away: Callable[[], None], tmp_path: Path
) -> None:
    asking.ask(Incoming("discord", "1", "here", "ann", MLM))
    upkeep = start_upkeep(asking.enter_spooled, every_s=0.02)
    away()
    deadline = time.monotonic() + 10
    while any((tmp_path / "home" / "spool").glob("*.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.02)
    upkeep.end(within_s=10)
    assert counts(sqlite) == (1, 1, 1)


def test_a_ledger_that_refuses_connections_is_away_too(service: Service, tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="psycopg, the driver for PostgreSQL, is not installed")
    gone = Ledger("postgresql+psycopg://ann@127.0.0.1:1/x")
    asking = Service(service.library, gone, spool=Spool(tmp_path))
    assert asking.ask(Incoming("discord", "1", "here", "ann", MLM)) is not None
    assert [event["event"] for event in spooled(tmp_path)] == ["question", "answer"]
    assert asking.enter_spooled() == 0


def test_a_table_that_somebody_locked_on_postgresql_is_waited_for_but_not_for_ever(
    new_postgresql: Callable[[], str], tmp_path: Path
) -> None:
    ledger = Ledger(new_postgresql(), busy_timeout_ms=100)
    ledger.upgrade()
    record = Record(ledger, Spool(tmp_path))
    with ledger.engine.begin() as other:
        other.exec_driver_sql(f"LOCK TABLE {QuestionRow.__tablename__}")
        taken = record.take(Incoming("p", "1", "here", "ann", "why?"), most_turns=3)
        assert taken is not None
        assert taken.question_id is None
    assert record.enter_spooled() == 1
    ledger.close()
