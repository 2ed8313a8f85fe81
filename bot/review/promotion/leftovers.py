"""What an approved answer leaves behind besides its card: a regression case, and a candidate for the few-shot examples, both in the home.

Both hold a learner's words, so neither goes into git by itself. `askwell evaluate HOME/regression.jsonl` reads the cases. A candidate has
the form of `knowledge/examples/`; one with nothing wrong is shown to the model as those are, and a mentor may move it there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.answering.message.form import read_form
from bot.review.promotion import phrase
from bot.review.promotion.impact import regression_file
from bot.review.promotion.new_card import scalar
from knowledge.files import replace_lines, write_atomically
from knowledge.reading.card import EXAMPLE_KINDS, Card, Example, Slug
from knowledge.reading.card_file import Problem, parse_card
from knowledge.reading.examples import example_problems, read_example

NOTE_MAX_CHARS = 1_000


def regression_case(home: Path, promotion_id: int, turns: Sequence[str], slug: str) -> None:
    """Add a question to the regression cases, with the turns before it, unless it's there; a line that a kill cut short goes.

    Raises:
        OSError: it can't be written.
    """
    path = regression_file(home)
    asked = {"kind": "follow_up", "turns": list(turns)} if len(turns) > 1 else {"kind": "in_scope", "question": turns[-1]}
    row = {"id": named(promotion_id), **asked, "slugs": [slug]}
    kept = [] if not path.exists() else [line for line in path.read_bytes().splitlines() if case_name(line) is not None]
    if all(case_name(line) != row["id"] for line in kept):
        put(path, b"".join(line + b"\n" for line in [*kept, json.dumps(row, ensure_ascii=False).encode()]))


def case_name(line: bytes) -> str | None:
    """Return the name of a regression case, None for a line that is none."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return str(row.get("id")) if isinstance(row, dict) else None


def candidate(home: Path, promotion_id: int, *, question: str, answer: str, slug: str, card_text: str) -> None:
    """Write an answer as a few-shot example that a mentor can finish.

    Raises:
        OSError: it can't be written.
    """
    path = candidate_file(home, promotion_id, slug)
    name = path.stem
    form = read_form(question).value
    card, _ = parse_card(card_text.replace("\r\n", "\n"), path=name)
    note = phrase.one_line(card.short_answer if card else answer)[:NOTE_MAX_CHARS]
    lines = [
        "---",
        f"name: {name}",
        f"kind: {form if form in EXAMPLE_KINDS else 'definition'}",
        "turns:",
        f"  - {scalar(phrase.asking(question))}",
        f"cards: [{slug}]",
        "why: A mentor wrote this answer for a learner; say here what makes it worth learning from.",
        "---",
        "## Notes",
        "",
        f"[1] {note}",
        "",
        "## Answer",
        "",
        f"{phrase.tidy(answer)} [1]" if not phrase.tidy(answer).endswith("```") else f"{phrase.tidy(answer)}\n\n[1]",
    ]
    put(path, ("\n".join(lines) + "\n").encode())


def read_candidates(home: Path, cards: dict[Slug, Card]) -> tuple[list[Example], list[Problem]]:
    """Read the candidates that are fit to learn from; what is wrong with the others comes back as problems.

    Nobody has run `askwell knowledge check` on them, so here all of its checks of an example are made.
    """
    examples: list[Example] = []
    problems: list[Problem] = []
    for path in sorted((home / "candidates").glob("*.md")):
        example, found = read_example(path, home)
        if example is not None:
            name = path.relative_to(home).as_posix()
            found = [replace(problem, path=name) for problem in example_problems([example], cards)]
            examples += [] if found else [example]
        problems += found
    return examples, problems


def forget_cases(home: Path, promotions: Sequence[tuple[int, str]]) -> None:
    """Remove what promotions left behind, each named by its number and card: it holds a question as it was typed.

    Raises:
        OSError: it can't be written.
    """
    path = regression_file(home)
    names = {named(number) for number, _ in promotions}
    if names and path.exists():
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if case_name(line) not in names]
        if len(kept) < len(lines):
            replace_lines(path, kept)
    for number, slug in promotions:
        candidate_file(home, number, slug).unlink(missing_ok=True)


def named(promotion_id: int) -> str:
    """Return how a promotion's regression case is called."""
    return f"promotion-{promotion_id}"


def candidate_file(home: Path, promotion_id: int, slug: str) -> Path:
    """Return where a promotion's candidate lies."""
    return home / "candidates" / f"{slug}-{promotion_id}.md"


def put(path: Path, content: bytes) -> None:
    """Put a file in its place in one step.

    Raises:
        OSError: it can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)
