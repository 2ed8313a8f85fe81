"""The model's wording from end to end: really asked on loopback, checked, written down; whatever goes wrong, the curated answer is kept."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
import re
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.adapters.console.terminal import BY_MODEL, WORDED, plain, show
from bot.ledger.database import Ledger
from bot.ledger.spool import Spool
from bot.ledger.tables import AnswerRow
from bot.record import Incoming
from bot.review.decisions.decide import confirm
from bot.review.promotion.promoted_examples import candidate_file, write_candidate
from bot.service import Service
from bot.settings import Settings
from bot.values import Answer, Composer, State, Status
from bot.wording.check.signals import SIGNALS
from bot.wording.merge import MENTORS_WORDS
from bot.wording.model.chat_model import open_writer
from bot.wording.prompt.templates import prompt_file
from bot.wording.word import Wording
from index.learned.kernel import KernelModel
from tests.conftest import KNOWLEDGE, THE_COURSE, Askwell
from tests.model_servers.ollama_stand_in import ollama_server
from tests.model_servers.openai_stand_in import openai_server
from tests.model_servers.small_model import small_model
from tests.model_servers.stand_in import Reply, Request, StandIn

QUESTION = "Is MLM supervised?"
SO = (
    "Masked language modelling hides some tokens of a text and trains the model to predict them from both sides of the context",
    "The targets of masked language modelling are the original tokens of the text, so it is self-supervised",
)
TRUE = f"{SO[0]} [1]. {SO[1]} [1]."
# True too, but in no card word for word: further readers are asked about it.
OWN = "Masked language modelling is self-supervised, since the targets are the hidden tokens of the text [1]."
FALSE = "MLM is a supervised learning method [1]. The labels are written by annotators during pretraining [1]."
numbers = itertools.count(1)

Worded = Callable[..., Service]


@pytest.fixture(scope="session")
def support(service: Service, built_home: Path) -> KernelModel:
    return KernelModel.for_model(service.library.model_identity, SIGNALS, built_home)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    ledger.upgrade()
    yield ledger
    ledger.close()


@pytest.fixture
def worded(service: Service, support: KernelModel, tmp_path: Path) -> Iterator[Worded]:
    """Make services over the real cards whose answers a model words, and close their models at the end; the home is the test's folder."""
    with ExitStack() as stack:

        def make(model: str, base_url: str, ledger: Ledger | None = None, spool: Spool | None = None, **more: Any) -> Service:
            settings = Settings(
                _env_file=None, model=model, model_base_url=base_url, **{f"model_{key}": value for key, value in more.items()}
            )
            writer = open_writer(settings)
            assert writer is not None
            stack.callback(writer.close)
            return Service(service.library, ledger, spool=spool, wording=Wording(writer, support, KNOWLEDGE, tmp_path))

        yield make


def ask(service: Service, text: str = QUESTION) -> Answer:
    """Ask as a platform does: the curated answer is sent before the model is asked."""
    number = next(numbers)
    curated = service.ask(Incoming("discord", f"m-{number}", f"t-{number}", "ann", text))
    assert curated is not None
    assert curated.composer is Composer.CURATED
    service.sent(curated.question_id, f"channel/{number}")
    return curated


def rows(ledger: Ledger) -> list[AnswerRow]:
    with ledger.transaction() as session:
        found = list(session.scalars(select(AnswerRow).order_by(AnswerRow.id)))
        session.expunge_all()
    return found


def drafted(request_count: StandIn) -> list[str]:
    return [request.path for request in request_count.requests]


def test_a_true_draft_takes_the_curated_answers_place_and_all_about_it_is_written_down(worded: Worded, ledger: Ledger) -> None:
    with openai_server([TRUE]) as server:
        service = worded("openai:x", server.url, ledger)
        curated = ask(service)
        final = service.improve(curated)
    assert final is not None
    assert drafted(server) == ["/v1/chat/completions"]
    assert QUESTION in server.requests[0].body["messages"][-1]["content"]
    assert (final.composer, final.model, final.state, final.status) == (Composer.MODEL, "openai:x", State.DRAFT, Status.ANSWERED)
    assert final.answer.startswith(f"{SO[0]} [1].")
    assert final.cited[0] == curated.cited[0] == "masked-language-modeling"
    assert set(final.cited) <= {card.slug for card in final.cards}
    assert [row["verdict"] for row in final.checks[:-1]] == ["supported"] * 2
    assert all(row["why"] for row in final.checks)
    assert {"model", "check", "total"} <= final.timings_ms.keys()
    old, new = rows(ledger)
    assert (old.composer, old.text) == ("curated", curated.answer)
    assert (new.composer, new.model, new.text, new.state) == ("model", "openai:x", final.answer, "draft")
    assert new.sent_as == old.sent_as != ""
    assert new.checks == list(final.checks)
    assert new.prompt == prompt_file().version
    assert new.examples
    assert new.evidence == old.evidence != []
    assert (new.cited, new.cards) == (list(final.cited), [card.model_dump() for card in final.cards])


def test_of_a_half_true_draft_only_the_true_half_is_shown(worded: Worded) -> None:
    with openai_server([f"{SO[0]} [1]. MLM is a supervised learning method [1]."]) as server:
        service = worded("openai:x", server.url)
        final = service.finish(service.answer((QUESTION,), hands_over=False))
    assert final.composer is Composer.MODEL
    assert "MLM is a supervised" not in final.answer
    assert [row.get("verdict") for row in final.checks] == ["supported", "cut", None]


@pytest.mark.parametrize("draft", [FALSE, "I love pizza.", "```\ncode\n```", "\ud800\ud800 is it?", f"Yes. {FALSE}", "Yes.", "[1]"])
def test_what_no_card_says_is_thrown_away_and_the_curated_answer_says_why(worded: Worded, ledger: Ledger, draft: str) -> None:
    with openai_server([draft]) as server:
        service = worded("openai:x", server.url, ledger)
        curated = ask(service)
        assert service.improve(curated) is None
    (row,) = rows(ledger)
    assert (row.text, row.composer, row.model) == (curated.answer, "curated", None)
    assert row.sent_as
    assert (row.checks[-1]["draft"], row.checks[-1]["model"]) == ("thrown away", "openai:x")
    assert all(each["why"] for each in row.checks)
    assert row.prompt == prompt_file().version
    assert row.examples


@pytest.mark.parametrize(
    "reply",
    [Reply("down", status=503), Reply("no such model", status=404), Reply(""), Reply(body=b"<html>"), Reply(TRUE, delay_s=30)],
    ids=["down", "unknown", "empty", "garbage", "slow"],
)
def test_a_server_that_fails_costs_one_line(worded: Worded, ledger: Ledger, caplog: pytest.LogCaptureFixture, reply: Reply) -> None:
    with openai_server([reply]) as server:
        service = worded("openai:x", server.url, ledger, timeout_s=1.5, retries=0)
        curated = ask(service)
        assert service.improve(curated) is None
    (row,) = rows(ledger)
    assert (row.text, row.composer) == (curated.answer, "curated")
    (check,) = row.checks
    assert (check["draft"], check["model"]) == ("none", "openai:x")
    (record,) = caplog.records
    assert record.getMessage() == f"the curated answer is kept: {check['why']}"
    assert "\n" not in record.getMessage()


def test_a_server_that_is_not_there_changes_nothing(worded: Worded) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        service = worded("openai:x", f"http://127.0.0.1:{free.getsockname()[1]}/v1", retries=0)
        curated = service.answer((QUESTION,), hands_over=False)
        final = service.finish(curated)
    assert (final.answer, final.composer) == (curated.answer, Composer.CURATED)
    assert final.checks[0]["draft"] == "none"


def test_a_mentor_sees_which_model_wrote_a_draft_that_was_thrown_away(
    worded: Worded, ledger: Ledger, askwell: Askwell, tmp_path: Path
) -> None:
    with openai_server(["I love pizza."]) as server:
        service = worded("openai:x", server.url, ledger)
        curated = ask(service)
        service.finish(curated)
    shown = askwell("review", "show", str(curated.question_id), home=tmp_path)
    assert "    check: thrown away (by openai:x): " in shown.stdout, shown.stderr


def promoted(home: Path, number: int, answer: str) -> Path:
    """Leave behind what a promotion does."""
    slug = "masked-language-modeling"
    write_candidate(home, number, question=QUESTION, answer=answer, slug=slug, card_text="", course=THE_COURSE)
    return candidate_file(home, number, slug)


def test_promoted_answers_are_examples_too_until_they_are_forgotten(
    worded: Worded, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    long = " ".join([f"{SO[0]}."] * 4)
    first = promoted(tmp_path, 1, long)
    promoted(tmp_path, 3, "Too short.")
    (tmp_path / "candidates" / "broken.md").write_text("no front matter", encoding="utf-8")
    with openai_server(lambda _: Reply(TRUE)) as server:
        service = worded("openai:x", server.url)
        curated = service.answer((QUESTION,), hands_over=False)
        shown = service.finish(curated).examples
        assert first.stem in shown
        assert not {"masked-language-modeling-3", "broken"} & set(shown)
        assert long in str(server.requests[-1].body)
        assert [record.getMessage().split(":")[0] for record in caplog.records] == [
            "candidates/broken.md", "candidates/masked-language-modeling-3.md"
        ]  # fmt: skip
        first.unlink()
        assert first.stem not in service.finish(curated).examples
    assert len(caplog.records) == 2, "what is wrong is said once"


@pytest.mark.slow
def test_the_command_shows_promoted_answers_as_they_would_be_sent(askwell: Askwell, home: Path) -> None:
    promoted(home, 1, " ".join([f"{SO[0]}."] * 4))
    promoted(home, 2, "Too short.")
    done = askwell("prompt", QUESTION, home=home)
    assert " ".join([f"{SO[0]}."] * 4) in done.stdout
    assert "Too short." not in done.stdout
    assert done.stderr.startswith("askwell: candidates/masked-language-modeling-2.md:1: the answer has 3 words")


def test_once_a_mentor_has_decided_nothing_is_put_in_the_answers_place(worded: Worded, ledger: Ledger) -> None:
    with openai_server([TRUE]) as server:
        service = worded("openai:x", server.url, ledger)
        curated = ask(service)
        assert curated.question_id is not None
        with ledger.transaction() as session:
            confirm(session, curated.question_id, mentor="Mia", source="shell", now=dt.datetime.now(dt.UTC))
        assert service.improve(curated) is None
    assert [(row.composer, row.state) for row in rows(ledger)] == [("curated", "confirmed")]


def test_while_the_ledger_is_away_the_curated_answer_stands_with_one_line(
    worded: Worded, ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with openai_server([TRUE]) as server:
        service = worded("openai:x", server.url, ledger)
        curated = ask(service)
        ledger.close()
        (tmp_path / "ledger.sqlite3").write_bytes(b"no database" * 1_000)
        for left in tmp_path.glob("ledger.sqlite3-*"):
            left.unlink()
        assert service.improve(curated) is None
    (record,) = caplog.records
    assert f"the curated answer to question {curated.question_id} is kept, since the ledger is away" in record.getMessage()


def test_of_a_question_that_only_the_spool_has_the_curated_answer_is_shown_as_it_is_entered_later(
    worded: Worded, ledger: Ledger, tmp_path: Path
) -> None:
    ledger.busy_timeout_ms = 50
    other = sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)
    with openai_server([TRUE]) as server:
        service = worded("openai:x", server.url, ledger, Spool(tmp_path / "home"))
        ledger.close()
        other.execute("BEGIN EXCLUSIVE")
        curated = ask(service)
        assert curated.question_id is None
        assert service.finish(curated) == curated
        assert service.improve(curated) is None
        other.execute("ROLLBACK")
        other.close()
        assert service.enter_spooled() > 0
    assert [(row.text, row.composer) for row in rows(ledger)] == [(curated.answer, "curated")]


def test_a_draft_from_an_ollama_server_is_checked_and_shown_too(worded: Worded) -> None:
    with ollama_server([f"{TRUE} {FALSE}"]) as server:
        service = worded("ollama:gemma3:270m", server.url)
        final = service.finish(service.answer((QUESTION,), hands_over=False))
    assert drafted(server) == ["/api/chat"]
    assert (final.composer, final.model) == (Composer.MODEL, "ollama:gemma3:270m")
    assert "annotators during pretraining" not in final.answer.partition(MENTORS_WORDS)[0]


@pytest.mark.parametrize(
    "turns",
    [
        ("Which bus goes to the harbour on Sundays?",),
        ("which bus goes to the harbour?",),
        ("",),
        ("hi",),
        ("the model",),
        ("Can I talk to a mentor please?",),
        ("I hate myself and want to die",),
        ("Fill in the blank: Masked language modelling is a ___ learning method.",),
        ("Which of these is self-supervised? a) linear regression b) masked language modelling c) RLHF",),
        (QUESTION, "simpler please"),
    ],
    ids=["off topic", "far off", "nothing", "a greeting", "vague", "a person", "care", "a blank", "a quiz", "a wish"],
)
def test_no_model_is_asked_where_the_words_are_settled(worded: Worded, turns: tuple[str, ...]) -> None:
    with openai_server([TRUE]) as server:
        service = worded("openai:x", server.url)
        curated = service.answer(turns, hands_over=False)
        assert curated.pieces == ()
        assert service.finish(curated) == curated
        assert service.improve(curated) is None
    assert server.requests == []


def test_without_a_model_the_curated_answer_is_the_last_word(service: Service) -> None:
    curated = service.answer((QUESTION,), hands_over=False)
    assert not service.improves
    assert service.finish(curated) is curated
    assert service.improve(curated) is None


@pytest.mark.slow
def test_a_real_small_model_costs_no_truth(worded: Worded) -> None:
    with small_model() as url:
        service = worded("completion:gemma3-270m", url, timeout_s=150, context=1024, retries=0)
        curated = service.answer((QUESTION,), hands_over=False)
        final = service.finish(curated)
    assert Answer.model_validate_json(final.model_dump_json()).answer == final.answer
    assert final.checks
    assert final.checks[-1]["draft"] in {"shown", "thrown away"}, final.checks
    assert final.cited
    assert set(final.cited) <= {card.slug for card in final.cards}
    shown = final.answer.partition(MENTORS_WORDS)[0].lower() if final.composer is Composer.MODEL else ""
    assert not re.search(r"(?:mlm|masked language model\w*) is (?:a )?supervised", final.answer.lower())
    assert not re.search(r"in-context learning updates|annotators (?:write|label)|labels are written by", shown)


def test_in_the_terminal_the_curated_answer_stands_before_the_model_is_asked(worded: Worded) -> None:
    shown = io.StringIO()
    seen: list[str] = []

    def reply(_: Request) -> Reply:
        seen.append(shown.getvalue())
        return Reply(TRUE)

    with openai_server(reply) as server:
        service = worded("openai:x", server.url)
        curated = service.answer((QUESTION,), hands_over=False)
        show(service, curated, shown)
    assert seen == [plain(curated, service.sources(curated)) + "\n"]
    assert shown.getvalue().startswith(f"{seen[0]}\n{WORDED}\n\n{SO[0][:40]}")


@pytest.mark.slow
def test_the_command_prints_the_curated_answer_and_the_worded_one_after_it(askwell: Askwell, home: Path) -> None:
    alone = askwell("ask", QUESTION, "--no-log", home=home)
    with openai_server([TRUE]) as server:
        done = askwell("ask", QUESTION, "--explain", home=home, model="openai:x", model_base_url=server.url)
    assert done.returncode == 0, done.stderr
    curated, _, after = done.stdout.partition(f"\n{WORDED}\n\n")
    assert curated == alone.stdout
    assert after.startswith(SO[0][:40])
    assert after.index(BY_MODEL) < after.index("masked-language-modeling", after.index(BY_MODEL))


@pytest.mark.slow
def test_the_command_shows_the_worded_answer_and_leaves_no_trace_without_a_log(askwell: Askwell, home: Path) -> None:
    with openai_server([TRUE]) as server:
        done = askwell("ask", QUESTION, "--json", "--no-log", home=home, model="openai:x", model_base_url=server.url)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["composer"], result["model"], result["question_id"]) == ("model", "openai:x", None)
    assert result["answer"].startswith(f"{SO[0]} [1].")
    assert [row.get("verdict", row.get("draft")) for row in result["checks"]] == ["supported", "supported", "shown"]
    assert not {"pieces", "turns", "prompt", "examples", "vector", "evidence"} & result.keys()
    assert not (home / "ledger.sqlite3").exists()
    assert len(server.requests) == 1
