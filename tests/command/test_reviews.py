"""The mentors' loop from a shell: questions shown, decisions with their messages, and one line for every failure."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.ledger.database import Ledger
from bot.ledger.feedback import note_feedback
from bot.ledger.spool import Spool
from bot.ledger.tables import QuestionRow
from bot.review.outbox.send_and_retry import deliver
from bot.values import Status
from tests.collected import failing
from tests.command.said import ANSWER, Run, done, refused
from tests.review.asked import DRAFT, Platform, ask, asked, kinds
from tests.review.lined_up import at_angle


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
    assert f"1 like it (sky blue): {second}" in listed
    assert listed.startswith("3 questions wait, in 2 groups: other (2).\n")
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
        "edit: to be sent",
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
def test_a_decision_says_what_was_done_what_will_be_sent_and_how_to_undo_it(
    run: Run, ledger: Ledger, text_file: Path, decision: tuple[str, ...], status: Status, decided: str, owed: list[str]
) -> None:
    number = asked(ledger, status=status)
    out = done(run("review", decision[0], number, *decision[1:], "--as", "Ada Lovelace", typed=ANSWER.encode()))
    lines = out.splitlines()
    assert lines[0] == f"Question {number} {decided} by Ada Lovelace: decision 1."
    assert lines[-1].endswith("askwell review undo 1 --as 'Ada Lovelace'")
    with ledger.transaction() as session:
        assert kinds(session, number) == owed
    assert (f"To be sent to the asker of question {number} on discord: " in out) is bool(owed)
    undone = done(run("review", "undo", 1, "--as", "Ada Lovelace"))
    assert undone.splitlines() == [
        "Decision 1 is undone, none of its messages will be sent.",
        f"Nothing will be sent to the asker of question {number}.",
    ]
    with ledger.transaction() as session:
        assert kinds(session, number) == []
        assert session.get_one(QuestionRow, number).status == status
    assert "was undone at" in refused(run("review", "undo", 1, "--as", "Ada Lovelace"), 1)


def test_a_learner_in_a_terminal_is_sent_nothing(run: Run, ledger: Ledger, text_file: Path) -> None:
    number = asked(ledger, status=Status.HANDED_OVER, platform="console", sent=False)
    out = done(run("review", "answer", number, "--text-file", text_file, "--as", "Ada"))
    assert f"Nothing will be sent for question {number}, asked in a terminal, where nobody can be reached later." in out
    assert "To be sent to" not in out


def test_what_was_delivered_is_not_undone(run: Run, ledger: Ledger) -> None:
    number = asked(ledger)
    done(run("review", "confirm", number, "--as", "Ada"))
    assert deliver(ledger, "discord", Platform().send, now=dt.datetime.now(dt.UTC)) == 1
    assert "decide on that question again" in refused(run("review", "undo", 1, "--as", "Ada"), 1)


def test_one_decision_settles_the_questions_that_are_named_or_alike(run: Run, ledger: Ledger, text_file: Path) -> None:
    first, second, third = (asked(ledger, text=f"why {word}?", status=Status.HANDED_OVER) for word in ("one", "two", "three"))
    out = done(run("review", "answer", first, "--text-file", text_file, "--also", f"{second},{third}", "--as", "Ada"))
    assert out.startswith(f"Questions {first}, {second} and {third} answered by Ada: decision 1.\n")
    assert '"why two?"' in out
    assert f"To be sent to the askers of questions {first}, {second} and {third} on discord" in out
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


CANNOT_BE_DONE: list[tuple[tuple[str, ...], int, str]] = [
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
]


def test_what_cannot_be_done_is_one_line(run: Run, ledger: Ledger, tmp_path: Path) -> None:
    assert asked(ledger) == 1
    (tmp_path / "empty.md").write_text(" \n\n", encoding="utf-8")
    (tmp_path / "latin.md").write_bytes(b"caf\xe9")
    (tmp_path / "long.md").write_text("é" * 60_000, encoding="utf-8")

    def is_one_line(arguments: tuple[str, ...], status: int, words: str) -> None:
        assert words in refused(run("review", *arguments), status)

    assert failing(is_one_line, CANNOT_BE_DONE) == {}


def test_what_was_spooled_is_entered_before_anything_else(run: Run, ledger: Ledger, tmp_path: Path) -> None:
    where = {"platform": "discord", "place": "t", "author": "ann", "message_id": "m"}
    Spool(tmp_path / "home").question(**where, text="asked while it was away", now=dt.datetime.now(dt.UTC) - dt.timedelta(hours=2))
    assert "asked while it was away" in done(run("review", "list"))
    with ledger.transaction() as session:
        assert session.scalars(select(QuestionRow.text)).all() == ["asked while it was away"]


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


def test_a_group_is_declined_with_one_reason(run: Run, ledger: Ledger) -> None:
    first, second = (asked(ledger, text=f"solve my homework {number}", status=Status.HANDED_OVER) for number in (1, 2))
    other = asked(ledger, text="why is it masked?", status=Status.HANDED_OVER)
    groups = done(run("review", "list", "--groups"))
    assert f"2  homework: {first}, {second}" in groups
    said = done(run("review", "decline", first, "--group", "homework", "--reason", "We don't solve homework.", "--as", "Ada"))
    assert f"Questions {first} and {second} declined by Ada" in said
    left = json.loads(done(run("review", "list", "--json")))
    assert [each["question_id"] for each in left] == [other]
    refused(run("review", "decline", other, "--group", "astrology", "--reason", "No.", "--as", "Ada"), 2)


def test_the_list_says_what_was_left_out_and_what_was_not_found(run: Run, ledger: Ledger) -> None:
    asked(ledger, text="!rank", status=Status.HANDED_OVER)
    assert done(run("review", "list")) == "No question waits for a mentor. 1 message that asks nothing is left out (--all).\n"
    asked(ledger, text="why?", status=Status.HANDED_OVER)
    assert "None of them is what you look for." in done(run("review", "list", "--search", "xyzzy"))
    assert "!rank" in done(run("review", "list", "--all"))


def test_the_nearest_passage_is_shown_and_takes_a_yes_or_a_no(run: Run, ledger: Ledger, tmp_path: Path) -> None:
    number = asked(
        ledger, text="why?", status=Status.NEAR, answer="This is the nearest that the mentors have written.\n\nLabels are given."
    )
    listed = done(run("review", "list"))
    assert "shown: This is the nearest that the mentors have written. Labels are given." in listed
    assert f"askwell review near {number} yes|no --as NAME" in listed
    said = done(run("review", "near", number, "no", "--as", "Bob"))
    assert said.startswith(f"Question {number} left open, since the nearest passage doesn't settle it, by Bob: decision 1.")
    assert f"Kept as a near miss in {tmp_path / 'home' / 'regression.jsonl'}: question {number}." in said
    listed = done(run("review", "list"))
    assert "a mentor said that it doesn't settle the question" in listed
    assert "yes|no" not in listed
    said = done(run("review", "near", number, "yes", "--as", "Ada"))
    assert f"askwell review promote {number} --as phrasing:labels" in said
    assert f"Kept as a regression case in {tmp_path / 'home' / 'regression.jsonl'}: question {number}." in said
    assert "nothing is left to confirm" in refused(run("review", "near", number, "yes", "--as", "Ada"), 1)
    done(run("review", "undo", 2, "--as", "Ada"))
    assert '"near_miss"' in (tmp_path / "home" / "regression.jsonl").read_text(encoding="utf-8")


def test_an_answer_over_one_in_force_says_so(run: Run, ledger: Ledger, text_file: Path) -> None:
    number = asked(ledger)
    said = done(run("review", "answer", number, "--text-file", text_file, "--as", "Ada"))
    assert f"Question {number} had the assistant's answer, which this replaces." in said


def test_the_conversation_before_a_question_is_shown_with_what_was_answered(run: Run, ledger: Ledger) -> None:
    asked(ledger, text="what is a label?", place="here")
    second = asked(ledger, text="and who makes it?", place="here", status=Status.HANDED_OVER)
    shown = done(run("review", "show", second))
    assert f"Before it:\n    > what is a label?\n      {DRAFT}" in shown


def test_a_mentor_walks_through_the_queue_by_one_key_a_decision(run: Run, ledger: Ledger) -> None:
    near = asked(ledger, text="is it near?", status=Status.NEAR, answer="This is the nearest that the mentors have written.\n\nLabels.")
    odd = asked(ledger, text="why is it odd?", status=Status.HANDED_OVER)
    skipped = asked(ledger, text="who is skipped?", status=Status.HANDED_OVER)
    first, second = (asked(ledger, text=f"solve my homework {number}", status=Status.HANDED_OVER) for number in (1, 2))
    keys = {near: "y", odd: "aBecause.\n", skipped: "s", first: "gWe solve none.\n", second: "gWe solve none.\n"}
    order = [each["question_id"] for each in json.loads(done(run("review", "list", "--json")))]
    typed = "zz" + "".join(keys[number] for number in order)
    out = done(run("review", "next", "--as", "Ada", typed=typed.encode()))
    assert f"Question {near} confirmed by Ada" in out
    assert "    | Labels." in out, "who is to say yes reads the whole of what was shown"
    assert "1 of them skipped." in out or order[-1] == skipped
    assert "Kept as a regression case in" in out
    assert f"Question {odd} answered by Ada" in out
    assert f"Questions {first} and {second} declined by Ada" in out or f"Questions {second} and {first} declined by Ada" in out
    assert out.endswith("3 decisions made.\n")
    assert [each["question_id"] for each in json.loads(done(run("review", "list", "--json")))] == [skipped]
    # What can't be decided so is one line, and the question stays; the last decision is undone by one key.
    out = done(run("review", "next", "--as", "Ada", typed=b"ydOff topic.\nq"))
    assert "askwell: question" in out
    assert f"Question {skipped} declined by Ada" in out
    assert out.endswith("1 decision made.\n")
