"""Promotion from a shell: from a gap to a card, and back to the learner."""

from __future__ import annotations

import datetime as dt
import functools
import json
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import select

import bot.app
from bot.app import open_service
from bot.command.reviewing import promote
from bot.ledger.database import Ledger
from bot.ledger.mentors import mentor_named
from bot.ledger.tables import AnswerRow, DeliveryRow, Feedback, PromotionRow
from bot.record import Incoming
from bot.review.promotion.apply import BEGUN, DONE
from bot.review.promotion.impact import labelled_questions
from bot.settings import Settings
from bot.values import Status
from index.encoder.embedding import Encoder
from index.evaluate.labelled_questions import QUESTIONS
from tests.command.said import ANSWER, Run, done, refused
from tests.conftest import KNOWLEDGE
from tests.model_servers.openai_stand_in import openai_server
from tests.model_servers.stand_in import Request
from tests.review import cards
from tests.review.asked import Platform, asked
from tests.wording.judge.examinee import knows, reply_by, with_exam


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
    monkeypatch.setattr(promote, "labelled_questions", functools.partial(labelled_questions, folder=labelled))
    return cards


def git(cards: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=cards, check=True, capture_output=True, text=True).stdout


@pytest.mark.slow
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
        f"To be sent to the asker of question {number} on discord: the answer as a new message",
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
    assert "post: to be sent: A mentor has answered your question." in shown
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


def test_a_model_drafts_a_card_that_a_judge_let_pass_and_a_mentor_confirms_its_wording(
    run: Run, ledger: Ledger, small: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.app, "Encoder", lambda _: encoder)
    monkeypatch.setattr(promote, "labelled_questions", lambda _: [])
    import_module("torch").set_num_threads(1)
    with_exam(small)
    for words in (("init", "-q"), ("add", "."), ("-c", "user.name=C", "-c", "user.email=c@example.org", "commit", "-qm", "The cards")):
        subprocess.run(["git", *words], cwd=small, check=True, capture_output=True)
    said = cards.ANSWER.replace(". ", ".|").split("|")
    body = {"title": "Tokenizer pieces", "short_answer": f"{said[0]} {said[2]} Nobody knows why.", "explanation": []}
    head = {"asked_as": ["does a tokenizer split rare words"], "key_facts": [said[0]], "misconceptions": []}
    keeps = knows(small)
    judged = reply_by(lambda sentence: keeps(sentence) or sentence in said)

    def reply(request: Request) -> str:
        rules = str(request.body["messages"][0]["content"])
        return (
            json.dumps(head if '"asked_as"' in rules else body) if "Reply with JSON alone" in rules and "page" in rules else judged(request)
        )

    number = asked(ledger, text=cards.QUESTION, status=Status.HANDED_OVER)
    done(run("review", "answer", number, "--text-file", "-", "--as", "Ada", typed=cards.ANSWER.encode()))
    with openai_server(reply) as server:
        model = {"model": "openai:judge", "model_base_url": server.url}
        wanted = ("review", "promote", number, "--as", "new:tokenizer-pieces", "--group", "one", "--dry-run")
        without_grade = run(*wanted, **model)
        assert "Note: the card has the mentor's own words, since no draft of the model could be used: no judge" in without_grade.out
        assert run("exam", **model).status == 0
        assert "drafted_by" not in done(run(*wanted, "--own-words", **model))
        out = done(run(*wanted[:-1], **model))
    assert '+drafted_by: "openai:judge"' in out
    assert f"+{said[0]} {said[2]}\n" in out
    assert "Nobody knows why" not in out
    assert '+  - "does a tokenizer split rare words"' in out
    assert "no mentor has confirmed the wording, which openai:judge drafted" in run("knowledge", "check").err
    confirmed = done(run("knowledge", "confirm", "tokenizer-pieces", "--as", "Bob"))
    assert confirmed.startswith("The wording of one/tokenizer-pieces.md is confirmed, commit ")
    assert git(small, "log", "-1", "--format=%an, %s") == "Bob, Wording of tokenizer-pieces confirmed\n"
    assert "rafted" not in (small / "one" / "tokenizer-pieces.md").read_text(encoding="utf-8")
    assert "is no model's draft, or was confirmed already" in refused(run("knowledge", "confirm", "tokenizer-pieces", "--as", "Bob"), 1)
    assert "there is no card 'nonsense'" in refused(run("knowledge", "confirm", "nonsense", "--as", "Bob"), 2)
    # The promotion is undone with the confirmation after it.
    assert "Promotion 1 is undone" in done(run("review", "unpromote", 1, "--as", "Ada"))
