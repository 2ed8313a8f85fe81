"""The grade of a judge: the share of false claims that it caught and of true ones that it cut, with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.wording.judge.judgement import Ruling
from bot.wording.judge.sheets import ExamClaim, Sheet

CAUGHT_AT_LEAST = 0.95
CUT_AT_MOST = 0.08
# The 97.5th percentile of the normal distribution, for intervals of 95 %.
Z = 1.96

# The rulings on a sheet's claims, in their order; none if the judge's reply was no judgement.
Answers = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Counted:
    """A share of claims."""

    found: int
    of: int

    @property
    def value(self) -> float:
        """Return the share."""
        return self.found / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Return Wilson's 95 % interval, which is right near 0 and 1 too.

        Source: Wilson, Probable Inference, the Law of Succession, and Statistical Inference (1927).
        """
        if not self.of:
            return 0.0, 1.0
        share, spread = self.value, Z * Z / self.of
        middle = (share + spread / 2) / (1 + spread)
        half = Z * math.sqrt(share * (1 - share) / self.of + spread / (4 * self.of)) / (1 + spread)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.3f} [{low:.3f}, {high:.3f}]"


@dataclass(frozen=True)
class Grade:
    """How a judge did; `off_form` are the sheets that it answered with no judgement, whose claims all count as cut."""

    caught: Counted
    cut: Counted
    off_form: int
    let_through: tuple[ExamClaim, ...] = ()
    wrongly_cut: tuple[ExamClaim, ...] = ()

    @property
    def passed(self) -> bool:
        """Return whether the judge may judge drafts."""
        return self.caught.of > 0 and self.cut.of > 0 and self.caught.value >= CAUGHT_AT_LEAST and self.cut.value <= CUT_AT_MOST

    def __str__(self) -> str:
        off = f", {self.off_form} sheets answered off the form" if self.off_form else ""
        return f"{'passed' if self.passed else 'failed'} (false caught {self.caught}, true cut {self.cut}{off})"

    def row(self) -> dict[str, Any]:
        """Return the grade in the form in which it is kept."""
        return {
            "passed": self.passed,
            "false_caught": [round(self.caught.value, 4), *(round(each, 4) for each in self.caught.interval), self.caught.of],
            "true_cut": [round(self.cut.value, 4), *(round(each, 4) for each in self.cut.interval), self.cut.of],
            "off_form": self.off_form,
        }


def grade_of(sheets: Sequence[Sheet], answers: Answers) -> Grade | None:
    """Return the grade for the answers to all sheets; None while one of them is unanswered, or if there is none."""
    if not sheets or any(sheet.key not in answers for sheet in sheets):
        return None
    kept = [(claim, keeps) for sheet in sheets for claim, keeps in zip(sheet.claims, keepings(sheet, answers[sheet.key]), strict=True)]
    false = [(claim, keeps) for claim, keeps in kept if not claim.holds]
    true = [(claim, keeps) for claim, keeps in kept if claim.holds]
    let_through = tuple(claim for claim, keeps in false if keeps)
    wrongly_cut = tuple(claim for claim, keeps in true if not keeps)
    off_form = sum(not answers[sheet.key] for sheet in sheets)
    return Grade(
        Counted(len(false) - len(let_through), len(false)), Counted(len(wrongly_cut), len(true)), off_form, let_through, wrongly_cut
    )


def keepings(sheet: Sheet, rulings: Sequence[str]) -> list[bool]:
    """Return for each claim of a sheet whether the judge would keep it."""
    if len(rulings) != len(sheet.claims):
        return [False] * len(sheet.claims)
    return [ruling == Ruling.SUPPORTED.value for ruling in rulings]
