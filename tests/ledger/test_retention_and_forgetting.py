"""People in the ledger: hashes in an export, nothing once they are forgotten, nothing after a year."""

from __future__ import annotations

import datetime as dt
import json
import stat
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select, text
from sqlalchemy.orm import Session

from bot.forgetting import forget_everywhere, purge_everywhere
from bot.ledger.database import Ledger
from bot.ledger.export import export, export_key, pseudonym
from bot.ledger.mentors import mentor_of_account
from bot.ledger.questions import change_state, enter_answer, enter_question, note_sent
from bot.ledger.retention_and_forgetting import Forgotten, forget, purge, purge_in_steps
from bot.ledger.safekeeping.copying import MADE
from bot.ledger.spool import Spool
from bot.ledger.tables import (
    AnswerRow,
    Claim,
    Conversation,
    DeliveryRow,
    Feedback,
    Learner,
    Mentor,
    MentorAccount,
    Passing,
    PromotionRow,
    QuestionRow,
    ReviewRow,
    Row,
)
from bot.ledger.vacuum import rewrite
from bot.values import Answer, State, Status
from knowledge.errors import LedgerUnavailable, UsageError
from tests.collected import at_once

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
KEY = b"0123456789abcdef"
ANSWER = Answer(question="why?", status=Status.ANSWERED, answer="An answer.", confidence=0.5, vector=b"\0\0\200?")


def ask(
    session: Session,
    number: int,
    author: str,
    words: str,
    *,
    place: str = "channel",
    status: Status = Status.ANSWERED,
    at: dt.datetime = NOW,
) -> QuestionRow:
    row = enter_question(session, platform="discord", message_id=f"m{number}", place=place, author=author, text=words, now=at)
    assert row is not None
    enter_answer(session, row.id, ANSWER.model_copy(update={"status": status}), index_name="g1", now=at)
    note_sent(session, row.id, f"{place}/r{number}")
    return row


def review(session: Session, question: QuestionRow, words: str, *, decision: str = "confirm", undone: bool = False) -> ReviewRow:
    """Everything that a mentor's decision leaves in the ledger."""
    mentor = session.scalar(select(Mentor)) or Mentor(name="Ada Lovelace")
    session.add(mentor)
    session.flush()
    answer = session.scalars(select(AnswerRow).where(AnswerRow.question_id == question.id)).one()
    row = ReviewRow(
        question_id=question.id,
        mentor_id=mentor.id,
        decision=decision,
        reason=words,
        source="shell",
        answer_id=answer.id,
        at=NOW,
        undone_at=NOW if undone else None,
    )
    session.add(row)
    session.flush()
    change_state(session, answer, State.CONFIRMED, review_id=row.id, now=NOW)
    session.add(Claim(question_id=question.id, mentor_id=mentor.id, until=NOW))
    session.add(
        DeliveryRow(
            key=f"k{question.id}",
            platform="discord",
            place="channel",
            kind="edit",
            target="channel/r1",
            question_id=question.id,
            answer_id=answer.id,
            review_id=row.id,
            note=words,
            due_at=NOW,
            created_at=NOW,
        )
    )
    session.add(
        PromotionRow(
            question_id=question.id,
            answer_id=answer.id,
            mentor_id=mentor.id,
            kind="new",
            slug="labels",
            path="one/labels.md",
            text="the card",
            before="",
            diff="+the card",
            impact={"asked": 3},
            state="done",
            at=NOW,
        )
    )
    session.flush()
    return row


def counts(ledger: Ledger) -> dict[str, int]:
    with ledger.transaction() as session:
        kept = {name: table for name, table in Row.metadata.tables.items() if name not in MADE}
        return {name: session.scalar(select(func.count()).select_from(table)) or 0 for name, table in kept.items()}


def fill(ledger: Ledger) -> None:
    """Ann asks in a channel and by direct message, Bob in the channel; each says something of the other's answer."""
    with ledger.transaction() as session:
        first = ask(session, 1, "ann-id", "annsecretwords one")
        ask(session, 2, "ann-id", "annsecretwords two", place="dm-of-ann")
        bob = ask(session, 3, "bob-id", "bobs words")
        review(session, first, "annsecretwords quoted")
        review(session, bob, "bobs reason")
        people = {row.platform_id: row.id for row in session.scalars(select(Learner))}
        session.add(Feedback(question_id=first.id, learner_id=people["bob-id"], kind="up", reason="of bob", at=NOW))
        session.add(Feedback(question_id=bob.id, learner_id=people["ann-id"], kind="down", reason="annsecretwords said", at=NOW))


def files_hold(folder: Path, words: bytes) -> bool:
    return any(words in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_an_export_has_every_row_and_names_no_learner(ledger: Ledger) -> None:
    fill(ledger)
    with ledger.transaction() as session:
        rows = list(export(session, KEY))
    lines = [json.dumps(row) for row in rows]
    assert not [line for line in lines for name in ("ann-id", "bob-id", "dm-of-ann", '"m1"', "channel/r", '"channel"') if name in line]
    with ledger.transaction() as session:
        keys = session.scalars(select(DeliveryRow.key)).all()
    assert keys
    assert not {row.get("key") for row in rows} & set(keys), "whoever knows a message could make the key of its delivery"
    there = counts(ledger)
    exported = {name: sum(row["row"] == name for row in rows) for name in there}
    assert {name for name, number in exported.items() if number != there[name]} == {"learner", "mentor", "claim"}
    ann = pseudonym(KEY, "discord", "ann-id")
    assert [row["learner"] for row in rows if row["row"] == "question"] == [ann, ann, pseudonym(KEY, "discord", "bob-id")]
    assert len(ann) == 16
    assert ann != pseudonym(b"another key of 16", "discord", "ann-id") != pseudonym(KEY, "discourse", "ann-id")
    assert {row["mentor"] for row in rows if row["row"] in {"review", "promotion"}} == {"Ada Lovelace"}
    (feedback,) = [row for row in rows if row["row"] == "feedback" and row["kind"] == "down"]
    assert (feedback["learner"], feedback["at"]) == (ann, NOW.isoformat())


def test_the_key_is_drawn_once_and_nobody_elses_to_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    keys = at_once(8, lambda _: export_key(home, None))
    assert len(set(keys)) == 1
    assert [path.name for path in home.iterdir()] == ["export.key"]
    assert stat.S_IMODE((home / "export.key").stat().st_mode) == 0o600
    assert export_key(home, None) == keys[0]
    assert export_key(home, "a configured key of some length") == b"a configured key of some length"


def test_a_key_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "export.key").write_text("\n", encoding="ascii")
    (tmp_path / "file").write_text("", encoding="ascii")
    for home, configured, words in (
        (tmp_path, None, "holds no key"),
        (tmp_path, "short", "at least 16"),
        (tmp_path / "file", None, "can't be"),
    ):
        with pytest.raises(UsageError, match=words) as caught:
            export_key(home, configured)
        assert "\n" not in str(caught.value)


def test_a_person_who_is_forgotten_is_nowhere_any_more_and_everybody_else_still_is(ledger: Ledger, tmp_path: Path) -> None:
    fill(ledger)
    before = counts(ledger)
    with ledger.transaction() as session:
        assert forget(session, "ann-id", "elsewhere") == Forgotten()
        gone = forget(session, "ann-id", "discord")
    assert gone == Forgotten(questions=2, answers=2, feedback=2, reviews=1, deliveries=1, conversations=1, learners=1)
    after = counts(ledger)
    assert {name: before[name] - after[name] for name in before if before[name] != after[name]} == {
        "question": 2,
        "answer": 2,
        "passing": 3,
        "feedback": 2,
        "review": 1,
        "claim": 1,
        "delivery": 1,
        "conversation": 1,
        "learner": 1,
    }
    with ledger.transaction() as session:
        assert [row.place for row in session.scalars(select(Conversation))] == ["channel"]
        assert [
            (row.question_id is None, row.answer_id is None) for row in session.scalars(select(PromotionRow).order_by(PromotionRow.id))
        ] == [
            (True, True),
            (False, False),
        ]
        assert "annsecretwords" not in json.dumps(list(export(session, KEY)))
        assert session.scalars(select(Passing.review_id).where(Passing.review_id.is_not(None))).one() is not None


def test_the_words_are_gone_from_the_files_of_sqlite_as_well(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    ledger = Ledger(f"sqlite:///{folder / 'ledger.sqlite3'}")
    ledger.upgrade()
    fill(ledger)
    other = Ledger(f"sqlite:///{folder / 'ledger.sqlite3'}")
    assert counts(other)["question"] == 3
    assert files_hold(folder, b"annsecretwords")
    forget_everywhere(ledger, tmp_path / "home", "ann-id")
    assert not files_hold(folder, b"annsecretwords")
    assert not files_hold(folder, b"ann-id")
    assert files_hold(folder, b"bobs words")
    assert counts(other)["question"] == 1
    ledger.close()
    other.close()


def test_postgresql_rewrites_its_tables(ledger: Ledger) -> None:
    fill(ledger)
    if ledger.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no such numbers")
    number = text("SELECT pg_relation_filenode('question')")
    with ledger.engine.connect() as connection:
        before = connection.scalar(number)
    rewrite(ledger)
    with ledger.engine.connect() as connection:
        assert connection.scalar(number) != before
    assert counts(ledger)["question"] == 3


def test_retention_waits_for_nobody_who_reads(ledger: Ledger, tmp_path: Path) -> None:
    fill(ledger)
    if ledger.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one lock for all tables")
    with ledger.engine.connect() as reader:
        reader.execute(select(QuestionRow.id)).all()
        assert purge_everywhere(ledger, tmp_path, older_than_days=1, now=NOW + dt.timedelta(days=9000)) == 3
    assert counts(ledger)["question"] == 0


def test_a_ledger_in_use_cannot_be_rewritten_and_says_so_in_one_line(ledger: Ledger) -> None:
    fill(ledger)
    with ledger.transaction() as session:
        session.execute(select(QuestionRow)).all()
        other = Ledger(ledger.engine.url.render_as_string(hide_password=False), busy_timeout_ms=50)
        with pytest.raises(LedgerUnavailable, match="in a quiet moment") as caught:
            rewrite(other)
        other.close()
    assert "\n" not in str(caught.value)
    rewrite(ledger)


def test_forgetting_reaches_the_spool_and_what_promotions_left_in_the_home(ledger: Ledger, tmp_path: Path) -> None:
    fill(ledger)
    home = tmp_path / "home"
    (home / "candidates").mkdir(parents=True)
    for number in (1, 2):
        (home / "candidates" / f"labels-{number}.md").write_text("an example", encoding="utf-8")
    cases = [{"id": f"promotion-{number}", "question": f"question {number}"} for number in (1, 2)]
    (home / "regression.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    spool = Spool(home)
    for number, author in ((8, "ann-id"), (9, "bob-id")):
        spool.question(platform="discord", message_id=f"m{number}", place="channel", author=author, text=f"words of {author}", now=NOW)
    gone = forget_everywhere(ledger, home, "ann-id")
    assert (gone.questions, gone.spooled) == (2, 1)
    assert forget_everywhere(ledger, home, "ann-id") == Forgotten()
    assert [path.name for path in (home / "candidates").iterdir()] == ["labels-2.md"]
    assert json.loads((home / "regression.jsonl").read_text(encoding="utf-8"))["id"] == "promotion-2"
    assert not files_hold(home, b"ann-id")
    assert spool.enter(ledger) == 1
    assert counts(ledger)["question"] == 2


def days_ago(days: int) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


def test_a_purge_removes_what_is_old_and_keeps_what_waits_for_a_mentor_once_more_as_long(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.transaction() as session:
        ask(session, 1, "old", "old and answered", at=days_ago(400))
        ask(session, 2, "waits", "old and waiting", at=days_ago(400), status=Status.HANDED_OVER)
        settled = ask(session, 3, "settled", "old and settled", at=days_ago(400), status=Status.HANDED_OVER)
        review(session, settled, "said", decision="decline")
        undone = ask(session, 4, "undone", "old and undone", at=days_ago(400), status=Status.HANDED_OVER)
        review(session, undone, "said", decision="decline", undone=True)
        asked = ask(session, 5, "person", "old and asked for a person", at=days_ago(400))
        asked.wants_person = True
        ask(session, 6, "never", "too old to wait", at=days_ago(800), status=Status.HANDED_OVER)
        ask(session, 7, "new", "new", at=days_ago(300))
        ask(session, 8, "near", "old and shown the nearest", at=days_ago(400), status=Status.NEAR)
    assert purge_everywhere(ledger, tmp_path, older_than_days=365, now=NOW) == 3
    with ledger.transaction() as session:
        assert session.scalars(select(QuestionRow.message_id).order_by(QuestionRow.id)).all() == ["m2", "m4", "m5", "m7", "m8"]
        assert sorted(session.scalars(select(Learner.platform_id))) == ["near", "new", "person", "undone", "waits"]
        assert session.scalar(select(func.count()).select_from(PromotionRow)) == 2
        assert session.scalar(select(func.count()).select_from(Conversation)) == 1
    assert purge_everywhere(ledger, tmp_path, older_than_days=365, now=NOW) == 0


def test_a_purge_of_thousands_takes_few_statements_each_of_a_size_that_databases_take(ledger: Ledger) -> None:
    rows: list[dict[str, Any]] = [
        {"platform": "p", "message_id": str(number), "conversation_id": 1, "text": "why?", "asked_at": days_ago(400), "status": "answered"}
        for number in range(3_000)
    ]
    with ledger.transaction() as session:
        session.add(Conversation(id=1, platform="p", place="here", started_at=NOW))
        session.flush()
        session.execute(QuestionRow.__table__.insert(), rows)  # type: ignore[attr-defined]
    with ledger.transaction() as session:
        assert purge(session, older_than_days=365, now=NOW) == 3_000
    assert counts(ledger)["conversation"] == 0


def test_retention_goes_in_short_transactions_so_that_a_question_waits_for_a_hundred_others_at_most(ledger: Ledger) -> None:
    rows: list[dict[str, Any]] = [
        {"platform": "p", "message_id": str(number), "conversation_id": 1, "text": "why?", "asked_at": days_ago(400), "status": "answered"}
        for number in range(1_000)
    ]
    with ledger.transaction() as session:
        session.add(Conversation(id=1, platform="p", place="here", started_at=NOW))
        session.add_all(Learner(platform="p", platform_id=str(number)) for number in range(250))
        session.flush()
        session.execute(QuestionRow.__table__.insert(), rows)  # type: ignore[attr-defined]
    left: list[int] = []
    reading = ledger.engine.connect().execution_options(only_reads=True)

    def look(_connection: Connection) -> None:
        left.append(reading.exec_driver_sql("SELECT count(*) FROM question").scalar() or 0)
        reading.rollback()

    event.listen(ledger.engine, "commit", look)
    try:
        assert purge_in_steps(ledger, older_than_days=365, now=NOW) == 1_000
    finally:
        event.remove(ledger.engine, "commit", look)
        reading.close()
    assert all(before - after <= 100 for before, after in pairwise(left))
    assert len(left) >= 10 + 3
    assert set(counts(ledger).values()) == {0}


def test_a_mentor_who_wants_to_be_forgotten_has_no_account_any_more_and_decisions_keep_their_name(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for number, platform in enumerate(("discord", "discourse"), 1):
            mentor_of_account(session, platform, "7", f"Sam {number}", "sam")
        forget(session, "7", "discord")
        assert session.scalars(select(MentorAccount.platform)).all() == ["discourse"]
        assert session.scalars(select(Mentor.name).order_by(Mentor.id)).all() == ["Sam 1", "Sam 2"]
