"""The ledger from a shell: export, and removal of people and old questions."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from bot.ledger.database import Ledger
from tests.command.said import Run, done, refused
from tests.review.asked import asked


def test_an_export_names_nobody_and_is_readable_by_its_owner_alone(run: Run, ledger: Ledger, tmp_path: Path) -> None:
    asked(ledger, text="half a letter \N{GRINNING FACE}", author="learner-31")
    printed = done(run("ledger", "export"))
    rows = [json.loads(line) for line in printed.splitlines()]
    assert {row["row"] for row in rows} == {"conversation", "question", "answer", "passing"}
    assert "learner-31" not in printed
    out = tmp_path / "out.jsonl"
    out.write_text("older", encoding="utf-8")
    assert done(run("ledger", "export", "--out", out)) == f"{out}: {len(rows)} rows\n"
    assert out.read_text(encoding="utf-8") == printed
    assert out.stat().st_mode & 0o777 == 0o600
    assert "a folder" in refused(run("ledger", "export", "--out", tmp_path), 2)
    assert "can't be written" in refused(run("ledger", "export", "--out", tmp_path / "no" / "where.jsonl"), 2)
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_a_person_is_forgotten_and_it_is_said_how_much(run: Run, ledger: Ledger, tmp_path: Path) -> None:
    asked(ledger, text="a secret of mine", author="learner-31")
    asked(ledger, text="of another one", author="learner-32")
    assert "nothing of 'learner-31' on discourse is kept" in refused(run("ledger", "forget", "learner-31", "--platform", "discourse"), 1)
    out = done(run("ledger", "forget", "learner-31"))
    assert out == "'learner-31' is forgotten: 1 question, 1 answer, 1 conversation removed\n"
    assert b"a secret of mine" not in (tmp_path / "home" / "ledger.sqlite3").read_bytes()
    assert b"of another one" in (tmp_path / "home" / "ledger.sqlite3").read_bytes()
    assert "who is to be forgotten" in refused(run("ledger", "forget", " "), 2)


def test_old_questions_are_purged_by_days_or_by_the_setting(run: Run, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    now = dt.datetime.now(dt.UTC)
    for age in (5, 50, 500):
        asked(ledger, at=now - dt.timedelta(days=age))
    assert done(run("ledger", "purge")) == "1 question older than 365 days removed\n"
    monkeypatch.setenv("ASKWELL_KEEP_DAYS", "400")
    assert done(run("ledger", "purge")) == "0 questions older than 400 days removed\n"
    assert done(run("ledger", "purge", "--days", 7)) == "1 question older than 7 days removed\n"
    for wrong in ("0", "-1", "a", "99999"):
        assert "number of days" in refused(run("ledger", "purge", f"--days={wrong}"), 2)
