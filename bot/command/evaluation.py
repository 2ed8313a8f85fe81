"""`askwell evaluate`: figures over labelled questions, and a report."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from bot.app import open_service
from bot.command.arguments import Subparsers, add_command, to_stderr
from bot.service import Service
from bot.settings import read_settings
from bot.values import Answer, Status
from index.evaluate.figures import Evaluation, LabelledOutcome, evaluate, run
from index.evaluate.labelled_questions import Labelled, read_labelled
from index.evaluate.report import table, write
from knowledge.errors import UsageError


def add_commands(commands: Subparsers) -> None:
    """Add `evaluate`."""
    command = add_command(commands, "evaluate", run_evaluate, "figures over labelled questions, with intervals")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl", help="labelled questions")
    command.add_argument("--report", type=Path, metavar="DIR", help="write report.html and report.json there")
    command.add_argument("--compare", type=Path, metavar="report.json", help="show the difference to an earlier report")


def run_evaluate(options: argparse.Namespace) -> int:
    """Answer all questions, print the figures, write the report."""
    questions = [row for path in options.files for row in read_labelled(path)]
    settings = read_settings()
    service = open_service(settings, with_ledger=False, progress=to_stderr)
    outcomes = run(questions, lambda question: outcome(service, question))
    result = evaluate(outcomes)
    print(table(result))
    if service.improves:
        print(with_model(service, outcomes))
    if options.compare is not None:
        print(compared(result, options.compare))
    if options.report is not None:
        try:
            write(result, options.report, title="Askwell: evaluation of " + ", ".join(path.name for path in options.files))
        except OSError as error:
            raise UsageError(f"can't write the report to {options.report}: {error.strerror}") from error
        print(f"report: {options.report / 'report.html'}")
    return 0


def outcome(service: Service, question: Labelled) -> LabelledOutcome:
    """Answer one labelled question out of the cards."""
    return outcome_of(question, service.answer(question.conversation, hands_over=False))


def outcome_of(question: Labelled, result: Answer) -> LabelledOutcome:
    """Return the outcome of a labelled question that was answered so."""
    return LabelledOutcome(
        question,
        result.status is Status.ANSWERED,
        tuple(card.slug for card in result.cards),
        result.answer,
        result.confidence,
        result.timings_ms.get("total", 0.0),
    )


def with_model(service: Service, curated: Sequence[LabelledOutcome]) -> str:
    """Have the model answer every question, and render the figures with and without the check."""
    checked, unchecked = [], []
    shown = asked = 0
    final_ms = []
    for each in curated:
        answer = service.answer(each.labelled.conversation, hands_over=False)
        started = time.perf_counter()
        worded = service.word(answer)
        checked.append(outcome_of(each.labelled, worded.answer))
        unchecked.append(outcome_of(each.labelled, answer.model_copy(update={"answer": worded.draft or worded.answer.answer})))
        if worded.answer.checks:
            asked += 1
            shown += worded.passed
            final_ms.append(each.latency_ms + (time.perf_counter() - started) * 1000)
    lines = [f"with {service.wording.writer.name if service.wording else 'no model'}, what passed:", figures(checked)]
    lines += ["the same drafts, unchecked:", figures(unchecked), f"shown: {shown} of {asked}"]
    if final_ms:
        soon = statistics.median(each.latency_ms for each in curated)
        lines.append(f"curated answer after {soon:.0f} ms, final after {statistics.median(final_ms):.0f} ms (medians)")
    return "\n".join(lines)


def figures(outcomes: Sequence[LabelledOutcome]) -> str:
    """Render the figures that a model's wording can change, a line for each kind of question."""
    lines = []
    for group, named in evaluate(outcomes).groups.items():
        wanted = [f"{name} {named[name]}" for name in ("right", "false claim") if name in named]
        if wanted:
            lines.append(f"  {group}: {', '.join(wanted)}")
    return "\n".join(lines)


def compared(result: Evaluation, path: Path) -> str:
    """Render the difference of every figure to an earlier report."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["figures"]
        earlier = {(group, name): float(figure["value"]) for group, figures in rows.items() for name, figure in figures.items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise UsageError(f"{path} is no report of 'askwell evaluate --report': {error}") from error
    lines = [f"against {path}:"]
    for group, figures in result.groups.items():
        for name, figure in figures.items():
            before = earlier.get((group, name))
            if before is not None:
                lines.append(f"  {group}: {name} {before:.3f} -> {figure.value:.3f} ({figure.value - before:+.3f})")
    return "\n".join(lines)
