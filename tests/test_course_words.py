"""The product's code names no concept of the first course: those are in `knowledge/course.yaml`."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from bot.settings import PROJECT

# from_pretrained is the name of a function of transformers.
CONCEPT = re.compile(r"supervis|(?<!from_)pre-?train|fine-?tun|in-context|un-?label|self-sup|masked language", re.IGNORECASE)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def code_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a module without its comments and docstrings."""
    text = path.read_text(encoding="utf-8")
    left_out: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            left_out |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    yield from ((number, line) for number, line in enumerate(lines, start=1) if number not in left_out)


def test_comments_and_docstrings_are_no_code(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    lines = [
        '"""One."""',
        "# Two.",
        'THREE = "four"  # five',
        "def six() -> str:",
        '    """Seven.',
        "",
        '    Eight."""',
        '    return "nine"',
    ]
    module.write_text("\n".join(lines))
    assert [line.strip() for _, line in code_lines(module) if line.strip()] == ['THREE = "four"', "def six() -> str:", 'return "nine"']


def test_no_code_names_a_concept_of_the_first_course() -> None:
    found = [
        f"{name}:{number}: {line.strip()}"
        for package in ("knowledge", "index", "bot")
        for path in sorted((PROJECT / package).rglob("*.py"))
        for name in [path.relative_to(PROJECT).as_posix()]
        for number, line in code_lines(path)
        if CONCEPT.search(line)
    ]
    assert found == []
