"""A judge sits the exam over a real server: interrupted it goes on, and another model under the same name sits it from the start."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from bot.wording.judge.candidate import Candidate, open_candidate
from bot.wording.judge.exam_book import exam_book
from bot.wording.judge.grade import Grade
from bot.wording.judge.passed_judge import grade_now
from bot.wording.judge.sitting import exam_sheets, sit
from knowledge.errors import AskwellError, PlatformError, UsageError
from knowledge.reading.base import read_knowledge
from tests.model_servers.ollama_stand_in import ollama_server
from tests.model_servers.openai_stand_in import openai_server
from tests.model_servers.stand_in import Reply, Request, StandIn
from tests.wording.judge.examinee import knows, reply_by


class Hall:
    """An examination hall: a course, a home, and what is needed to sit in it."""

    def __init__(self, course: Path, home: Path) -> None:
        self.course = course
        self.home = home
        self.base, _ = read_knowledge(course)
        self.sheets = exam_sheets(course, self.base)
        self.said: list[str] = []

    def settings(self, server: StandIn, **more: Any) -> Settings:
        given = {"model": "openai:judge", "model_base_url": server.url, "model_retries": 0, **more}
        return Settings(_env_file=None, home=self.home, knowledge_dir=self.course, **given)

    @contextmanager
    def candidate(self, settings: Settings) -> Iterator[Candidate]:
        with ExitStack() as stack:
            found = open_candidate(settings)
            assert found is not None
            stack.callback(found.close)
            yield found

    def sit(self, settings: Settings, *, again: bool = False) -> Grade:
        with self.candidate(settings) as candidate:
            return sit(candidate, self.sheets, exam_book(self.home, candidate), self.said.append, again=again)

    def grade(self, settings: Settings) -> Grade | None:
        with self.candidate(settings) as candidate:
            return grade_now(settings, candidate, self.base)


@pytest.fixture
def hall(course: Path, tmp_path: Path) -> Hall:
    return Hall(course, tmp_path / "home")


def test_a_judge_that_knows_passes_and_one_that_nods_at_everything_fails(hall: Hall) -> None:
    with openai_server(reply_by(knows(hall.course))) as server:
        grade = hall.sit(hall.settings(server))
        assert (grade.passed, grade.caught.value, grade.cut.value) == (True, 1.0, 0.0)
        assert hall.grade(hall.settings(server)) == grade
        assert len(server.requests) == len(hall.sheets)
    with openai_server(reply_by(lambda _: True)) as server:
        grade = hall.sit(hall.settings(server))
    assert (grade.passed, grade.caught.value, len(grade.let_through)) == (False, 0.0, 4)
    (first, second) = sorted((hall.home / "exam").glob("*.json"))
    assert {json.loads(path.read_text("utf-8"))["grade"]["passed"] for path in (first, second)} == {True, False}


def test_an_interrupted_exam_goes_on_where_it_was(hall: Hall) -> None:
    right = reply_by(knows(hall.course))

    def replies(request: Request) -> str | Reply:
        return Reply("down", status=503) if len(server.requests) == 3 else right(request)

    with openai_server(replies) as server:
        with pytest.raises(PlatformError, match="503"):
            hall.sit(hall.settings(server))
        assert hall.grade(hall.settings(server)) is None
        assert hall.sit(hall.settings(server)).passed
        assert len(server.requests) == len(hall.sheets) + 1
        assert hall.sit(hall.settings(server)).passed
        assert len(server.requests) == len(hall.sheets) + 1
        assert hall.sit(hall.settings(server), again=True).passed
        assert len(server.requests) == 2 * len(hall.sheets) + 1


def test_another_model_under_the_same_name_sits_from_the_start(hall: Hall) -> None:
    with ollama_server(reply_by(knows(hall.course))) as server:
        settings = hall.settings(server, model="ollama:judge")
        server.pages["/api/tags"] = {"models": [{"name": "judge:latest", "digest": "aaa"}]}
        assert hall.sit(settings).passed
        server.pages["/api/tags"] = {"models": [{"name": "judge:latest", "digest": "bbb"}]}
        assert hall.grade(settings) is None
        assert hall.sit(settings).passed
        assert len(server.requests) == 2 * len(hall.sheets)
        server.pages["/api/tags"] = {"models": [{"name": "judge:latest", "digest": "aaa"}]}
        assert hall.grade(settings) is not None


def test_after_an_edit_only_the_sheets_of_that_card_are_sat_again(hall: Hall) -> None:
    with openai_server(reply_by(knows(hall.course))) as server:
        hall.sit(hall.settings(server))
        path = hall.course / "two" / "masks.md"
        path.write_text(path.read_text("utf-8").replace("can be read by people", "can be read by machines"), encoding="utf-8")
        changed = Hall(hall.course, hall.home)
        assert changed.grade(hall.settings(server)) is None
        assert changed.sit(hall.settings(server)).passed
        assert len(server.requests) == len(hall.sheets) + 2


@pytest.mark.parametrize("reply", ["", "All sentences are fine.", '{"sentences": [{"sentence": 1, "no', "Alle Sätze stimmen.", "[]"])
def test_a_judge_that_answers_off_its_form_or_with_nothing_never_passes(hall: Hall, reply: str) -> None:
    with openai_server([Reply(reply)]) as server:
        grade = hall.sit(hall.settings(server))
    assert (grade.passed, grade.off_form, grade.cut.value) == (False, len(hall.sheets), 1.0)
    assert any("no judgement: openai:judge: the model's reply has not the form" in line for line in hall.said)


def test_a_base_model_that_writes_nothing_fails_and_its_exam_ends(hall: Hall) -> None:
    with openai_server([Reply("")]) as server:
        assert hall.sit(hall.settings(server, model="completion:base")).off_form == len(hall.sheets)


def test_a_judge_that_is_too_late_is_one_line_and_what_it_answered_is_kept(hall: Hall) -> None:
    right = reply_by(knows(hall.course))

    def replies(request: Request) -> str | Reply:
        return Reply("late", delay_s=5) if len(server.requests) == 2 else right(request)

    with openai_server(replies) as server:
        with pytest.raises(PlatformError, match=r"did not answer within 0\.5 s"):
            hall.sit(hall.settings(server, model_timeout_s=0.5))
        (path,) = (hall.home / "exam").glob("*.json")
        assert len(json.loads(path.read_text("utf-8"))["answers"]) == 1


def test_a_book_that_cannot_be_read_counts_as_none_with_one_line(hall: Hall, caplog: pytest.LogCaptureFixture) -> None:
    with openai_server(reply_by(knows(hall.course))) as server:
        hall.sit(hall.settings(server))
        (path,) = (hall.home / "exam").glob("*.json")
        path.write_bytes(path.read_bytes()[:-40])
        assert hall.grade(hall.settings(server)) is None
        assert [record.getMessage().count("\n") for record in caplog.records] == [0]
        assert hall.sit(hall.settings(server)).passed


def test_a_book_that_cannot_be_written_is_one_line(hall: Hall) -> None:
    hall.home.mkdir()
    (hall.home / "exam").write_text("no folder", encoding="utf-8")
    with openai_server(reply_by(knows(hall.course))) as server, pytest.raises(UsageError, match="can't be written to"):
        hall.sit(hall.settings(server))


def test_a_minicheck_model_on_ollama_is_asked_claim_by_claim(hall: Hall) -> None:
    true = knows(hall.course)

    def reply(request: Request) -> str:
        return "Yes" if true(request.body["messages"][-1]["content"].rpartition("answer is: ")[2].rpartition("Claim: ")[2]) else "No"

    with ollama_server(reply) as server:
        settings = hall.settings(server, model=None, judge="minicheck:ollama:bespoke-minicheck", judge_base_url=server.url)
        assert hall.sit(settings).passed
    assert len(server.requests) == 8
    (message,) = server.requests[0].body["messages"]
    assert message["content"].startswith("Document: ")
    assert server.requests[0].body["model"] == "bespoke-minicheck"


def test_a_course_without_an_exam_or_with_a_broken_one_says_so(small: Path) -> None:
    base, _ = read_knowledge(small)
    with pytest.raises(UsageError, match="has no exam for judges"):
        exam_sheets(small, base)
    (small / "exam").mkdir()
    (small / "exam" / "one.yaml").write_text("- card: labels\n", encoding="utf-8")
    with pytest.raises(AskwellError, match=r"the exam can't be read: exam/one\.yaml:1: question"):
        exam_sheets(small, base)
