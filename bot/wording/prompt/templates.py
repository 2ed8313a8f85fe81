"""Prompt files: text with a version, whose sections are checked and kept as LangChain templates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from langchain_core.prompts import PromptTemplate

from knowledge.errors import UsageError
from knowledge.reading.card_file import read_front_matter

FOLDER = Path(__file__).parent / "files"
# Each section has exactly these variables.
SECTIONS: dict[str, frozenset[str]] = {
    "System": frozenset(),
    "Request": frozenset({"notes", "earlier", "question"}),
    "Earlier": frozenset({"messages"}),
    "Base": frozenset({"examples", "request"}),
    "Base example": frozenset({"request", "answer"}),
}
_HEADING = re.compile(r"^# (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class PromptFile:
    """One version of the text around notes and question."""

    version: str
    sections: dict[str, PromptTemplate]

    def fill(self, section: str, **texts: str) -> str:
        """Fill a section's variables; their values are never read as templates."""
        return self.sections[section].format(**texts)


@cache
def prompt_file(path: Path = FOLDER / "answer.md") -> PromptFile:
    """Read a prompt file once.

    Raises:
        UsageError: it can't be read, or lacks a version, a section or a variable.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the prompt file {path.name} can't be read: {error}") from error
    metadata, body, problems = read_front_matter(text, path.name)
    if problems:
        raise UsageError(str(problems[0]))
    version = metadata.get("version")
    if not isinstance(version, str) or not version.strip():
        raise UsageError(f"{path.name}: the front matter needs 'version: ...', since the ledger records it with each answer")
    return PromptFile(version.strip(), {title: template(path.name, title, text) for title, text in cut_sections(path.name, body).items()})


def cut_sections(name: str, body: str) -> dict[str, str]:
    """Cut a prompt file at its headings.

    Raises:
        UsageError: a section is missing, unknown or there twice.
    """
    parts = _HEADING.split(body)
    titles = [title.strip() for title in parts[1::2]]
    if sorted(titles) != sorted(SECTIONS):
        raise UsageError(f"{name}: the sections must be {', '.join(SECTIONS)}, each once; they are {', '.join(titles) or 'none'}")
    return dict(zip(titles, (text.strip() for text in parts[2::2]), strict=True))


def template(name: str, title: str, text: str) -> PromptTemplate:
    """Make a section a template.

    Raises:
        UsageError: its variables are not those that are filled in.
    """
    try:
        made = PromptTemplate.from_template(text, template_format="f-string")
    except ValueError as error:
        raise UsageError(f"{name}: the section '{title}' can't be used: {str(error).splitlines()[0]}") from error
    missing = SECTIONS[title] - set(made.input_variables)
    unknown = set(made.input_variables) - SECTIONS[title]
    if missing:
        raise UsageError(f"{name}: the section '{title}' lacks {{{sorted(missing)[0]}}}")
    if unknown:
        raise UsageError(f"{name}: the section '{title}' has {{{sorted(unknown)[0]}}}, and nothing fills it")
    return made
