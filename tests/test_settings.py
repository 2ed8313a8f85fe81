"""The settings: names that nothing reads are found wherever they were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import unknown_settings


def test_a_name_that_nothing_reads_is_found_in_the_environment_and_in_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert unknown_settings() == []
    (tmp_path / ".env").write_text("ASKWELL_DISCORD_TOKN=secret\nASKWELL_MODEL=\nPOSTGRES_PASSWORD=x\n", encoding="utf-8")
    monkeypatch.setenv("ASKWELL_HOM", "here")
    monkeypatch.setenv("ASKWELL_HOME", "here")
    assert unknown_settings() == ["ASKWELL_DISCORD_TOKN", "ASKWELL_HOM"]
