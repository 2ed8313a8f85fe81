"""Sheets of prompts that wait for a reply, as Markdown for people to read, and the replies that they wrote into files beside them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from knowledge.errors import UsageError
from knowledge.json_lines import read_json_lines
from tests.measure_wording.recording import Asked

# So many prompts are one sitting.
A_SHEET = 25
REPLIES = ".replies.jsonl"
_OPENS = re.compile(r"^=== (\w+-[0-9a-f]+) ===$", re.MULTILINE)


def read_replies(folder: Path) -> dict[str, Any]:
    """Return all replies that wait to be taken in, by the ids of their prompts.

    Raises:
        UsageError: a file can't be read, or a line of it is no reply; all such lines are named.
    """
    found: dict[str, Any] = {}
    for path in sorted(folder.glob(f"*{REPLIES}")):
        found.update(read_json_lines(path, reply_row))
    return found


def reply_row(row: Any) -> tuple[str, Any]:
    """Return the id and the reply of a line.

    Raises:
        ValueError: it has none.
    """
    if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not row.get("reply"):
        raise ValueError("needs an object with 'id' and 'reply'")
    return row["id"], row["reply"]


def as_text(reply: Any) -> str:
    """Return a reply as the text that a model would send; one that is JSON may be written as such."""
    return reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)


def update_sheets(folder: Path, missing: Mapping[str, Asked], hint: str) -> None:
    """Put the prompts that are on no sheet yet on new ones; `missing` are prompts of one step.

    Raises:
        UsageError: a sheet can't be written.
    """
    steps = {asked.step for asked in missing.values()}
    on_sheets: set[str] = set()
    for path in sorted(folder.glob("*.md")):
        names = set(_OPENS.findall(path.read_text(encoding="utf-8")))
        if path.name.rpartition("-")[0] in steps:
            on_sheets |= names & missing.keys()
    new = [asked for name, asked in missing.items() if name not in on_sheets]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for start in range(0, len(new), A_SHEET):
            few = new[start : start + A_SHEET]
            path = free_path(folder, few[0].step)
            path.write_text(sheet(few, f"{path.stem}{REPLIES}", hint), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the prompts can't be written to {folder} ({error.strerror})") from error


def remove_done(folder: Path, answered: Set[str]) -> None:
    """Remove the sheets whose prompts are all answered, and the files whose replies were all taken in; somebody may work on the others."""
    for path in folder.glob("*.md"):
        if set(_OPENS.findall(path.read_text(encoding="utf-8"))) <= answered:
            path.unlink()
    for path in folder.glob(f"*{REPLIES}"):
        if {name for name, _ in read_json_lines(path, reply_row)} <= answered:
            path.unlink()


def free_path(folder: Path, step: str) -> Path:
    """Return the path of a step's next sheet."""
    numbers = [int(path.stem.rpartition("-")[2]) for path in folder.glob(f"{step}-*.md")]
    numbers += [int(path.name.removesuffix(REPLIES).rpartition("-")[2]) for path in folder.glob(f"{step}-*{REPLIES}")]
    return folder / f"{step}-{max(numbers, default=0) + 1:02}.md"


def sheet(few: Sequence[Asked], replies: str, hint: str) -> str:
    """Return a sheet of prompts; a text that several of them have is shown once."""
    used = Counter(message for asked in few for message in asked.messages)
    shared = {message: f"text {number}" for number, message in enumerate((each for each, count in used.items() if count > 1), start=1)}
    lines = [
        f"# {few[0].step}: {len(few)} prompts",
        "",
        f"Write one line for each prompt into {replies} beside this file: {hint}",
        "What several prompts have is shown here once; each prompt says where it comes in.",
    ]
    for (_, text), name in shared.items():
        lines += ["", f"--- {name} ---", text]
    for asked in few:
        lines += ["", f"=== {asked.id} ==="]
        for role, text in asked.messages:
            known = shared.get((role, text))
            lines += [f"--- {role}: {known} ---"] if known else [f"--- {role} ---", text]
    return "\n".join(lines) + "\n"
