"""Replies are recorded stage by stage and replayed through the real chain, with the figures that follow from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.service import Service
from bot.values import Composer, Status
from bot.wording.judge.grade import CUT_AT_MOST
from bot.wording.judge.judgement import Ruling
from bot.wording.judge.sheets import ExamClaim
from bot.wording.judge.sitting import exam_sheets
from bot.wording.prompt.judging import judging_prompt
from bot.wording.prompt.templates import UNDERSTAND, prompt_file
from knowledge.errors import UsageError
from tests.conftest import KNOWLEDGE
from tests.measure_wording.__main__ import measured, parser
from tests.measure_wording.questions import SAMPLE, read_questions
from tests.measure_wording.recording import Asked, Recording, read_recording
from tests.measure_wording.replay import replay, sat_exam
from tests.measure_wording.sentence_labels import planted

RECORDED = Path(__file__).parents[1] / "recorded" / "good_writer"
UNDERSTOOD = {"questions": ["Is masked language modelling supervised?"], "language": "English"}
SELF = "No, masked language modelling is self-supervised"
HIDES = "It hides some tokens of a text and predicts them"
FALSE = "Annotators write the labels"
DRAFT = f"{SELF} [1]. {HIDES} [1]. {FALSE} [1]."

Run = Callable[..., list[str]]


@pytest.fixture
def run(service: Service, tmp_path: Path) -> Run:
    """Run the command on one question; `replies` are what a person wrote to the prompts of a step."""
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"id": "q1", "question": "Is MLM supervised?"}) + "\n", encoding="utf-8")
    folder = tmp_path / "recording"

    def once(*more: str, pending: str = "pending", **replies: Any) -> list[str]:
        for step, reply in replies.items():
            (name,) = [line.split()[1] for line in sheet(folder, step, pending).splitlines() if line.startswith(f"=== {step}-")]
            line = json.dumps({"id": name, "reply": reply}) + "\n"
            (folder / pending / f"{step}-01.replies.jsonl").write_text(line, encoding="utf-8")
        options = parser().parse_args([str(questions), "--recording", str(folder), *more])
        return list(measured(service, KNOWLEDGE, options))

    return once


def sheet(folder: Path, step: str, pending: str = "pending") -> str:
    return (folder / pending / f"{step}-01.md").read_text(encoding="utf-8")


def judged(*rulings: Ruling) -> dict[str, Any]:
    rows = [{"sentence": number, "notes": [1], "differs": "", "ruling": each.value} for number, each in enumerate(rulings, start=1)]
    return {"sentences": rows}


def found(lines: list[str], words: str) -> str:
    return next(line for line in lines if words in line)


def test_each_run_asks_for_the_next_reply_until_the_answer_and_the_figures_are_there(run: Run, tmp_path: Path) -> None:
    assert "without a reply to 'understand': 1 questions" in run()
    assert "Is MLM supervised?" in sheet(tmp_path / "recording", "understand")
    assert "without a reply to 'write': 1 questions" in run(understand=UNDERSTOOD)
    assert sorted(path.name for path in (tmp_path / "recording" / "pending").iterdir()) == ["write-01.md"]
    assert "[1] " in sheet(tmp_path / "recording", "write")
    assert "without a reply to 'judge': 1 questions" in run(write=DRAFT)
    assert FALSE in sheet(tmp_path / "recording", "judge")
    out = tmp_path / "out.jsonl"
    lines = run("--out", str(out), judge=judged(Ruling.SUPPORTED, Ruling.SUPPORTED, Ruling.UNSUPPORTED))
    assert found(lines, "drafts shown").startswith("drafts shown: 1.000")
    assert found(lines, "words of a shown draft") == "words of a shown draft, median: 16"
    answer = json.loads(out.read_text(encoding="utf-8"))
    assert (answer["id"], answer["composer"], answer["model"]) == ("q1", "model", "recorded:writer")
    assert answer["answer"] == f"{SELF} [1]. {HIDES} [1]."
    assert list((tmp_path / "recording" / "pending").iterdir()) == []


def test_labels_say_which_true_sentences_were_cut_and_which_false_ones_let_through(run: Run, tmp_path: Path) -> None:
    labels = ("--labels", str(tmp_path / "labels.jsonl"))
    run()
    run(understand=UNDERSTOOD)
    run(write=DRAFT)
    run(*labels, judge=judged(Ruling.SUPPORTED, Ruling.UNSUPPORTED, Ruling.SUPPORTED))
    assert f"(3) {FALSE}." in sheet(tmp_path / "recording", "label")
    lines = run(*labels, label={"false": [3]})
    assert found(lines, "true sentences cut").startswith("true sentences cut: 0.500 ")
    assert found(lines, "false sentences let through").startswith("false sentences let through: 1.000 ")
    assert run(*labels) == lines, "labels are kept"


def test_a_false_sentence_put_into_a_draft_is_judged_again_and_counted_as_false(run: Run, tmp_path: Path) -> None:
    run()
    run(understand=UNDERSTOOD)
    run(write=DRAFT)
    run(judge=judged(*[Ruling.SUPPORTED] * 3))
    (draft,) = (name for name in read_recording(tmp_path / "recording").replies if name.startswith("write-"))
    path = tmp_path / "planted.jsonl"
    path.write_text(json.dumps({"draft": draft, "true": "self-supervised", "false": "supervised"}) + "\n", encoding="utf-8")
    options = ("--planted", str(path))
    assert "without a reply to 'judge': 1 questions" in run(*options)
    assert "(1) No, masked language modelling is supervised." in sheet(tmp_path / "recording", "judge", "pending_planted")
    lines = run(*options, pending="pending_planted", judge=judged(Ruling.CONTRADICTED, Ruling.SUPPORTED, Ruling.SUPPORTED))
    assert found(lines, "false sentences let through") == "false sentences let through: 0.000 [0.000, 0.793] of 1"
    assert "the notes contradict what it says first" in found(lines, "not shown")
    assert found(run(), "drafts shown").startswith("drafts shown: 1.000"), "the draft itself is as it was"
    path.write_text(json.dumps({"draft": draft, "true": "nowhere", "false": "x"}) + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match="is no recorded draft that has the words of 'true' once"):
        run(*options)


def test_a_reply_to_no_prompt_is_named_and_left_where_it_is(run: Run, tmp_path: Path) -> None:
    run()
    path = tmp_path / "recording" / "pending" / "write-01.replies.jsonl"
    path.write_text('{"id": "write-0123456789ab", "reply": "x"}\n', encoding="utf-8")
    assert run()[-1] == "the reply to write-0123456789ab is left where it is: no prompt has that id now"
    assert path.exists()


def test_a_recording_whose_text_was_changed_is_refused(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.take(Asked("write", (("human", "What is MLM?"),)), "It hides tokens.")
    recording.save()
    assert read_recording(tmp_path).replies == recording.replies
    texts = tmp_path / "texts.jsonl"
    texts.write_text(texts.read_text(encoding="utf-8").replace("What", "Who"), encoding="utf-8")
    with pytest.raises(UsageError, match="is not the one that it was recorded for"):
        read_recording(tmp_path)


@pytest.mark.parametrize(("keeps", "passed"), [(lambda claim: claim.holds, True), (lambda claim: True, False)])
def test_a_judge_is_in_office_by_its_recorded_exam_replies(
    keeps: Callable[[ExamClaim], bool], passed: bool, service: Service, tmp_path: Path
) -> None:
    recording = Recording(tmp_path)
    assert sat_exam(KNOWLEDGE, service.library, recording) is None
    sheets = exam_sheets(KNOWLEDGE, service.library.base)
    assert len(recording.missing) == len(sheets)
    for each in sheets:
        messages = judging_prompt(each.asked, each.notes, each.sentences).messages
        asked = Asked("exam", tuple((message.type, message.text) for message in messages))
        rulings = [Ruling.SUPPORTED if keeps(claim) else Ruling.CONTRADICTED for claim in each.claims]
        recording.waiting[asked.id] = json.dumps(judged(*rulings))
    grade = sat_exam(KNOWLEDGE, service.library, recording)
    assert grade is not None
    assert grade.passed is passed
    assert grade.cut.value <= CUT_AT_MOST


def test_each_planted_sentence_is_put_into_a_recorded_draft() -> None:
    assert len(planted(RECORDED / "planted.jsonl", read_recording(RECORDED).replies)) > 150


def test_the_sample_names_170_labelled_questions() -> None:
    assert len({question.id for question in read_questions(SAMPLE)}) == 170


def test_recorded_drafts_and_judgements_are_replayed_to_answers_that_cite_their_cards(service: Service) -> None:
    recording = read_recording(RECORDED)
    rules = {asked.messages[0][1] for asked in recording.prompts.values()}
    if not {prompt_file(UNDERSTAND).rules, prompt_file().rules} <= rules:
        pytest.skip("the prompts were changed since, so the recording wants other replies")
    drafted = [each for each in replay(service, KNOWLEDGE, read_questions(SAMPLE)[::20], recording) if each.draft]
    if not drafted:
        pytest.skip("the examples or the cards of all these questions were changed since, so the recording wants other replies")
    for each in drafted:
        assert each.prompt is not None
        assert each.draft.split() == recording.replies[each.prompt.id].split()
    shown = [each.answer for each in drafted if each.shown]
    assert shown, "no recorded draft is shown any more: run the command of docs/internals/recorded-model.md"
    for answer in shown:
        assert (answer.composer, answer.status) == (Composer.MODEL, Status.ANSWERED)
        assert answer.cited
        assert "[1]" in answer.answer
