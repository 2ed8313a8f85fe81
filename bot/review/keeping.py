"""What an approved answer leaves behind besides its card: a regression case, and a candidate for the few-shot examples, both in the home.

Both hold a learner's words, so neither goes into git by itself. `askwell evaluate HOME/regression.jsonl` reads the cases. A candidate is
used only once a mentor has finished it and moved it into `knowledge/examples/`.
"""

from __future__ import annotations

import json
from pathlib import Path

from bot.answering.form import read_form
from bot.review import wording
from bot.review.drafting import scalar
from bot.review.impact import regression_file
from index.storage import write_durably
from knowledge.model import EXAMPLE_KINDS
from knowledge.reading import parse_card

NOTE_MAX_CHARS = 1_000


def regression_case(home: Path, promotion_id: int, question: str, slug: str) -> None:
    """Add a question to the regression cases, unless it's there; a line that a kill cut short goes.

    Raises:
        OSError: it can't be written.
    """
    path = regression_file(home)
    row = {"id": f"promotion-{promotion_id}", "kind": "in_scope", "question": question, "slugs": [slug]}
    kept = [] if not path.exists() else [line for line in path.read_text(encoding="utf-8").split("\n") if is_row(line)]
    if any(json.loads(line).get("id") == row["id"] for line in kept):
        return
    put(path, "".join(f"{line}\n" for line in [*kept, json.dumps(row, ensure_ascii=False)]))


def is_row(line: str) -> bool:
    """Say whether a line is a whole row."""
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def candidate(home: Path, promotion_id: int, *, question: str, answer: str, slug: str, card_text: str) -> None:
    """Write an answer as a few-shot example that a mentor can finish.

    Raises:
        OSError: it can't be written.
    """
    name = f"{slug}-{promotion_id}"
    form = read_form(question).value
    card, _ = parse_card(card_text.replace("\r\n", "\n"), path=name, group="")
    note = wording.one_line(card.short_answer if card else answer)[:NOTE_MAX_CHARS]
    lines = [
        "---",
        f"name: {name}",
        f"kind: {form if form in EXAMPLE_KINDS else 'definition'}",
        "turns:",
        f"  - {scalar(wording.asking(question))}",
        f"cards: [{slug}]",
        "why: A mentor wrote this answer for a learner; say here what makes it worth learning from.",
        "---",
        "## Notes",
        "",
        f"[1] {note}",
        "",
        "## Answer",
        "",
        f"{wording.tidy(answer)} [1]" if not wording.tidy(answer).endswith("```") else f"{wording.tidy(answer)}\n\n[1]",
    ]
    put(home / "candidates" / f"{name}.md", "\n".join(lines) + "\n")


def put(path: Path, text: str) -> None:
    """Put a file in its place in one step.

    Raises:
        OSError: it can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    write_durably(part, text.encode())
    part.replace(path)
