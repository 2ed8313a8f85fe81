"""The questions that are measured on: lines of their own, or ids of labelled questions; and the fixed sample of these, drawn by a seed.

`python -m tests.measure_wording.questions` draws the sample again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.command.ask import batch_row
from index.evaluate.labelled_questions import QUESTIONS, Labelled, read_labelled
from knowledge.json_lines import read_json_lines
from tests.measure_wording.recording import write_json_lines

SAMPLE = Path(__file__).with_name("questions.jsonl")
SEED = 12
# How many of each file: 130 like those of public threads or of a course's first week, 15 conversations, and 25 held out. A model is asked
# about 150 of them or so.
DRAWN = {
    "fit/public_kind": 50,
    "fit/first_week_cards": 40,
    "fit/with_code": 20,
    "fit/several": 20,
    "fit/conversations": 15,
    "held_out/in_scope": 12,
    "held_out/dialogues": 5,
    "held_out/out_of_scope": 8,
}


@dataclass(frozen=True)
class Conversation:
    """A question with the turns before it; `file` is that of its labels, if it has any."""

    id: str
    turns: tuple[str, ...]
    file: str = ""


def read_questions(path: Path) -> list[Conversation]:
    """Read a file of questions: of each line `question` or `turns`, or else the `id` of a labelled question in `file`.

    Raises:
        UsageError: it can't be read, or has lines that are no questions; all of these are named.
    """
    labelled: dict[str, Mapping[str, Labelled]] = {}

    def parse(row: Any) -> Conversation:
        if not isinstance(row, dict) or row.keys() & {"question", "turns"}:
            name, turns = batch_row(row)
            return Conversation(str(name), turns)
        file, name = str(row.get("file")), str(row.get("id"))
        if file not in labelled:
            labelled[file] = {each.id: each for each in read_labelled(QUESTIONS / f"{file}.jsonl")}
        if name not in labelled[file]:
            raise ValueError(f"no labelled question of {file} has the id {name!r}")
        return Conversation(name, labelled[file][name].conversation, file)

    return read_json_lines(path, parse)


def sample() -> list[dict[str, str]]:
    """Draw the sample: of each file so many, of a family of rephrasings one at most."""
    drawn = []
    for file, count in DRAWN.items():
        rows = sorted(read_labelled(QUESTIONS / f"{file}.jsonl"), key=lambda row: row.id)
        random.Random(f"{SEED} {file}").shuffle(rows)
        one_each = list({row.group: row for row in reversed(rows)}.values())[::-1][:count]
        drawn += [{"id": row.id, "file": file} for row in sorted(one_each, key=lambda row: row.id)]
    return drawn


if __name__ == "__main__":
    write_json_lines(SAMPLE, sample())
