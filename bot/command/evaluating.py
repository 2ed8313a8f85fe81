"""`askwell evaluate`: the figures over labelled questions, with a report."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.answering.grounding.check import Check
from bot.answering.grounding.measured import claims_table, judged
from bot.answering.grounding.signals import SIGNALS
from bot.answering.values import Status
from bot.app import Service, open_service
from bot.settings import read_settings
from index.claims import are_claims, read_claims
from index.evaluation import Evaluation, Outcome, evaluate, run
from index.kernel import KernelModel
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
    command.add_argument("--unchecked", action="store_true", help="show the model's drafts as they come, to see what the check is worth")
    command.set_defaults(run=run_evaluate)


def run_evaluate(options: argparse.Namespace) -> int:
    """Answer all questions and judge all claims, print the figures, write the report."""
    claims = [claim for path in options.files if hold_claims(path) for claim in read_claims(path)]
    questions = [row for path in options.files if not hold_claims(path) for row in read_labelled(path)]
    settings = read_settings()
    service = open_service(settings, with_ledger=False, progress=lambda line: print(line, file=sys.stderr))
    if options.unchecked:
        if service.wording is None:
            raise UsageError("--unchecked shows a model's drafts: set ASKWELL_MODEL")
        service.wording.checks = False
    if claims:
        check = Check.over(service.library, KernelModel.for_model(service.library.model_identity, SIGNALS, settings.home))
        print(claims_table(claims, judged(claims, check)))
    if not questions:
        return 0
    drafts = Drafts()
    result = evaluate(run(questions, lambda question: outcome(service, question, drafts)))
    print(table(result))
    if service.improves:
        print(drafts.text())
    if options.compare is not None:
        print(compared(result, options.compare))
    if options.report is not None:
        try:
            write(result, options.report, title="Askwell: evaluation of " + ", ".join(path.name for path in options.files))
        except OSError as error:
            raise UsageError(f"can't write the report to {options.report}: {error.strerror}") from error
        print(f"report: {options.report / 'report.html'}")
    return 0


@dataclass
class Drafts:
    """What became of a model's drafts, and how long the curated and the final answers took. Units: milliseconds."""

    shown: int = 0
    asked: int = 0
    curated_ms: list[float] = field(default_factory=list)
    final_ms: list[float] = field(default_factory=list)

    def text(self) -> str:
        """Render it in two lines."""
        if not self.asked:
            return "the model was asked for no draft"
        times = f"curated answer after {statistics.median(self.curated_ms):.0f} ms, final after {statistics.median(self.final_ms):.0f} ms"
        return f"drafts shown: {self.shown} of {self.asked}\n{times} (medians)"


def outcome(service: Service, question: Labelled, drafts: Drafts | None = None) -> Outcome:
    """Answer one labelled question; where a model is configured, as it words it."""
    result = service.answer(question.conversation, hands_over=False)
    curated_ms = result.timings_ms.get("total", 0.0)
    if service.improves and result.pieces and drafts is not None:
        started = time.perf_counter()
        worded = service.word(result)
        result = worded.answer
        drafts.asked += 1
        drafts.shown += worded.passed
        drafts.curated_ms.append(curated_ms)
        drafts.final_ms.append(curated_ms + (time.perf_counter() - started) * 1000)
    return Outcome(
        question,
        result.status is Status.ANSWERED,
        tuple(card.slug for card in result.cards),
        result.answer,
        result.confidence,
        curated_ms,
    )


def hold_claims(path: Path) -> bool:
    """Say whether a file holds labelled claims; one that can't be read is left to whoever reads questions, who says so."""
    try:
        return are_claims(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return False


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
