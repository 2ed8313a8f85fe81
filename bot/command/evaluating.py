"""`askwell evaluate`: the figures over labelled questions, with a report."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bot.answering.values import Status
from bot.app import Service, open_service
from bot.settings import read_settings
from index.evaluation import Evaluation, Outcome, evaluate, run
from index.labelled import Labelled, read_labelled
from index.report import table, write
from knowledge.errors import UsageError

Subparsers = Any


def add_commands(commands: Subparsers) -> None:
    """Add `evaluate`."""
    command = commands.add_parser("evaluate", help="the figures over labelled questions, with intervals")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl", help="labelled questions")
    command.add_argument("--report", type=Path, metavar="DIR", help="write report.html and report.json there")
    command.add_argument("--compare", type=Path, metavar="report.json", help="show the difference to an earlier report")
    command.set_defaults(run=run_evaluate)


def run_evaluate(options: argparse.Namespace) -> int:
    """Answer all questions, print the figures, write the report."""
    questions = [row for path in options.files for row in read_labelled(path)]
    service = open_service(read_settings(), with_ledger=False, progress=lambda line: print(line, file=sys.stderr))
    result = evaluate(run(questions, lambda question: outcome(service, question)))
    print(table(result))
    if options.compare is not None:
        print(compared(result, options.compare))
    if options.report is not None:
        try:
            write(result, options.report, title="Askwell: evaluation of " + ", ".join(path.name for path in options.files))
        except OSError as error:
            raise UsageError(f"can't write the report to {options.report}: {error.strerror}") from error
        print(f"report: {options.report / 'report.html'}")
    return 0


def outcome(service: Service, question: Labelled) -> Outcome:
    """Answer one labelled question."""
    result = service.answer(question.conversation, hands_over=False)
    return Outcome(
        question,
        result.status is Status.ANSWERED,
        tuple(card.slug for card in result.cards),
        result.answer,
        result.confidence,
        result.timings_ms.get("total", 0.0),
    )


def compared(result: Evaluation, path: Path) -> str:
    """Render how every figure differs from an earlier report's."""
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
