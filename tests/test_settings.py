"""The settings: names that nothing reads are found wherever they were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.command import main
from bot.settings import BY_FILE, Settings, read_settings, unknown_settings
from knowledge.errors import UsageError


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


def test_all_values_that_cannot_be_used_are_named_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASKWELL_KEEP_DAYS", "never")
    monkeypatch.setenv("ASKWELL_LOG_FORMAT", "xml")
    assert main(["settings"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "ASKWELL_KEEP_DAYS in the environment or .env: input should be a valid integer" in said
    assert "(it is 'xml')" in said


def test_an_env_file_that_is_a_folder_is_an_error_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").mkdir()
    assert main(["knowledge", "list"]) == 2
    assert capsys.readouterr().err == (
        "askwell: .env is a folder, and no setting is read from it: remove it, and put the settings into a file of that name\n"
    )


@pytest.mark.parametrize(
    ("written", "number"),
    [("ASKWELL_MODEL=\n\n# a comment\nthis is no setting\n", 4), ("ASKWELL_HOME='here\n", 1), ("A=1\nASKWELL_DISCORD_TOKEN\n", 2)],
)
def test_a_broken_line_of_the_env_file_is_an_error_that_names_it_and_shows_nothing_of_it(
    written: str,
    number: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(written, encoding="utf-8")
    assert main(["knowledge", "list"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"askwell: .env line {number} ")
    assert said.count("\n") == 1
    assert "this is" not in said
    # A line of the log is one more on standard error.
    assert caplog.messages == []


def test_a_secret_is_read_from_the_file_that_is_named_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "token").write_text("sesame\n", encoding="utf-8")
    (tmp_path / "url").write_text("sqlite:///elsewhere.sqlite3", encoding="utf-8")
    (tmp_path / ".env").write_text(f"ASKWELL_DATABASE_URL_FILE={tmp_path}/url\nASKWELL_DATABASE_URL=\n", encoding="utf-8")
    monkeypatch.setenv("ASKWELL_DISCORD_TOKEN_FILE", str(tmp_path / "token"))
    settings = read_settings()
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == "sesame"
    assert settings.ledger_url == "sqlite:///elsewhere.sqlite3"
    assert unknown_settings() == []


def test_every_secret_can_be_in_a_file() -> None:
    secrets = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert secrets | {"database_url"} == set(BY_FILE)


def test_a_secret_that_is_not_in_its_file_or_is_given_twice_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for content, words in (("", "is empty"), ("a\nb", "has several lines"), (None, "can't be read: No such file")):
        path = tmp_path / f"secret-{content is None}-{len(content or '')}"
        if content is not None:
            path.write_text(content, encoding="utf-8")
        monkeypatch.setenv("ASKWELL_EXPORT_KEY_FILE", str(path))
        with pytest.raises(UsageError, match=rf"\AASKWELL_EXPORT_KEY_FILE names .*{words}.*\Z"):
            read_settings()
    monkeypatch.setenv("ASKWELL_EXPORT_KEY", "sesame")
    with pytest.raises(UsageError, match="are both set"):
        read_settings()
