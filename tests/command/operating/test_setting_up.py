"""`askwell init`: what was typed is checked as it goes, and what it writes is what Compose and the command read."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.command.said import Run, Said, refused
from tests.command.test_doctor import SHAPED, stand_in
from tests.discord_stand_in.rest import TOKEN


def init(run: Run, *typed: str, api_url: str = "http://127.0.0.1:9") -> Said:
    return run("init", "--discord-api-url", api_url, typed=("\n".join(typed) + "\n").encode())


def test_a_wrong_token_is_asked_again_and_all_that_is_needed_is_made(
    run_command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "checkout").mkdir()
    monkeypatch.chdir(tmp_path / "checkout")
    cards, kept = tmp_path / "own" / "cards", tmp_path / "own" / "backups"
    with stand_in() as discord:
        said = init(
            run_command,
            SHAPED,
            TOKEN,
            "mine",
            "123456789012345678",
            "gpt",
            "openai:gpt",
            "sk-secret",
            str(cards),
            str(kept),
            api_url=discord.api_url,
        )
    assert (said.status, said.err) == (0, ""), said
    assert "refuses the bot's token" in said.out
    assert "an id is a number" in said.out
    assert "PROVIDER:NAME, such as" in said.out
    assert not {TOKEN, "sk-secret"} & set(said.out.split())
    env = tmp_path / "checkout" / ".env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    written = dict(line.split("=", 1) for line in env.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    assert written["KNOWLEDGE_DIR"] == f"'{cards}'"
    assert written["BACKUP_DIR"] == f"'{kept}'"
    assert len(written["POSTGRES_PASSWORD"]) == 2 + 48
    assert written["APP_UID"] not in {"'0'", ""}
    settings = Settings(_env_file=env)
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == TOKEN
    assert (settings.discord_guild, settings.model, settings.knowledge_dir) == (123456789012345678, "openai:gpt", cards)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    log = subprocess.run(
        ["git", "-c", f"safe.directory={cards}", "log", "--format=%an: %s"], cwd=cards, capture_output=True, text=True, check=True
    )
    assert log.stdout == "Askwell: The cards that came with Askwell\n"
    assert (cards / "course.yaml").exists()
    assert not list(cards.rglob("*.py"))
    assert cards.stat().st_uid == int(written["APP_UID"].strip("'"))
    assert "there is a .env here already" in refused(init(run_command), 2)


def test_folders_that_will_not_do_are_asked_again_and_an_end_of_the_input_writes_no_env(run_command: Run, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    said = init(run_command, "", "", "", str(tmp_path / "full"), str(tmp_path / "cards"), str(tmp_path / "inside"))
    assert said.status == 2
    assert "has something in it" in said.out
    assert "must be outside of this folder" in said.out
    assert "the input ended" in said.err
    assert not (tmp_path / ".env").exists()
    assert not (tmp_path / "inside").exists()


def test_cards_that_an_earlier_init_made_are_taken_as_they_are(run_command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "checkout").mkdir()
    monkeypatch.chdir(tmp_path / "checkout")
    assert init(run_command, "", "", "").status == 2
    assert init(run_command, "", "", "", "", "inside").status == 2
    own = tmp_path / "askwell-cards" / "course.yaml"
    own.write_text("name: a course of our own\n", encoding="utf-8")
    said = init(run_command, "", "", "", "", "")
    assert (said.status, said.err) == (0, "")
    assert "askwell-cards is a repository of cards already" in said.out
    assert own.read_text(encoding="utf-8") == "name: a course of our own\n"


def test_settings_are_shown_without_their_secrets_and_unknown_names_are_said(run_command: Run) -> None:
    said = run_command("settings", model="openai:x", model_api_key="sk-secret", database_url="postgresql+psycopg://a:pw@b/c", keep_day=3)
    assert said.status == 0
    assert "ASKWELL_MODEL=openai:x\n" in said.out
    assert "ASKWELL_MODEL_API_KEY=(set)\n" in said.out
    assert not any(secret in said.out for secret in ("sk-secret", "pw"))
    assert said.err == "askwell: ASKWELL_KEEP_DAY is no setting: did you mean ASKWELL_KEEP_DAYS?\n"


def test_the_image_refuses_root_in_one_line(tmp_path: Path) -> None:
    program = "import os; os.geteuid = lambda: 0\nimport sys; from bot.entry import main; sys.exit(main())"
    ran = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | {"REFUSE_ROOT": "1"}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith("askwell: this image doesn't run as root")
    assert ran.stderr.count("\n") == 1
