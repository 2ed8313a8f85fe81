"""`askwell exam` and what the doctor says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command.said import Run, done, refused
from tests.model_servers.openai_stand_in import openai_server
from tests.model_servers.stand_in import Reply
from tests.wording.judge.examinee import knows, reply_by, with_exam


@pytest.fixture
def course(small: Path) -> Path:
    return with_exam(small)


def test_without_a_model_or_an_exam_there_is_one_line(run: Run, small: Path) -> None:
    assert "no model that could sit the exam: set ASKWELL_MODEL, or ASKWELL_JUDGE" in refused(run("exam"), 2)
    assert "this course has no exam" in refused(run("exam", model="ollama:x"), 2)


def test_a_judge_sits_and_its_grade_and_errors_are_printed(run: Run, course: Path) -> None:
    with openai_server(reply_by(knows(course))) as server:
        given = {"model": "openai:judge", "model_base_url": server.url}
        assert "openai:judge hasn't sat the exam: run 'askwell exam'" in run("doctor", **given).out
        said = run("exam", **given)
        assert said.status == 0
        assert said.out == "openai:judge passed (false caught 1.000 [0.510, 1.000], true cut 0.000 [0.000, 0.490])\n"
        assert said.err.splitlines()[:2] == ["openai:judge sits the exam: 8 claims on 4 sheets …", "sheet 1 of 4"]
        assert "ok    judge     openai:judge passed (false caught 1.000" in run("doctor", **given).out
    with openai_server(reply_by(lambda sentence: "person" in sentence)) as server:
        said = run("exam", model="openai:judge", model_base_url=server.url)
    assert said.status == 1
    assert "openai:judge failed (false caught 0.500" in said.out
    assert "To pass, it has to catch 0.95 of the false claims and cut 0.08 of the true ones at most." in said.out
    assert "False, and let through (2), for example:\n- A person makes labels. (labels: “Labels are made by a program.”)" in said.out
    assert "True, and cut (4), for example:" in said.out
    with openai_server(reply_by(lambda sentence: "person" in sentence)) as server:
        given = {"model": "openai:judge", "model_base_url": server.url}
        run("exam", **given)
        told = run("doctor", **given).out
    assert "FAIL  judge     openai:judge failed (false caught 0.500" in told
    assert "so no drafts are judged: set ASKWELL_JUDGE to a better one" in told


def test_a_server_that_breaks_off_is_one_line_and_the_exam_goes_on_later(run: Run, course: Path) -> None:
    right = reply_by(knows(course))
    with openai_server(lambda request: Reply("", status=503) if len(server.requests) == 3 else right(request)) as server:
        given = {"model": "openai:judge", "model_base_url": server.url, "model_retries": 0}
        said = run("exam", **given)
        assert (said.status, said.out) == (1, "")
        assert said.err.splitlines()[-1].startswith("askwell: the server of the model openai:judge answered with status 503")
        assert "sheet 3 of 4" in run("exam", **given).err
    assert len(server.requests) == 5


def test_the_doctor_needs_no_exam(run: Run, small: Path) -> None:
    with openai_server(["x"]) as server:
        told = run("doctor", model="openai:judge", model_base_url=server.url).out
    assert "ok    judge     this course has no exam (exam/*.yaml), so no drafts are judged" in told


def test_the_doctor_needs_no_judge(run: Run) -> None:
    assert "ok    judge     no language model set, so there are no drafts to judge" in run("doctor").out
    assert done(run("exam", "--help")).startswith("usage: askwell exam")
