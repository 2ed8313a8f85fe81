"""Commands run in this process, each test in a home of its own."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.command import main
from bot.ledger.database import Ledger
from tests.command.said import ANSWER, Run, Said


@pytest.fixture
def run_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process, in an empty folder; settings go in as keywords (`home=...`)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASKWELL_HOME", str(tmp_path / "home"))

    def run(*arguments: object, typed: bytes = b"", **settings: object) -> Said:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8"))
            for name, value in settings.items():
                patch.setenv(f"ASKWELL_{name.upper()}", str(value))
            try:
                status = main([str(each) for each in arguments])
            except SystemExit as done:
                status = int(done.code or 0)
        captured = capsys.readouterr()
        return Said(status, captured.out, captured.err)

    return run


@pytest.fixture
def run(run_command: Run, small: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command over three small cards."""
    monkeypatch.setenv("ASKWELL_KNOWLEDGE_DIR", str(small))
    return run_command


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """The ledger of that home."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'home' / 'ledger.sqlite3'}")
    ledger.upgrade()
    yield ledger
    ledger.close()


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "answer.md"
    path.write_text(ANSWER, encoding="utf-8")
    return path
