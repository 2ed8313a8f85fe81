"""The mentors' loop from a shell: every subcommand, what it prints and owes, and one line for what can't be done."""

from __future__ import annotations

import argparse
import datetime as dt
import functools
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import select

import bot.app
from bot.answering.values import Status
from bot.app import Incoming, open_service
from bot.command import main, parser, promoting
from bot.ledger.feedback import note_feedback
from bot.ledger.mentors import mentor_named
from bot.ledger.store import Ledger
from bot.ledger.tables import AnswerRow, DeliveryRow, Feedback, PromotionRow, QuestionRow
from bot.review.carrying import BEGUN, DONE
from bot.review.deliveries import deliver
from bot.review.impact import labelled_questions
from bot.settings import Settings
from bot.spool import Spool
from index.embedding import Encoder
from index.labelled import QUESTIONS
from tests.conftest import KNOWLEDGE
from tests.review.asked import DRAFT, Platform, ask, asked, kinds
from tests.review.lined_up import at_angle

ANSWER = (
    "Quantization-aware training rounds weights and activations in the forward pass while the model is still being trained. "
    "The weights learn to sit where rounding does little harm. You need it when quantizing after training costs too much accuracy, "
    "most often for small models and for 4 bits or fewer. Post-training quantization needs no training at all, so it is tried first."
)


class Said(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process, in a home of its own over three small cards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASKWELL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASKWELL_KNOWLEDGE_DIR", str(small))

    def run(*arguments: object, typed: bytes = b"") -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8"))
        try:
            status = main([str(each) for each in arguments])
        except SystemExit as done:
            status = int(done.code or 0)
        captured = capsys.readouterr()
        return Said(status, captured.out, captured.err)

    return run


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


def done(said: Said) -> str:
    """Return what a command printed that did what it should."""
    assert (said.status, said.err) == (0, ""), said
    return said.out


def refused(said: Said, status: int) -> str:
    """Return the one line of a command that could not be carried out."""
    assert (said.status, said.out) == (status, ""), said
    assert said.err.count("\n") == 1
    assert said.err.startswith("askwell")
    return said.err


def alike(ledger: Ledger, *numbers: int) -> None:
    """Make questions so alike that one decision can settle them."""
    with ledger.transaction() as session:
        for number in numbers:
            session.get_one(QuestionRow, number).vector = at_angle(1.0)


def test_an_empty_home_has_nobody_waiting(run: Run) -> None:
    assert done(run("review", "list")) == "No question waits for a mentor.\n"
    assert json.loads(done(run("review", "list", "--json"))) == []


def test_the_queue_says_in_words_why_and_who_and_how_many(run: Run, ledger: Ledger) -> None:
    first = asked(ledger, text="why\x1b[31m is\nthe sky blue?", status=Status.HANDED_OVER)
    second = asked(ledger, text="why is the sky so blue?", status=Status.HANDED_OVER)
    asked(ledger, text="unsure", status=Status.ANSWERED)
    alike(ledger, first, second)
    done(run("review", "claim", first, "--as", "Ada Lovelace"))
    listed = done(run("review", "list"))
    assert "handed over: no card settles it" in listed
    assert f"1 like it: {second}" in listed
    assert "waiting for" in listed
    assert "claimed by Ada Lovelace until" in listed
    assert '"why[31m is the sky blue?"' in listed
    assert "\x1b" not in listed
    rows = json.loads(done(run("review", "list", "--json")))
    assert rows[0]["question_id"] == first
    assert (rows[0]["cluster"], rows[0]["claimed_by"]) == ([second], "Ada Lovelace")
    assert {part["name"] for part in rows[0]["parts"]} == {"handed_over", "waiting"}
    assert dt.datetime.fromisoformat(rows[0]["since"]).tzinfo is not None
    assert len(json.loads(done(run("review", "list", "--json", "--most", 1)))) == 1


def test_a_question_is_shown_with_all_that_is_known_of_it(run: Run, ledger: Ledger, text_file: Path) -> None:
    number = asked(ledger, text="is it labelled?")
    with ledger.transaction() as session:
        note_feedback(session, number, learner_id=None, kind="down", reason="too \x1b[2Jlong", now=dt.datetime.now(dt.UTC))
    done(run("review", "correct", number, "--text-file", text_file, "--as", "Ada", "--reason", "it was wrong"))
    done(run("review", "withdraw", number, "--as", "Bob", "--reason", "not so"))
    shown = done(run("review", "show", number))
    for words in (
        "| is it labelled?",
        "draft 2026-02-03 11:00 UTC → withdrawn",
        "(in force)",
        "down: too [2Jlong",
        "Ada: correct, from shell: it was wrong",
        "Mentors disagree:",
        "Bob: withdraw: not so; Bob's is in force",
        "edit: owed",
    ):
        assert words in shown
    assert "\x1b" not in shown
    found = json.loads(done(run("review", "show", number, "--json")))
    assert [each["decision"] for each in found["reviews"]] == ["correct", "withdraw"]
    assert found["disagreements"][0]["later"]["mentor"] == "Bob"
    assert found["answers"][0]["text"] == DRAFT


def test_one_mentor_at_a_time(run: Run, ledger: Ledger) -> None:
    number = asked(ledger)
    assert "is claimed by Ada until" in done(run("review", "claim", number, "--as", " Ada "))
    assert "claimed by Ada until" in refused(run("review", "claim", number, "--as", "Bob"), 1)
    assert "leave it to Ada" in refused(run("review", "confirm", number, "--as", "Bob"), 1)
    assert "only Ada can release" in refused(run("review", "release", number, "--as", "Bob"), 1)
    assert done(run("review", "release", number, "--as", "Ada")) == f"Question {number} is free.\n"
    assert done(run("review", "release", number, "--as", "Bob")) == f"Nobody had claimed question {number}.\n"


@pytest.mark.parametrize(
    ("decision", "status", "decided", "owed"),
    [
        (("answer", "--text-file", "answer.md"), Status.HANDED_OVER, "answered", ["post", "edit"]),
        (("answer", "--text-file", "-"), Status.HANDED_OVER, "answered", ["post", "edit"]),
        (("confirm",), Status.ANSWERED, "confirmed", ["edit"]),
        (("correct", "--text-file", "answer.md", "--reason", "wrong"), Status.ANSWERED, "corrected", ["edit", "tell"]),
        (("withdraw",), Status.ANSWERED, "withdrawn", ["edit", "tell"]),
        (("decline", "--reason", "Ask at the desk."), Status.HANDED_OVER, "declined", ["tell"]),
        (("second-opinion", "--reason", "is it?"), Status.ANSWERED, "left open for a second opinion", []),
    ],
)
def test_a_decision_says_what_was_done_what_is_owed_and_how_to_undo_it(
    run: Run, ledger: Ledger, text_file: Path, decision: tuple[str, ...], status: Status, decided: str, owed: list[str]
) -> None:
    number = asked(ledger, status=status)
    out = done(run("review", decision[0], number, *decision[1:], "--as", "Ada Lovelace", typed=ANSWER.encode()))
    lines = out.splitlines()
    assert lines[0] == f"Question {number} {decided} by Ada Lovelace: decision 1."
    assert lines[-1].endswith("askwell review undo 1 --as 'Ada Lovelace'")
    with ledger.transaction() as session:
        assert kinds(session, number) == owed
    assert (f"Owed to the asker of question {number} on discord: " in out) is bool(owed)
    undone = done(run("review", "undo", 1, "--as", "Ada Lovelace"))
    assert undone.splitlines() == [
        "Decision 1 is undone, nothing of it will be sent.",
        f"Nothing is owed to the asker of question {number}.",
    ]
    with ledger.transaction() as session:
        assert kinds(session, number) == []
        assert session.get_one(QuestionRow, number).status == status
    assert "was undone at" in refused(run("review", "undo", 1, "--as", "Ada Lovelace"), 1)


def test_a_learner_in_a_terminal_is_owed_nothing(run: Run, ledger: Ledger, text_file: Path) -> None:
    number = asked(ledger, status=Status.HANDED_OVER, platform="console", sent=False)
    out = done(run("review", "answer", number, "--text-file", text_file, "--as", "Ada"))
    assert f"Nothing is owed for question {number}, asked in a terminal: nobody can be reached there later." in out
    assert "Owed to" not in out


def test_what_was_delivered_is_not_undone(run: Run, ledger: Ledger) -> None:
    number = asked(ledger)
    done(run("review", "confirm", number, "--as", "Ada"))
    assert deliver(ledger, "discord", Platform().send, now=dt.datetime.now(dt.UTC)) == 1
    assert "decide anew" in refused(run("review", "undo", 1, "--as", "Ada"), 1)


def test_one_decision_settles_the_questions_that_are_named_or_alike(run: Run, ledger: Ledger, text_file: Path) -> None:
    first, second, third = (asked(ledger, text=f"why {word}?", status=Status.HANDED_OVER) for word in ("one", "two", "three"))
    out = done(run("review", "answer", first, "--text-file", text_file, "--also", f"{second},{third}", "--as", "Ada"))
    assert out.startswith(f"Questions {first}, {second} and {third} answered by Ada: decision 1.\n")
    assert '"why two?"' in out
    assert f"Owed to the askers of questions {first}, {second} and {third} on discord" in out
    done(run("review", "undo", 1, "--as", "Ada"))
    alike(ledger, first, third)
    out = done(run("review", "decline", first, "--reason", "no", "--cluster", "--as", "Ada"))
    assert out.startswith(f"Questions {first} and {third} declined")
    assert "not allowed with" in refused(run("review", "confirm", first, "--also", third, "--cluster", "--as", "Ada"), 2)


def test_one_question_that_cannot_be_decided_leaves_the_others_alone(run: Run, ledger: Ledger) -> None:
    answered, open_one = asked(ledger), asked(ledger, status=Status.HANDED_OVER)
    assert f"question {open_one} has no answer" in refused(run("review", "confirm", answered, "--also", open_one, "--as", "Ada"), 1)
    with ledger.transaction() as session:
        assert kinds(session, answered) == []


def test_the_figures_are_printed(run: Run, ledger: Ledger) -> None:
    asked(ledger)
    assert "Questions: 1 (1 answered)" in done(run("review", "stats"))


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("confirm", "x", "--as", "Ada"), 2, "'x' is no number"),
        (("confirm", "0", "--as", "Ada"), 2, "'0' is no number"),
        (("confirm", "9" * 30, "--as", "Ada"), 2, "is no number"),
        (("confirm", "99999999999", "--as", "Ada"), 2, "no question 99999999999"),
        (("confirm", "1"), 2, "--as"),
        (("confirm", "1", "--as", " "), 2, "name"),
        (("confirm", "1", "--as", "Ada", "--also", "2,,3"), 2, "'' is no number"),
        (("confirm", "1", "--as", "Ada", "--also", "77"), 2, "no question 77"),
        (("decline", "1", "--as", "Ada"), 2, "--reason"),
        (("decline", "1", "--as", "Ada", "--reason", " "), 2, "this one is empty"),
        (("decline", "1", "--as", "Ada", "--reason", "no"), 1, "has an answer"),
        (("answer", "1", "--as", "Ada"), 2, "--text-file"),
        (("answer", "1", "--as", "Ada", "--text-file", "nowhere.md"), 2, "can't read nowhere.md: No such file"),
        (("answer", "1", "--as", "Ada", "--text-file", "."), 2, "can't read .: Is a directory"),
        (("answer", "1", "--as", "Ada", "--text-file", "empty.md"), 2, "empty.md is empty"),
        (("answer", "1", "--as", "Ada", "--text-file", "-"), 2, "standard input is empty"),
        (("answer", "1", "--as", "Ada", "--text-file", "latin.md"), 2, "not text in UTF-8"),
        (("answer", "1", "--as", "Ada", "--text-file", "long.md"), 2, "too long"),
        (("correct", "1", "--as", "Ada"), 2, "--text-file --card"),
        (("correct", "77", "--as", "Ada", "--card", "labels"), 2, "no question 77"),
        (("correct", "1", "--as", "Ada", "--card", "nonsense"), 2, "no card 'nonsense'"),
        (("promote", "1", "--as", "polish:labels"), 2, "not a promotion"),
        (("promote", "1", "--as", "new:x"), 1, "no mentor's answer in force"),
        (("promote", "1", "--as", "phrasing:labels"), 2, "--by NAME"),
        (("promote", "77"), 2, "no question 77"),
        (("list", "--most", "0"), 2, "'0' is no number"),
        (("frobnicate",), 2, "invalid choice"),
        ((), 2, "required: SUBCOMMAND"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    run: Run, ledger: Ledger, tmp_path: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    assert asked(ledger) == 1
    (tmp_path / "empty.md").write_text(" \n\n", encoding="utf-8")
    (tmp_path / "latin.md").write_bytes(b"caf\xe9")
    (tmp_path / "long.md").write_text("é" * 60_000, encoding="utf-8")
    assert words in refused(run("review", *arguments), status)


def leaves() -> dict[tuple[str, ...], argparse.ArgumentParser]:
    """Return every subcommand of `review` and `ledger` with its parser."""
    found: dict[tuple[str, ...], argparse.ArgumentParser] = {}
    for name in ("review", "ledger"):
        for leaf, its in subcommands(subcommands(parser())[name]).items():
            found[name, leaf] = its
    return found


def subcommands(of: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    action = next(each for each in of._actions if isinstance(each, argparse._SubParsersAction))
    return dict(action.choices)


def arguments_for(of: argparse.ArgumentParser, text_file: Path) -> list[str]:
    """Return arguments that are right, but for the number: there is no such question, decision or person."""
    typed: list[str] = []
    given = {"--as": "Ada", "--reason": "because", "--text-file": str(text_file)}
    needed = {action for group in of._mutually_exclusive_groups if group.required for action in group._group_actions[:1]}
    for action in of._actions:
        if not action.option_strings:
            typed.append("123456")
        elif action.required or action in needed:
            typed += [action.option_strings[0], given[action.option_strings[0]]]
    return typed


def test_the_contract_has_a_command_each() -> None:
    assert {leaf for _, leaf in leaves()} == {
        "list", "show", "claim", "release", "answer", "confirm", "correct", "decline", "withdraw", "second-opinion", "undo", "promote",
        "stats", "upgrade", "export", "forget", "purge",
    }  # fmt: skip


@pytest.mark.parametrize("names", list(leaves()), ids=" ".join)
def test_every_subcommand_explains_itself_and_each_of_its_options(run: Run, names: tuple[str, ...]) -> None:
    out = done(run(*names, "--help"))
    assert out.startswith(f"usage: askwell {' '.join(names)}")
    its = leaves()[names]
    assert its.description and " ".join(its.description.split()) in " ".join(out.split())
    assert all(action.help for action in its._actions)


@pytest.mark.parametrize("names", list(leaves()), ids=" ".join)
def test_every_subcommand_fails_in_one_line_for_what_is_not_there(
    run: Run, ledger: Ledger, text_file: Path, names: tuple[str, ...]
) -> None:
    arguments = arguments_for(leaves()[names], text_file)
    if arguments and names != ("ledger", "forget"):
        assert "123456" in refused(run(*names, *arguments), 2)
    elif arguments:
        assert "nothing of '123456' is kept" in refused(run(*names, *arguments), 1)
    else:
        assert "unrecognized arguments: 123456" in refused(run(*names, "123456"), 2)


def test_a_ledger_that_cannot_be_used_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "ledger.sqlite3").write_text("no database", encoding="utf-8")
    for arguments in (("review", "list"), ("review", "confirm", 1, "--as", "Ada"), ("ledger", "purge"), ("ledger", "export")):
        assert "ledger" in refused(run(*arguments), 1)


def test_what_was_spooled_is_entered_before_anything_else(run: Run, ledger: Ledger, tmp_path: Path) -> None:
    where = {"platform": "discord", "place": "t", "author": "ann", "message_id": "m"}
    Spool(tmp_path / "home").question(**where, text="asked while it was away", now=dt.datetime.now(dt.UTC) - dt.timedelta(hours=2))
    assert "asked while it was away" in done(run("review", "list"))
    with ledger.transaction() as session:
        assert session.scalars(select(QuestionRow.text)).all() == ["asked while it was away"]


def test_a_promotion_cut_short_is_finished_before_the_next_and_not_by_a_dry_run(run: Run, ledger: Ledger, small: Path) -> None:
    number = asked(ledger)
    path = small / "one" / "labels.md"
    with ledger.transaction() as session:
        mentor = mentor_named(session, "Ada").id
        session.add(
            PromotionRow(
                question_id=number, mentor_id=mentor, kind="new", slug="fresh", path="one/fresh.md", text=path.read_text(encoding="utf-8"),
                before="", diff="", impact={}, state=BEGUN, at=dt.datetime.now(dt.UTC),
            )
        )  # fmt: skip
    refused(run("review", "promote", 99, "--as", "new:x", "--dry-run"), 2)
    assert not (small / "one" / "fresh.md").exists()
    said = run("review", "promote", 99)
    assert said.status == 2
    assert said.out == "promotion 1, cut short before, is finished now: one/fresh.md\n"
    assert (small / "one" / "fresh.md").exists()
    with ledger.transaction() as session:
        assert session.scalars(select(PromotionRow.state)).all() == [DONE]


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


def test_decisions_load_no_model_library(tmp_path: Path, ledger: Ledger, text_file: Path) -> None:
    with ledger.transaction() as session:
        first, second = ask(session), ask(session, status=Status.HANDED_OVER)
    program = f"""
import sys
from bot.command import main
for line in ("list", "show {first}", "claim {first} --as Ada", "confirm {first} --as Ada", "undo 1 --as Ada", "withdraw {first} --as Ada",
             "answer {second} --text-file {text_file} --as Ada", "stats", "correct {first} --text-file {text_file} --as Ada"):
    assert main(["review", *line.split()]) == 0, line
assert main(["ledger", "purge"]) == 0
loaded = {{"sentence_transformers", "transformers", "torch", "discord", "langchain"}} & set(sys.modules)
sys.exit(f"loaded: {{sorted(loaded)}}" if loaded else 0)
"""
    environment = os.environ | {"ASKWELL_HOME": str(tmp_path / "home")}
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.fixture
def course(run: Run, home: Path, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the real cards in a git repository of its own, over the real model, and a few of the labelled questions."""
    cards = Path(shutil.copytree(KNOWLEDGE, tmp_path / "cards", ignore=shutil.ignore_patterns("*.py", "__pycache__")))
    for words in (("init", "-q"), ("add", "."), ("-c", "user.name=C", "-c", "user.email=c@example.org", "commit", "-qm", "The cards")):
        subprocess.run(["git", *words], cwd=cards, check=True, capture_output=True)
    monkeypatch.setenv("ASKWELL_KNOWLEDGE_DIR", str(cards))
    # The model is the one that is loaded already, and as many threads as tests elsewhere take.
    monkeypatch.setattr(bot.app, "Encoder", lambda _: encoder)
    import_module("torch").set_num_threads(1)
    labelled = tmp_path / "labelled"
    labelled.mkdir()
    for name in ("in_scope.jsonl", "out_of_scope.jsonl"):
        lines = (QUESTIONS / "held_out" / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (labelled / name).write_text("".join(lines[:6]), encoding="utf-8")
    monkeypatch.setattr(promoting, "labelled_questions", functools.partial(labelled_questions, folder=labelled))
    return cards


def git(cards: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=cards, check=True, capture_output=True, text=True).stdout


def test_from_a_gap_to_a_card_and_back_to_the_learner(run: Run, course: Path, ledger: Ledger, tmp_path: Path, text_file: Path) -> None:
    service = open_service(Settings(_env_file=None))
    assert service.ledger is not None
    question = "what is quantization aware training, do I need it before I put my model on a phone?"
    first = service.ask(Incoming("discord", "101", "thread-1", "ann", question))
    assert first is not None
    assert first.status is Status.HANDED_OVER
    service.sent(first.question_id, "thread-1/reply-101")
    number = str(first.question_id)
    assert f"    {number}  worth 20.0" in done(run("review", "list"))
    assert "no mentor's answer in force" in done(run("review", "promote", number))
    assert "the answer as a new message" in done(run("review", "answer", number, "--text-file", text_file, "--as", "Ada Lovelace"))
    proposed = done(run("review", "promote", number))
    assert proposed.startswith("new:quantization-aware-training")
    assert "To see what one would do: askwell review promote" in proposed
    before = git(course, "rev-parse", "HEAD"), sorted(path.name for path in (tmp_path / "home").iterdir())

    wanted = ("review", "promote", number, "--as", "new:quantization-aware-training")
    dry = done(run(*wanted, "--dry-run"))
    assert "Nothing was changed (--dry-run)." in dry
    assert (git(course, "rev-parse", "HEAD"), sorted(path.name for path in (tmp_path / "home").iterdir())) == before
    assert git(course, "status", "--porcelain") == ""
    out = done(run(*wanted))
    for words in (
        f'+  - "{question}"',
        "Asked again: 1 past questions and 12 labelled ones.",
        "1 declined before, answered then",
        "declined -> quantization-aware-training",
        "0 labelled: right before, wrong then",
        "inference/quantization-aware-training.md is written, commit ",
        "author Ada Lovelace",
        f"Owed to the asker of question {number} on discord: the answer as a new message",
    ):
        assert words in out, out
    assert git(course, "log", "-1", "--format=%an, %s") == f"Ada Lovelace, New card quantization-aware-training, from question {number}\n"
    assert "a card 'quantization-aware-training' already" in refused(run(*wanted), 1)

    # A bot that was running before takes the card up, and answers the same question in other words from it.
    service.refresh()
    again = service.ask(Incoming("discord", "102", "thread-2", "bo", "QAT: why round the weights during training already?"))
    assert again is not None
    assert (again.status, again.cited) == (Status.ANSWERED, ("quantization-aware-training",))
    assert ANSWER[:60] in again.answer
    shown = done(run("review", "show", number))
    assert "post: owed: A mentor has answered your question." in shown
    assert "new:quantization-aware-training by Ada Lovelace, done, commit" in shown
    platform = Platform()
    assert service.deliver("discord", platform.send) == 2
    assert [(each.kind.value, each.asker) for each in platform.received] == [("post", "ann"), ("edit", "ann")]
    assert platform.received[0].answer is not None
    assert platform.received[0].answer.answer == ANSWER

    # The second learner's answer is put right by another card, which needs the model too.
    service.sent(again.question_id, "thread-2/reply-102")
    corrected = done(run("review", "correct", again.question_id, "--card", "fine-tuning", "--as", "Bob", "--reason", "the basics first"))
    assert f"Question {again.question_id} corrected by Bob" in corrected
    with service.ledger.transaction() as session:
        newest = session.scalars(select(AnswerRow).where(AnswerRow.question_id == again.question_id).order_by(AnswerRow.id.desc())).first()
        assert newest is not None
        assert (newest.cited[0], newest.state) == ("fine-tuning", "corrected")
        assert session.scalars(select(DeliveryRow.kind).where(DeliveryRow.state == "owed")).all() == ["edit", "tell"]
        assert session.scalars(select(Feedback)).all() == []
    service.ledger.close()
