"""A judge is in office while its grade holds for the model, the prompt and the cards as they are; why it isn't is said once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from bot.settings import Settings
from bot.wording.judge.candidate import open_candidate
from bot.wording.judge.exam_book import exam_book
from bot.wording.judge.passed_judge import ASKED_AGAIN_S, ASKED_EVERY_S, PassedJudge
from bot.wording.judge.sitting import exam_sheets, sit
from index.search.library import Library
from knowledge.reading.base import KnowledgeBase, read_knowledge
from tests.model_servers.ollama_stand_in import ollama_server
from tests.model_servers.openai_stand_in import openai_server
from tests.model_servers.stand_in import StandIn
from tests.wording.judge.examinee import knows, reply_by


class Cards:
    """As much of a library as is looked at."""

    def __init__(self, base: KnowledgeBase) -> None:
        self.base = base


def library(course: Path) -> Library:
    return cast(Library, Cards(read_knowledge(course)[0]))


def settings(course: Path, server: StandIn, **more: Any) -> Settings:
    given = {"model": "ollama:judge", "model_base_url": server.url, "model_retries": 0, **more}
    return Settings(_env_file=None, home=course.parent / "home", knowledge_dir=course, **given)


def sit_it(configured: Settings) -> None:
    candidate = open_candidate(configured)
    assert candidate is not None
    sheets = exam_sheets(configured.knowledge_dir, read_knowledge(configured.knowledge_dir)[0])
    sit(candidate, sheets, exam_book(configured.home, candidate), lambda _: None)
    candidate.close()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def in_office(configured: Settings, clock: Clock) -> Iterator[PassedJudge]:
    passed = PassedJudge(configured, clock=clock)
    try:
        yield passed
    finally:
        passed.close()


def test_without_a_model_there_is_no_judge_and_nothing_to_say(course: Path, caplog: pytest.LogCaptureFixture) -> None:
    with in_office(Settings(_env_file=None, knowledge_dir=course), Clock()) as passed:
        assert passed(library(course)) is None
    assert caplog.records == []


def test_a_judge_that_has_not_sat_is_named_once_and_is_in_office_as_soon_as_it_has(course: Path, caplog: pytest.LogCaptureFixture) -> None:
    with ollama_server(reply_by(knows(course))) as server, in_office(configured := settings(course, server), Clock()) as passed:
        cards = library(course)
        with caplog.at_level(logging.WARNING):
            assert [passed(cards), passed(cards)] == [None, None]
        assert [record.getMessage() for record in caplog.records] == [
            "drafts are not judged: ollama:judge hasn't sat the exam: run 'askwell exam'"
        ]
        assert server.requests == []
        sit_it(configured)
        judge = passed(cards)
        assert judge is not None
        assert judge.name == "ollama:judge"


def test_a_judge_that_failed_is_not_in_office(course: Path, caplog: pytest.LogCaptureFixture) -> None:
    with openai_server(reply_by(lambda _: True)) as server:
        configured = settings(course, server, model="openai:judge")
        sit_it(configured)
        with in_office(configured, Clock()) as passed:
            assert passed(library(course)) is None
    assert "openai:judge failed (false caught 0.000" in caplog.text


def test_a_change_of_the_model_the_cards_or_the_exam_ends_its_office(course: Path) -> None:
    clock = Clock()
    with ollama_server(reply_by(knows(course))) as server:
        server.pages["/api/tags"] = {"models": [{"name": "judge", "digest": "aaa"}]}
        configured = settings(course, server)
        sit_it(configured)
        with in_office(configured, clock) as passed:
            before = library(course)
            assert passed(before)
            server.pages["/api/tags"] = {"models": [{"name": "judge", "digest": "bbb"}]}
            assert passed(before), "the server is not asked for each draft"
            clock.now += ASKED_EVERY_S
            assert passed(before) is None
            server.pages["/api/tags"] = {"models": [{"name": "judge", "digest": "aaa"}]}
            clock.now += ASKED_EVERY_S
            assert passed(before)
            masks = course / "two" / "masks.md"
            masks.write_text(masks.read_text("utf-8").replace("can be read by people", "can be read by machines"), encoding="utf-8")
            assert passed(library(course)) is None
            assert passed(before)
            exam = course / "exam" / "all.yaml"
            exam.write_text(exam.read_text("utf-8").replace("A person makes labels", "A human makes labels"), encoding="utf-8")
            assert passed(before) is None


def test_while_the_server_is_away_there_is_no_judge_and_a_moment_later_it_is_asked_again(
    course: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    cards = library(course)
    with openai_server(reply_by(knows(course))) as server:
        configured = settings(course, server, model="openai:judge")
        sit_it(configured)
        page = server.pages["/v1/models"] = {"data": [{"id": "judge", "created": 1, "meta": {"size": 5}}]}
        sit_it(configured)
        with in_office(configured, clock) as passed:
            assert passed(cards)
            page["data"][0]["created"] = 2
            clock.now += ASKED_EVERY_S
            assert passed(cards), "when it was started says nothing of the model"
            server.server_close()
            server.shutdown()
            clock.now += ASKED_EVERY_S
            assert [passed(cards), passed(cards)] == [None, None]
            clock.now += ASKED_AGAIN_S
            assert passed(cards) is None
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [f"drafts are not judged: the server of the model openai:judge can't be reached at {server.url[7:-3]}"]
