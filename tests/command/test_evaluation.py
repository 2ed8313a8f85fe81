"""`askwell evaluate` prints the figures, writes the report, compares with an earlier one, and names every broken line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.command.evaluation import compared, outcome
from bot.service import Service
from index.evaluate.figures import evaluate, run
from index.evaluate.labelled_questions import Labelled, read_labelled
from knowledge.errors import UsageError
from tests.collected import failing
from tests.command.said import Run, refused

ROWS = (
    {"id": "in", "question": "how does masked language modelling work?", "slugs": ["masked-language-modeling"], "must": ["mask|hid"]},
    {"id": "typo", "question": "wat is supervized lerning", "slugs": ["supervised-learning"], "style": "typos"},
    {"id": "out", "question": "which bus goes to the harbour?", "kind": "off_topic"},
    {"id": "talk", "turns": ["What is catastrophic forgetting?", "why?"], "slugs": ["catastrophic-forgetting"]},
)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    path = tmp_path / "earlier.json"
    figures = {"in scope": {"right card first": {"value": 0.25}}, "of another time": {"right": {"value": 1.0}}}
    path.write_text(json.dumps({"figures": figures}), encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_file_is_evaluated_reported_and_compared(run_command: Run, home: Path, questions: Path, earlier: Path, tmp_path: Path) -> None:
    said = run_command("evaluate", questions, "--report", tmp_path / "deep" / "report", "--compare", earlier)
    assert said.status == 0, said.err
    assert "in scope (1)\n  right card first         1.000 [1.000, 1.000]\n" in said.out
    for line in ("noisy (1)", "follow-ups (1)", "out of scope (1)", "  declined                 1.000 [1.000, 1.000]", "calibration error"):
        assert line in said.out, line
    assert f"against {earlier}:\n  in scope: right card first 0.250 -> 1.000 (+0.750)\n" in said.out
    assert "of another time" not in said.out
    report = json.loads((tmp_path / "deep" / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["figures"]["out of scope"]["declined"]["value"] == 1.0
    page = (tmp_path / "deep" / "report" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    assert "questions.jsonl" in page
    assert not (home / "ledger.sqlite3").exists(), "an evaluation is not entered into the ledger"


def test_a_file_with_broken_lines_is_refused_with_each_of_them_named(run_command: Run, questions: Path) -> None:
    with questions.open("a", encoding="utf-8") as file:
        file.write('{"id": "x"\n\n{"id": "y"}\n' + json.dumps(ROWS[0]) + "\n")
    line = refused(run_command("evaluate", questions), 2)
    assert line.startswith(f"askwell: {questions}: line 5: not JSON; line 7: ")
    assert "line 8: the id 'in' is given twice" in line


def test_an_outcome_says_what_came_back_for_a_labelled_question(service: Service) -> None:
    found = outcome(service, Labelled.model_validate(ROWS[0]))
    assert found.right
    assert found.latency_ms > 0
    assert 0 <= found.confidence <= 1
    declined = outcome(service, Labelled.model_validate(ROWS[2]))
    assert not declined.answered
    assert "no mentor has been asked" in declined.text


NO_REPORTS = (None, "", "{", "[]", "3", "{}", '{"figures": []}', '{"figures": {"in scope": 3}}', '{"figures": {"in scope": {"right": 1}}}')


def test_what_is_no_report_is_not_compared_with(service: Service, questions: Path, tmp_path: Path) -> None:
    result = evaluate(run(read_labelled(questions)[2:3], lambda question: outcome(service, question)))

    def is_refused(content: str | None) -> None:
        if content is not None:
            (tmp_path / "report.json").write_text(content, encoding="utf-8")
        with pytest.raises(UsageError, match="is no report of 'askwell evaluate --report'"):
            compared(result, tmp_path / "report.json")

    assert failing(is_refused, [(content,) for content in NO_REPORTS]) == {}
