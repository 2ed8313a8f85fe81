"""Every command but the mentors': its output and its status, and one line for every failure."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.answering.message.read_turn import MAX_CHARS
from bot.settings import Settings
from index.encoder.model_files import EmbeddingModel
from index.store.generations import current_name
from tests.collected import failing
from tests.command.said import Run, done, refused
from tests.conftest import KNOWLEDGE, Askwell

KEYS = {
    "question", "question_id", "status", "answer", "state", "composer", "model", "confidence", "cards", "cited", "checks", "timings_ms",
}  # fmt: skip


def counted(home: Path) -> tuple[int, int]:
    """Return how many questions and answers a home's ledger has."""
    connection = sqlite3.connect(home / "ledger.sqlite3")
    counts = tuple(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("question", "answer"))
    connection.close()
    return counts[0], counts[1]


@pytest.mark.slow
def test_a_batch_is_answered_in_order_and_entered(run_command: Run, home: Path, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "z", "question": "Is pretraining supervised?"},
        {"id": 1, "turns": ["What is masked language modelling?", "Why does masked language modelling hide only 15% of the tokens?"]},
        {"id": "a", "question": "Which bus goes to the harbour on Sundays?", "more": "is left alone"},
        {"id": "empty", "question": "\x00"},
        {"id": "flood", "question": "Is it? " * 3_000},
        {"id": "\ud800", "question": "half a letter \ud800, is pretraining supervised?"},
        {"id": "z", "question": "什么是监督学习？ 🙂"},
    ]
    (tmp_path / "in.jsonl").write_text("\n\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert done(run_command("ask", "--batch", tmp_path / "in.jsonl", "--out", tmp_path / "out.jsonl")) == ""
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    results = [json.loads(line) for line in lines]
    assert [result["id"] for result in results] == [row["id"] for row in rows]
    assert all(set(result) == KEYS | {"id"} for result in results)
    assert [result["status"] for result in results[:5]] == ["answered", "answered", "handed_over", "asked_back", "asked_back"]
    assert results[1]["question"].startswith("Why does masked")
    assert results[1]["cards"][0]["slug"] == "masking-rates"
    assert all(isinstance(result["question_id"], int) for result in results)
    assert len({result["question_id"] for result in results}) == len(rows)
    assert counted(home) == (8, 8)


def test_one_question_is_printed_as_the_answer_object_and_leaves_no_trace(run_command: Run, home: Path) -> None:
    result = json.loads(done(run_command("ask", "--json", "--no-log", "Is pretraining supervised?")))
    assert set(result) == KEYS
    assert result["question"] == "Is pretraining supervised?"
    assert (result["question_id"], result["model"], result["composer"], result["state"]) == (None, None, "curated", "draft")
    assert result["status"] == "answered"
    assert 0 <= result["confidence"] <= 1
    assert all(set(card) == {"slug", "title", "score"} for card in result["cards"])
    assert set(result["cited"]) <= {card["slug"] for card in result["cards"]}
    assert result["timings_ms"]["total"] > 0
    assert not (home / "ledger.sqlite3").exists()


@pytest.mark.slow
def test_a_conversation_can_be_piped_in_and_an_index_is_made_on_the_way(askwell: Askwell, small: Path, tmp_path: Path) -> None:
    ran = askwell("chat", typed="who makes masks of every kind?\n\nwhy?\n", knowledge_dir=small)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("Ask about")
    assert "who makes masks of every kind?" in ran.stdout
    assert "3 cards" in ran.stderr
    assert counted(tmp_path / "home") == (2, 2)


CANNOT_BE_TAKEN: list[tuple[tuple[str, ...], str]] = [
    ((), "required: COMMAND"),
    (("--frobnicate",), "COMMAND"),
    (("frobnicate",), "invalid choice: 'frobnicate'"),
    (("ask", "--frobnicate", "why?"), "unrecognized arguments: --frobnicate"),
    (("ask",), "what is the question?"),
    (("ask", ""), "the question is empty"),
    (("ask", " \u200b\x01 "), "the question is empty"),
    (("ask", "why? " * 4_000), f"ask in at most {MAX_CHARS:,}"),
    (("ask", "why?", "--out", "x.jsonl"), "--out goes with --batch"),
    (("ask", "--batch", "x.jsonl"), "--batch needs --out"),
    (("ask", "--batch", "nowhere.jsonl", "--out", "x.jsonl"), "can't read nowhere.jsonl"),
    (("knowledge",), "required: SUBCOMMAND"),
    (("knowledge", "new", "Not A Slug"), "can't be a slug"),
    (("index", "frobnicate"), "invalid choice"),
    (("discord",), "no Discord token"),
]


def test_what_cannot_be_taken_is_one_line_and_status_two(run_command: Run) -> None:
    def is_one_line(arguments: tuple[str, ...], words: str) -> None:
        assert words in refused(run_command(*arguments), 2)

    assert failing(is_one_line, CANNOT_BE_TAKEN) == {}


def test_every_broken_line_of_a_batch_is_named_before_anything_is_answered(run_command: Run, tmp_path: Path) -> None:
    lines = [
        '{"id": 1, "question": "fine"}',
        "not json",
        "",
        '{"question": "no id"}',
        '{"id": 2}',
        '{"id": 3, "turns": []}',
        '{"id": 4, "turns": "text"}',
        "[1]",
        "[" * 100_000,
        '{"id": 5, "question": 7}',
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    batch = ("ask", "--batch", tmp_path / "in.jsonl", "--out", tmp_path / "out.jsonl")
    said = refused(run_command(*batch), 2)
    for number, wrong in (
        (2, "not JSON"),
        (4, "'id'"),
        (5, "'question'"),
        (6, "'turns'"),
        (7, "'turns'"),
        (8, "'id'"),
        (9, "not JSON"),
        (10, "'que"),
    ):
        assert f"line {number}: " in said
        assert wrong in said.split(f"line {number}: ")[1].split("; line")[0]
    assert "line 1:" not in said
    assert not (tmp_path / "out.jsonl").exists()
    (tmp_path / "in.jsonl").write_bytes(b"\xff")
    assert "can't read" in refused(run_command(*batch), 2)


def test_settings_that_cannot_be_used_are_one_line(run_command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade, status = ("ledger", "upgrade"), ("index", "status")
    assert "not a database URL" in refused(run_command(*upgrade, database_url="nonsense"), 2)
    assert "needs the driver" in refused(run_command(*upgrade, database_url="mysql+aiomysql://x/y"), 2)
    assert "ASKWELL_DISCORD_GUILD" in refused(run_command(*upgrade, discord_guild="mine"), 2)
    assert "no knowledge folder at" in refused(run_command("knowledge", "check", knowledge_dir=tmp_path / "nowhere"), 1)
    assert "can't be made" in refused(run_command(*upgrade, home="/dev/null/home"), 1)
    assert "no index in" in refused(run_command(*status), 1)
    assert "no model weights" in refused(run_command(*status, embedding_model=tmp_path), 1)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / ".env").write_bytes(b"ASKWELL_HOME=\xff\n")
    monkeypatch.chdir(tmp_path / "folder")
    assert refused(run_command(*upgrade), 2).startswith("askwell: the file .env can't be read")


def test_a_setting_that_is_empty_counts_as_not_set_and_one_in_the_env_file_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASKWELL_DATABASE_URL", "")
    (tmp_path / ".env").write_text("ASKWELL_HOME=elsewhere\nASKWELL_DISCORD_GUILD=\nOTHER=1\n", encoding="utf-8")
    settings = Settings()
    assert settings.home == Path("elsewhere")
    assert settings.discord_guild is None
    assert settings.ledger_url == f"sqlite:///{tmp_path}/elsewhere/ledger.sqlite3"
    assert settings.knowledge_dir == KNOWLEDGE


def test_a_token_is_never_shown() -> None:
    settings = Settings(_env_file=None, discord_token="sesame")
    assert "sesame" not in repr(settings)
    assert "sesame" not in settings.model_dump_json()


def test_the_cards_are_checked_and_listed(run: Run, small: Path) -> None:
    said = run("knowledge", "check")
    assert (said.status, said.out) == (0, "3 cards, 1 contrasts, 1 topics beyond: no problems, 3 warnings\n")
    assert said.err.count(f"warning: {small}/") == said.err.count("the short answer has") == said.err.count("\n") == 3
    (small / "two" / "masks.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    (small / "one" / "labels.md").write_bytes(b"\xff")
    said = run("knowledge", "check")
    assert (said.status, said.out) == (1, "")
    assert f"{small}/two/masks.md:" in said.err
    assert f"{small}/one/labels.md:1: can't be read" in said.err


def test_the_list_of_cards_is_also_json(run_command: Run) -> None:
    cards = json.loads(done(run_command("knowledge", "list", "--json")))
    assert {card["slug"] for card in cards} == {path.stem for path in KNOWLEDGE.glob("cards/*/*.md")}
    assert {"slug", "title", "group"} <= set(cards[0])
    assert len(done(run_command("knowledge", "list")).splitlines()) == len(cards)


def test_the_index_status_is_current_outdated_or_damaged(run_command: Run, home: Path, small: Path) -> None:
    lines = done(run_command("index", "status"))
    assert re.search(r"checksums right\npassages\.faiss: FAISS IDMap2,Flat, exact, (\d+) vectors\ncurrent\n\Z", lines)
    said = run_command("index", "status", knowledge_dir=small)
    assert said.status == 1
    assert "the cards have changed since: run 'askwell index build'\n" in said.out
    vectors = home / "index" / current_name(home / "index") / "passages.faiss"
    vectors.write_bytes(vectors.read_bytes()[:-1] + b"!")
    assert "damaged (wrong checksum)" in refused(run_command("index", "status"), 1)


def test_the_doctor_finds_what_is_missing_and_then_nothing(run_command: Run, home: Path) -> None:
    said = run_command("doctor", frobnicate="1")
    assert (said.status, said.err) == (1, "askwell: ASKWELL_FROBNICATE is no setting\n")
    failed = [line for line in said.out.splitlines() if line.startswith("FAIL")]
    assert len(failed) == 2
    assert "ASKWELL_FROBNICATE" in failed[0]
    assert "askwell ledger upgrade" in failed[1]
    assert "empty -> " in done(run_command("ledger", "upgrade"))
    assert "already" in done(run_command("ledger", "upgrade"))
    assert all(line.startswith("ok") for line in done(run_command("doctor")).splitlines())


def test_what_learning_could_not_write_is_found_before_anything_is_computed(run: Run, model: EmbeddingModel, tmp_path: Path) -> None:
    (tmp_path / "another").symlink_to(model.location)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "fitted").symlink_to(tmp_path / "home" / "fitted")
    said = refused(run("index", "fit", "--only", "reader", embedding_model=tmp_path / "another"), 1)
    assert "the fitted numbers can't be written to" in said
    assert not (tmp_path / "home" / "index").exists()
