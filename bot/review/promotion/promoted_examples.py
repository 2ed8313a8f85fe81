"""Examples made of promoted answers and kept in the home: regression cases for evaluation, and candidates for the few-shot examples.

Both hold a learner's words, so neither goes into git by itself. `askwell evaluate HOME/regression.jsonl` reads the cases. A candidate has
the form of `knowledge/examples/`; one without problems is shown to the model like those, and a mentor may move it there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.answering.message.form import read_form
from bot.review.promotion.answer_text import tidy
from bot.review.promotion.impact import regression_file
from bot.review.promotion.new_card import scalar
from bot.review.promotion.phrasings import asking
from bot.review.promotion.plan import PromotionKind
from index.store.passages import PassageKind, shown_passages
from knowledge.files import replace_lines, write_atomically
from knowledge.reading.card import EXAMPLE_KINDS, Card, Example, Slug
from knowledge.reading.card_file import Problem, parse_card
from knowledge.reading.course import Course
from knowledge.reading.examples import FENCED, example_problems, read_example
from knowledge.sentences import sentences

LIST_MARK = re.compile(r"\A(?:[-*•]|\d{1,2}[.)])\s+")
# Between the name of a promotion's case and the number of a question that its card must not answer.
NOT = "-not-"
# The beginning of the name of a case that is a verdict on a nearest passage.
NEAR = "near-"
LAST_STOP = re.compile(r"[.!?:;…]*\Z")


def add_regression_case(home: Path, promotion_id: int, turns: Sequence[str], slug: str, passage: str = "short") -> None:
    """Add a question, with the turns before it, to the regression cases unless it's there; a line that a kill cut short is removed.

    `passage` is the one of the card that settles it, by the name that labels use.

    Raises:
        OSError: it can't be written.
    """
    path = regression_file(home)
    question = {"kind": "follow_up", "turns": list(turns)} if len(turns) > 1 else {"kind": "in_scope", "question": turns[-1]}
    row = {"id": case_name(promotion_id), **question, "slugs": [slug], "settles": [f"{slug}#{passage}"]}
    add_lines(path, [row])


def add_must_not(home: Path, promotion_id: int, texts: Sequence[str]) -> None:
    """Add the questions that a promoted card must not answer to the regression cases.

    Raises:
        OSError: it can't be written.
    """
    name = case_name(promotion_id)
    rows = [
        {"id": f"{name}{NOT}{number}", "kind": "near_miss", "question": text, "slugs": [], "settles": []}
        for number, text in enumerate(texts, 1)
    ]
    add_lines(regression_file(home), rows)


def add_lines(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Add the regression cases that are not in a file yet."""
    kept = [] if not path.exists() else [line for line in path.read_bytes().splitlines() if name_in(line) is not None]
    names = {name_in(line) for line in kept}
    new = [json.dumps(row, ensure_ascii=False).encode() for row in rows if row["id"] not in names]
    if new:
        put(path, b"".join(line + b"\n" for line in [*kept, *new]))


def near_case_name(question_id: int) -> str:
    """Return the name of the regression case of a mentor's verdict on a question's nearest passage."""
    return f"{NEAR}{question_id}"


def put_near_cases(home: Path, rows: Mapping[str, dict[str, Any]], there: Collection[str] | None) -> bool:
    """Bring the cases of nearest passages in the regression cases up to date; return whether they differ from `rows`.

    `there` are the names that questions of the ledger have: a case of a question that is gone stays as it is, as a promotion's does.
    Without it nothing is written.

    Raises:
        OSError: it can't be written.
    """
    path = regression_file(home)
    lines = [] if not path.exists() else [line for line in path.read_bytes().splitlines() if name_in(line) is not None]
    wanted = {name: json.dumps(row, ensure_ascii=False).encode() for name, row in rows.items()}
    if there is None:
        kept = {name: line for line in lines if (name := name_in(line) or "").startswith(NEAR)}
        return any(kept.get(name) != line for name, line in wanted.items()) or bool(kept.keys() - wanted.keys())
    others = [line for line in lines if (name := name_in(line) or "") not in wanted and not (name.startswith(NEAR) and name in there)]
    content = b"".join(line + b"\n" for line in [*others, *wanted.values()])
    changed = not path.exists() or path.read_bytes() != content
    if changed:
        put(path, content)
    return changed


def settling_passage(kind: str, card_text: str) -> str:
    """Return which passage of a card settles the question of a promotion: what an amendment has added at the end, else the short answer."""
    card, _ = parse_card(card_text.replace("\r\n", "\n"), path="")
    if kind != PromotionKind.AMEND or card is None:
        return "short"
    return [name for name, (part, place) in shown_passages(card).items() if part is PassageKind.SECTION and place.isdigit()][-1]


def name_in(line: bytes) -> str | None:
    """Return the name of the regression case in a line, None if the line has none."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return str(row.get("id")) if isinstance(row, dict) else None


def write_candidate(home: Path, promotion_id: int, *, question: str, answer: str, slug: str, card_text: str, course: Course) -> None:
    """Write an answer as a few-shot example that a mentor can finish.

    Raises:
        OSError: it can't be written.
    """
    path = candidate_file(home, promotion_id, slug)
    name = path.stem
    form = read_form(question, course).value
    card, _ = parse_card(card_text.replace("\r\n", "\n"), path=name)
    notes, cited = cited_answer(tidy(answer))
    notes += [each for each in sentences(" ".join(card.short_answer.split())) if each not in notes] if card else []
    lines = [
        "---",
        f"name: {name}",
        f"kind: {form if form in EXAMPLE_KINDS else 'definition'}",
        "turns:",
        f"  - {scalar(asking(question))}",
        f"cards: [{slug}]",
        "why: A mentor wrote this answer for a learner; say here what makes it worth learning from.",
        "---",
        "## Notes",
        "",
        card.title if card else slug,
        *(f"[{number}] {note}" for number, note in enumerate(notes, start=1)),
        "",
        "## Answer",
        "",
        cited,
    ]
    put(path, ("\n".join(lines) + "\n").encode())


def cited_answer(answer: str) -> tuple[list[str], str]:
    """Return an answer's sentences and code blocks as notes, and the answer with its number behind each sentence.

    >>> cited_answer("Yes. It is:\\n- a mask")
    (['Yes.', 'It is:', 'a mask'], 'Yes [1]. It is [2]:\\n- a mask [3]')
    """
    notes: list[str] = []

    def numbered(note: str, text: str) -> str:
        notes.append(note)
        return LAST_STOP.sub(rf" [{len(notes)}]\g<0>", text, count=1)

    parts: list[str] = []
    for part in re.split(f"({FENCED.pattern})", answer, flags=FENCED.flags):
        if part.startswith("```"):
            notes.append(part)
            parts.append(part)
        else:
            lines = [" ".join(numbered(LIST_MARK.sub("", each), each) for each in sentences(line)) for line in part.split("\n")]
            parts.append("\n".join(lines))
    return notes, "".join(parts)


def read_candidates(home: Path, cards: dict[Slug, Card]) -> tuple[list[Example], list[Problem]]:
    """Read the candidates without problems, and the problems of the others.

    Nobody has run `askwell knowledge check` on them, so all of its checks of an example are made here.
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


def forget_examples(home: Path, promotions: Sequence[tuple[int, str]], questions: Sequence[int] = ()) -> None:
    """Remove the case and the candidate of each promotion, given by its number and card, since they hold a question as it was typed.

    The cases of nearest passages go by the numbers of their questions.

    Raises:
        OSError: it can't be written.
    """
    path = regression_file(home)
    names = {case_name(number) for number, _ in promotions} | {near_case_name(number) for number in questions}
    if names and path.exists():
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if (name_in(line) or "").partition(NOT)[0] not in names]
        if len(kept) < len(lines):
            replace_lines(path, kept)
    for number, slug in promotions:
        candidate_file(home, number, slug).unlink(missing_ok=True)


def case_name(promotion_id: int) -> str:
    """Return the name of a promotion's regression case."""
    return f"promotion-{promotion_id}"


def candidate_file(home: Path, promotion_id: int, slug: str) -> Path:
    """Return the path of a promotion's candidate."""
    return home / "candidates" / f"{slug}-{promotion_id}.md"


def put(path: Path, content: bytes) -> None:
    """Put a file in its place in one step.

    Raises:
        OSError: it can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)
