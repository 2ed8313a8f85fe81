"""The settings: names that nothing reads are found wherever they were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.command import main
from bot.settings import unknown_settings


def test_a_name_that_nothing_reads_is_found_in_the_environment_and_in_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert unknown_settings() == []
    (tmp_path / ".env").write_text("ASKWELL_DISCORD_TOKN=secret\nASKWELL_MODEL=\nPOSTGRES_PASSWORD=x\n", encoding="utf-8")
    monkeypatch.setenv("ASKWELL_HOM", "here")
    monkeypatch.setenv("ASKWELL_HOME", "here")
    monkeypatch.setenv("ASKWELL_COLOUR_OF_THE_SKY", "blue")
    assert unknown_settings() == [
        "ASKWELL_COLOUR_OF_THE_SKY is no setting",
        "ASKWELL_DISCORD_TOKN is no setting: did you mean ASKWELL_DISCORD_TOKEN?",
        "ASKWELL_HOM is no setting: did you mean ASKWELL_HOME?",
    ]


def test_a_command_names_unknown_settings_when_it_starts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ASKWELL_KEP_DAYS", "30")
    assert main(["knowledge", "list"]) == 0
    assert capsys.readouterr().err == "askwell: ASKWELL_KEP_DAYS is no setting: did you mean ASKWELL_KEEP_DAYS?\n"
