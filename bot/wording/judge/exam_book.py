"""A judge's answers in the exam, kept in the home, so that an interrupted exam goes on and a grade outlives the process."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.wording.judge.candidate import Candidate
from bot.wording.judge.grade import Grade
from bot.wording.judge.sheets import Sheet, digest
from knowledge.errors import UsageError
from knowledge.files import write_atomically

log = logging.getLogger(__name__)

FOLDER = "exam"


@dataclass(frozen=True)
class ExamBook:
    """One judge's answers, in a file of their own: another model under the same name, or another prompt, has another file."""

    path: Path
    judge: dict[str, str]

    def answers(self) -> dict[str, list[str]]:
        """Return the answers by the sheets' keys; a file that can't be read counts as none."""
        try:
            kept: Any = json.loads(self.path.read_text(encoding="utf-8"))
            answers = {str(key): [str(ruling) for ruling in rulings] for key, rulings in kept["answers"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("the exam's answers in %s can't be read (%s), so it's sat from the start", self.path, error)
            return {}
        return answers

    def keep(self, answers: dict[str, list[str]], sheets: Sequence[Sheet], grade: Grade | None) -> None:
        """Keep the answers, and the grade once there is one, in one step.

        Raises:
            UsageError: the file can't be written.
        """
        # Answers to sheets that there are no more are let go.
        keys = {sheet.key for sheet in sheets}
        kept = {
            "judge": self.judge,
            "sheets": digest("".join(sorted(keys))),
            "grade": grade.row() if grade else None,
            "answers": {key: rulings for key, rulings in answers.items() if key in keys},
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, (json.dumps(kept, indent=1) + "\n").encode("utf-8"))
        except OSError as error:
            raise UsageError(f"the exam's answers can't be written to {self.path} ({error.strerror}): change its permissions") from error


@dataclass(frozen=True)
class KeptGrade:
    """A grade as it is kept: each share with its interval and the number of claims."""

    judge: str
    passed: bool
    false_caught: tuple[float, float, float, int]
    true_cut: tuple[float, float, float, int]


def kept_grades(home: Path) -> list[KeptGrade]:
    """Return the grades of all judges that have sat the exam in a home, by name; a book that can't be read is left out."""
    found = []
    for path in sorted((home / FOLDER).glob("*.json")):
        try:
            kept: Any = json.loads(path.read_text(encoding="utf-8"))
            name, grade = str(kept["judge"]["name"]), kept["grade"]
            if grade is not None:
                found.append(KeptGrade(name, bool(grade["passed"]), share_in(grade["false_caught"]), share_in(grade["true_cut"])))
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("the exam's grade in %s can't be read: %s", path, error)
    return sorted(found, key=lambda each: each.judge)


def share_in(kept: Sequence[Any]) -> tuple[float, float, float, int]:
    """Read a share, its interval and the number of claims.

    Raises:
        ValueError: it's none.
    """
    value, low, high, of = kept
    return float(value), float(low), float(high), int(of)


def exam_book(home: Path, candidate: Candidate) -> ExamBook:
    """Return the book of a candidate, as the model that its server has now.

    Raises:
        AskwellError: the server can't be reached, or the model's files are gone.
    """
    judge = {"name": candidate.name, "base_url": candidate.base_url, "server_says": candidate.says(), "version": candidate.version}
    readable = re.sub(r"[^\w.]+", "-", candidate.name).strip("-.")[:60]
    return ExamBook(home / FOLDER / f"{readable}-{digest(json.dumps(judge, sort_keys=True))[:12]}.json", judge)
