"""`python -m tests.measure_wording QUESTIONS.jsonl --recording FOLDER`: figures of recorded drafts, and prompts that want a reply."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.app import open_service
from bot.command.arguments import to_stderr
from bot.service import Service
from bot.settings import Settings
from knowledge.errors import AskwellError
from tests.measure_wording.pending import as_text, read_replies, remove_done, update_sheets
from tests.measure_wording.questions import read_questions
from tests.measure_wording.recording import read_recording, write_json_lines
from tests.measure_wording.replay import replay, sat_exam
from tests.measure_wording.sentence_labels import planted, read_labels, take_labels, unlabelled, write_labels
from tests.measure_wording.wording_figures import figures

HINTS = {
    "understand": '{"id": "understand-…", "reply": {"questions": ["…"], "language": "…"}}',
    "write": '{"id": "write-…", "reply": "…"}',
    "judge": '{"id": "judge-…", "reply": {"sentences": […]}}',
    "exam": '{"id": "exam-…", "reply": {"sentences": […]}}',
    "label": '{"id": "label-…", "reply": {"false": [numbers of the false sentences]}}',
}


def parser() -> argparse.ArgumentParser:
    """Return the options of the command."""
    made = argparse.ArgumentParser(prog="python -m tests.measure_wording", description=__doc__)
    made.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl", help='a line each: "id" and "question", "turns" or "file"')
    made.add_argument(
        "--recording", type=Path, required=True, metavar="FOLDER", help="the recorded replies; FOLDER/pending has what wants one"
    )
    made.add_argument("--out", type=Path, metavar="OUT.jsonl", help="write the answer objects there")
    made.add_argument("--labels", type=Path, metavar="F", help="labels of the drafts' sentences; unlabelled drafts are written out too")
    made.add_argument("--planted", type=Path, metavar="F", help="words of the drafts that are exchanged for false ones")
    made.add_argument("--exam", action="store_true", help="let the recorded judge sit the course's exam first")
    made.add_argument("--home", type=Path, default=Path(".askwell"), help="where the index is (.askwell by default)")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Take in replies, replay the questions, write out what lacks a reply, and print the figures."""
    options = parser().parse_args(arguments)
    # Each prompt without a reply would be a line.
    logging.getLogger("bot.wording").setLevel(logging.ERROR)
    settings = Settings(_env_file=None, home=options.home)
    try:
        service = open_service(settings, with_ledger=False, progress=to_stderr)
        for line in measured(service, settings.knowledge_dir, options):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    except AskwellError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def measured(service: Service, knowledge: Path, options: argparse.Namespace) -> Iterator[str]:
    """Do what the options say, and yield the figures as lines.

    Raises:
        AskwellError: something can't be read or written, or labels have not their form.
    """
    questions, recording = read_questions(options.questions), read_recording(options.recording)
    labels = read_labels(options.labels) if options.labels else {}
    lies = planted(options.planted, recording.replies) if options.planted else {}
    recording.drafts = {draft: text for draft, (text, _) in lies.items()}
    false = {(draft, sentence): False for draft, (_, sentence) in lies.items()}
    # The judgements on planted sentences may be written by others, at the same time.
    folder = options.recording / ("pending_planted" if options.planted else "pending")
    replies = read_replies(folder)
    recording.waiting = {name: as_text(reply) for name, reply in replies.items()}
    if options.exam:
        grade = sat_exam(knowledge, service.library, recording)
        yield f"the judge's exam: {grade or 'not all sheets have a reply'}"
        if grade is None or not grade.passed:
            yield "the judge is not in office, so a learner would see no draft of these: they are judged by it all the same"
    outcomes = replay(service, knowledge, questions, recording)
    taken = replies.keys() - recording.waiting.keys()
    if taken:
        recording.save()
    wanted = dict(recording.missing)
    if options.labels:
        taken |= take_labels(replies, outcomes, labels)
        write_labels(options.labels, labels)
        wanted |= unlabelled(outcomes, labels | false)
    for step in dict.fromkeys(asked.step for asked in wanted.values()):
        update_sheets(folder, {name: asked for name, asked in wanted.items() if asked.step == step}, HINTS[step])
    remove_done(folder, recording.replies.keys() | taken)
    if options.out:
        write_json_lines(options.out, ({"id": each.question.id, **each.answer.model_dump(mode="json")} for each in outcomes))
    yield from figures(outcomes, labels | false)
    yield f"prompts without a reply, in {folder}: {len(wanted)}"
    for name in sorted(replies.keys() - taken):
        yield f"the reply to {name} is left where it is: no prompt has that id now"


if __name__ == "__main__":
    sys.exit(main())
