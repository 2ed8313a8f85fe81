"""First and second marks of the same labelled questions are compared: settled or not, and by which passages."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from index.evaluate.figures import Figure, share
from index.evaluate.labelled_questions import QUESTIONS, Labelled, labelled_to_fit
from knowledge.errors import UsageError
from knowledge.json_lines import read_json_lines

SECOND_MARKS = QUESTIONS / "second_marks.jsonl"


class SecondMark(BaseModel):
    """What settles one labelled question and what is near, marked a second time without a look at the first mark."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    settles: tuple[str, ...]
    near: tuple[str, ...] = ()


@dataclass(frozen=True)
class Agreement:
    """The figures over questions that both marked, the ids on which the two differ, and how many the first left unmarked."""

    same_outcome: Figure
    kappa: float
    # Both over the questions that both call settled; none where there is no such question.
    overlap: Figure | None
    same_first: Figure | None
    settled_by_one: tuple[str, ...]
    no_passage_in_common: tuple[str, ...]
    unmarked: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how far the second marks agree with the labels that are learned from."""
    parser = argparse.ArgumentParser(prog="python -m index.evaluate.agreement")
    parser.add_argument("--marks", type=Path, default=SECOND_MARKS, help="the file of second marks")
    options = parser.parse_args(arguments)
    try:
        found = agreement(labelled_to_fit(), read_json_lines(options.marks, SecondMark.model_validate))
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    print(shown(found))
    return 0


def agreement(first: Iterable[Labelled], second: Sequence[SecondMark]) -> Agreement:
    """Compare first and second marks of the same questions.

    Raises:
        UsageError: a second mark is of no question that is there, two are of one, or no question has both marks.
    """
    pairs = paired({row.id: row for row in first}, second)
    marked = [(row.id, row.settles, mark.settles) for row, mark in pairs if row.settles is not None]
    if not marked:
        raise UsageError("no question has both marks: there is nothing to compare")
    outcomes = [(bool(one), bool(two)) for _, one, two in marked]
    both = [(name, one, two) for name, one, two in marked if one and two]
    return Agreement(
        share([one == two for one, two in outcomes]),
        kappa(outcomes),
        share([bool(halves(one) & halves(two)) for _, one, two in both]) if both else None,
        share([one[0] == two[0] for _, one, two in both]) if both else None,
        tuple(name for name, one, two in marked if bool(one) != bool(two)),
        tuple(name for name, one, two in both if not halves(one) & halves(two)),
        len(pairs) - len(marked),
    )


def paired(first: Mapping[str, Labelled], second: Sequence[SecondMark]) -> list[tuple[Labelled, SecondMark]]:
    """Return each second mark with its question."""
    wrong = sorted({mark.id for mark in second} - first.keys())
    if wrong:
        raise UsageError(f"second marks of questions that are not in {QUESTIONS / 'fit'}: {', '.join(wrong)}; take them out")
    twice = [name for name, count in Counter(mark.id for mark in second).items() if count > 1]
    if twice:
        raise UsageError(f"questions with more than one second mark: {', '.join(twice)}; leave one of each")
    return [(first[mark.id], mark) for mark in second]


def halves(settles: Iterable[str]) -> set[str]:
    """Return the passages that a mark names; of two that settle a question together, each."""
    return {half for item in settles for half in item.split("+")}


def kappa(outcomes: Sequence[tuple[bool, bool]]) -> float:
    """Return Cohen's kappa: the agreement beyond what two markers reach who draw their answers by chance.

    Source: Cohen (1960), A Coefficient of Agreement for Nominal Scales.

    >>> kappa([(True, True), (True, False), (False, False), (False, False)])
    0.5
    """
    count = len(outcomes)
    observed = sum(one == two for one, two in outcomes) / count
    ones, twos = sum(one for one, _ in outcomes) / count, sum(two for _, two in outcomes) / count
    by_chance = ones * twos + (1 - ones) * (1 - twos)
    # Both gave one and the same answer throughout, so there was nothing to agree on.
    return 1.0 if by_chance == 1 else (observed - by_chance) / (1 - by_chance)


def shown(found: Agreement) -> str:
    """Return the figures as lines."""
    unmarked = f" ({found.unmarked} more have no first mark)" if found.unmarked else ""
    both = found.overlap.count if found.overlap else 0
    return "\n".join(
        [
            f"questions marked twice          {found.same_outcome.count}{unmarked}",
            f"same outcome, settled or not    {found.same_outcome}",
            f"Cohen's kappa of it             {found.kappa:.3f}",
            f"settled in both marks           {both}",
            f"  a passage in common           {found.overlap or '-'}",
            f"  the same passage first        {found.same_first or '-'}",
            f"settled in one mark only        {', '.join(found.settled_by_one) or '-'}",
            f"no passage in common            {', '.join(found.no_passage_in_common) or '-'}",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
