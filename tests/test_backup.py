"""A backup, made while others write, brings back ledger and home after both are gone, on either database, and nothing that is damaged."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import tarfile
import threading
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from bot.backup import Kept, back_up, back_up_daily, daily_backups, next_daily, restore
from bot.ledger.database import Ledger
from bot.ledger.safekeeping.copying import rows_of, snapshot
from bot.ledger.spool import Spool
from bot.ledger.tables import QuestionRow
from bot.record import Incoming
from bot.service import Service
from bot.settings import PROJECT, Settings
from knowledge.errors import LedgerUnavailable, Refused, UsageError
from tests.conftest import NewDatabase

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
QUESTIONS = ("Is pretraining supervised?", "Which bus goes to the harbour on Sundays?", "what about 🙂 and ключ?")


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Two places for a ledger, nothing in them yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/home/ledger.sqlite3", f"sqlite:///{tmp_path}/other/ledger.sqlite3"
    new: NewDatabase = request.getfixturevalue("new_postgresql")
    return new(), new()


@pytest.fixture
def filled(urls: tuple[str, str], service: Service, tmp_path: Path) -> Ledger:
    """A ledger with some questions, and a home with all that a home has."""
    home = tmp_path / "home"
    ledger = Ledger(urls[0])
    ledger.upgrade()
    asking = Service(service.library, ledger)
    for number, text in enumerate(QUESTIONS):
        told = asking.ask(Incoming("p", str(number), "here", "ann", text))
        assert told is not None
        asking.feedback(told.question_id or 0, platform="p", author="ann", kind="up", reason="thanks")
    for name, content in {
        "export.key": "a key", "candidates/labels-1.md": "a candidate", "index/current": "an index", "discord-x.alive": "",
        "ledger-url": "x", "promoting.lock": "", ".card.md.0123abcd.part": "half",
    }.items():  # fmt: skip
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content, encoding="utf-8")
    (home / "ledger-url").unlink()
    (home / "export.key").chmod(0o600)
    Spool(home).question(platform="p", message_id="9", place="here", author="ann", text="spooled?", now=NOW)
    return ledger


def all_rows(ledger: Ledger) -> list[bytes]:
    with snapshot(ledger) as connection:
        return list(rows_of(connection))


def test_what_was_backed_up_is_there_again_after_all_is_gone(
    filled: Ledger, urls: tuple[str, str], tmp_path: Path, service: Service
) -> None:
    path = tmp_path / "backup.tar.gz"
    made = back_up(filled, tmp_path / "home", path, now=NOW)
    assert path.stat().st_mode & 0o777 == 0o600
    rows = all_rows(filled)
    assert made.rows == len(rows) > 10
    filled.close()
    there, home = Ledger(urls[1]), tmp_path / "new-home"
    put = restore(there, home, path, replace=False)
    assert put == made
    assert all_rows(there) == rows
    names = {each.relative_to(home).as_posix() for each in home.rglob("*") if each.is_file()}
    assert names - {"ledger-url"} == {"export.key", "candidates/labels-1.md", "spool/pending.jsonl"}
    assert (home / "export.key").stat().st_mode & 0o777 == 0o600
    # Life goes on: spooled events are entered, and new rows get new numbers.
    asking = Service(service.library, there, spool=Spool(home))
    assert asking.enter_spooled() == 1
    told = asking.ask(Incoming("p", "10", "here", "bob", "Is pretraining supervised?"))
    assert told is not None
    with there.transaction() as session:
        assert len(session.scalars(select(QuestionRow)).all()) == len(QUESTIONS) + 2
    there.close()


def test_a_backup_sees_one_moment_and_keeps_no_writer_waiting(filled: Ledger, service: Service, tmp_path: Path) -> None:
    asking, written = Service(service.library, filled), threading.Event()
    with snapshot(filled) as connection:
        before = list(rows_of(connection))

        def write() -> None:
            asking.ask(Incoming("p", "during", "here", "bob", "Is pretraining supervised?"))
            written.set()

        threading.Thread(target=write).start()
        assert written.wait(4), "a question waited for the backup"
        assert list(rows_of(connection)) == before
    assert len(all_rows(filled)) > len(before)
    filled.close()


def test_a_ledger_that_has_rows_is_only_replaced_when_that_is_asked_for(filled: Ledger, tmp_path: Path) -> None:
    path, home = tmp_path / "backup.tar.gz", tmp_path / "home"
    back_up(filled, home, path, now=NOW)
    rows = all_rows(filled)
    with filled.transaction() as session:
        session.execute(delete(QuestionRow).where(QuestionRow.id == 1))
    (home / "export.key").write_text("another", encoding="utf-8")
    with pytest.raises(Refused, match=r"\Athe ledger at .* has rows.*--replace.*\Z"):
        restore(filled, home, path, replace=False)
    assert (home / "export.key").read_text(encoding="utf-8") == "another"
    restore(filled, home, path, replace=True)
    assert all_rows(filled) == rows
    assert (home / "export.key").read_text(encoding="utf-8") == "a key"
    filled.close()


@pytest.fixture
def small_backup(ledger: Ledger, tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "export.key").write_text("a key " * 100, encoding="utf-8")
    back_up(ledger, tmp_path / "home", tmp_path / "backup.tar.gz", now=NOW)
    return tmp_path / "backup.tar.gz"


def test_a_damaged_or_foreign_file_is_one_line_and_changes_nothing(small_backup: Path, tmp_path: Path) -> None:
    whole = small_backup.read_bytes()
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    middle = len(whole) // 2
    (tmp_path / "flipped").write_bytes(whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :])
    (tmp_path / "text").write_text("no archive", encoding="utf-8")
    with tarfile.open(tmp_path / "foreign", "w:gz") as archive:
        archive.add(small_backup, arcname="../escape")
    with tarfile.open(small_backup, "r:gz") as archive, tarfile.open(tmp_path / "changed", "w:gz") as other:
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            if member.name == "home/export.key":
                (tmp_path / "key").write_bytes(content.read().replace(b"key", b"kay"))
                content = (tmp_path / "key").open("rb")
            other.addfile(member, content)
            content.close()
    there = Ledger(f"sqlite:///{tmp_path / 'there.sqlite3'}")
    wrong = {
        "half": "damaged",
        "flipped": "damaged",
        "text": "no backup",
        "foreign": "holds ../escape",
        "changed": "home/export.key doesn't have its checksum",
        "nowhere": "No such file",
    }
    for name, words in wrong.items():
        with pytest.raises(UsageError, match=words) as caught:
            restore(there, tmp_path / "there", tmp_path / name, replace=False)
        assert "\n" not in str(caught.value)
    assert not there.has_file
    assert not (tmp_path / "there").exists()


def test_a_backup_of_a_newer_program_is_one_line(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'tomorrow'")
    (tmp_path / "home").mkdir()
    back_up(ledger, tmp_path / "home", tmp_path / "backup.tar.gz", now=NOW)
    there = Ledger(f"sqlite:///{tmp_path / 'there.sqlite3'}")
    with pytest.raises(LedgerUnavailable, match=r"at tomorrow, which a newer Askwell made"):
        restore(there, tmp_path / "there", tmp_path / "backup.tar.gz", replace=False)
    assert not there.has_file


def test_a_backup_is_refused_where_it_could_be_committed_or_would_replace_something(
    ledger: Ledger, small_backup: Path, tmp_path: Path
) -> None:
    cases = {small_backup: "is there already", tmp_path / "nowhere" / "x.tar.gz": "there is no folder"}
    if (PROJECT / ".git").exists():
        cases[PROJECT / "build-of-a-test.tar.gz"] = "is in the checkout"
    for path, words in cases.items():
        with pytest.raises(UsageError, match=words):
            back_up(ledger, tmp_path / "home", path, now=NOW)


def test_a_ledger_that_has_never_been_is_not_backed_up_as_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no ledger at"):
        back_up(Ledger(f"sqlite:///{tmp_path / 'x.sqlite3'}"), tmp_path, tmp_path / "b.tar.gz", now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_daily_backups_are_a_day_apart_and_so_many_are_kept(ledger: Ledger, tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "kept"
    home.mkdir()
    folder.mkdir()
    (folder / "mine.tar.gz").touch()
    assert next_daily(folder, NOW) == NOW
    for day in range(5):
        at = NOW + dt.timedelta(days=day)
        path, kept = back_up_daily(ledger, home, folder, keep=3, now=at)
        assert isinstance(kept, Kept)
        os.utime(path, (at.timestamp(),) * 2)
        assert next_daily(folder, at) == at + dt.timedelta(days=1)
    assert [each.name for each in daily_backups(folder)] == [f"askwell-2026-03-0{day}T12-00-00Z.tar.gz" for day in (3, 4, 5)]
    assert (folder / "mine.tar.gz").exists()


def test_git_ignores_a_backup_that_lies_in_the_checkout_all_the_same() -> None:
    if not (PROJECT / ".git").exists():
        pytest.skip("this is no checkout")
    names = ["askwell-2026.tar.gz", "backups/x"]
    ignored = subprocess.run(["git", "check-ignore", *names], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ignored.stdout.split() == names


def test_a_home_that_is_named_from_the_folder_one_is_in_has_no_ledger_file_among_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ledger = Ledger(Settings(_env_file=None, home=Path("home")).ledger_url)
    ledger.upgrade()
    assert back_up(ledger, Path("home"), tmp_path / "backup.tar.gz", now=NOW).files == 0
    ledger.close()
