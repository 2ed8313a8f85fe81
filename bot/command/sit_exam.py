"""`askwell exam`: the configured judge sits the course's exam, and its grade is printed."""

from __future__ import annotations

import argparse

from bot.command.arguments import Subparsers, add_command, to_stderr
from bot.settings import read_settings
from bot.wording.judge.candidate import open_candidate
from bot.wording.judge.exam_book import FOLDER, exam_book
from bot.wording.judge.grade import CAUGHT_AT_LEAST, CUT_AT_MOST
from bot.wording.judge.sheets import ExamClaim
from bot.wording.judge.sitting import exam_sheets, sit
from knowledge.errors import UsageError
from knowledge.files import why_not_writable
from knowledge.reading.base import read_knowledge
from knowledge.reading.exam import one_line

SHOWN_MISSES = 5


def add_commands(commands: Subparsers) -> None:
    """Add `exam`."""
    command = add_command(commands, "exam", run_exam, "let the judge of drafts sit the course's exam, from where it was interrupted")
    command.add_argument("--again", action="store_true", help="forget what it has answered, and start from the first sheet")


def run_exam(options: argparse.Namespace) -> int:
    """Let the judge sit the exam; the status is 0 if it passed, and 1 if it failed."""
    settings = read_settings()
    base, _ = read_knowledge(settings.knowledge_dir)
    candidate = open_candidate(settings)
    if candidate is None:
        raise UsageError("there is no model that could sit the exam: set ASKWELL_MODEL, or ASKWELL_JUDGE")
    try:
        if why := why_not_writable(settings.home / FOLDER):
            raise UsageError(f"the answers can't be kept in {settings.home / FOLDER}: {why}")
        sheets = exam_sheets(settings.knowledge_dir, base)
        claims = sum(len(sheet.claims) for sheet in sheets)
        book = exam_book(settings.home, candidate)
        to_stderr(f"{candidate.name} sits the exam: {claims} claims on {len(sheets)} sheets …")
        grade = sit(candidate, sheets, book, to_stderr, again=options.again)
    finally:
        candidate.close()
    print(f"{candidate.name} {grade}")
    if not grade.passed:
        print(f"To pass, it has to catch {CAUGHT_AT_LEAST:.2f} of the false claims and cut {CUT_AT_MOST:.2f} of the true ones at most.")
    for title, missed in (("False, and let through", grade.let_through), ("True, and cut", grade.wrongly_cut)):
        if missed:
            print(f"{title} ({len(missed)}), for example:")
            print("\n".join(f"- {shown(claim)}" for claim in missed[:SHOWN_MISSES]))
    return 0 if grade.passed else 1


def shown(claim: ExamClaim) -> str:
    """Return a claim with its card and what the card says."""
    said = " ".join(one_line(sentence) for sentence in claim.pair.decided_by)
    return f"{claim.text} ({claim.pair.card}: “{said}”)"
