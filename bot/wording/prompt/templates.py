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
ANSWER, UNDERSTAND, CHOOSE = (FOLDER / f"{name}.md" for name in ("answer", "understand", "choose"))
RULES = "System"
# Each section has exactly these variables; what a message asks is understood before there are notes.
SECTIONS: dict[str, frozenset[str]] = {
    "Request": frozenset({"notes", "earlier", "question"}),
    "Earlier": frozenset({"messages"}),
}
WITHOUT_NOTES = {UNDERSTAND.name: SECTIONS["Request"] - {"notes"}}
# Fixed examples are these two in turn. They and the rules are no templates, so that JSON can be in them.
SHOT = ("Learner", "Reply")
_HEADING = re.compile(r"^# (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class PromptFile:
    """One version of the text around notes and question: the rules, and the fixed examples, each what was asked and the reply."""

    version: str
    rules: str
    sections: dict[str, PromptTemplate]
    shots: tuple[tuple[str, str], ...] = ()

    def fill(self, section: str, **texts: str) -> str:
        """Fill a section's variables; their values are never read as templates."""
        return self.sections[section].format(**texts)


@cache
def prompt_file(path: Path = ANSWER) -> PromptFile:
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
    titled = cut_sections(path.name, body)
    shown = [text for title, text in titled if title in SHOT]
    return PromptFile(
        version.strip(),
        dict(titled)[RULES],
        {title: template(path.name, title, text) for title, text in titled if title in SECTIONS},
        tuple(zip(shown[::2], shown[1::2], strict=True)),
    )


def cut_sections(name: str, body: str) -> list[tuple[str, str]]:
    """Cut a prompt file at its headings.

    Raises:
        UsageError: a section is missing, unknown or there twice, or an example has no reply.
    """
    parts = _HEADING.split(body)
    titles = [title.strip() for title in parts[1::2]]
    wanted = [RULES, *SECTIONS]
    if sorted(title for title in titles if title not in SHOT) != sorted(wanted):
        raise UsageError(f"{name}: the sections must be {', '.join(wanted)}, each once; they are {', '.join(titles) or 'none'}")
    shots = [title for title in titles if title in SHOT]
    if shots != [*SHOT] * (len(shots) // 2):
        raise UsageError(f"{name}: the examples must be '# {SHOT[0]}' and '# {SHOT[1]}' in turn")
    return list(zip(titles, (text.strip() for text in parts[2::2]), strict=True))


def template(name: str, title: str, text: str) -> PromptTemplate:
    """Make a section a template.

    Raises:
        UsageError: its variables are not those that are filled in.
    """
    try:
        made = PromptTemplate.from_template(text, template_format="f-string")
    except ValueError as error:
        raise UsageError(f"{name}: the section '{title}' can't be used: {str(error).splitlines()[0]}") from error
    wanted = WITHOUT_NOTES.get(name, SECTIONS[title]) if title == "Request" else SECTIONS[title]
    missing, unknown = wanted - set(made.input_variables), set(made.input_variables) - wanted
    if missing:
        raise UsageError(f"{name}: the section '{title}' lacks {{{sorted(missing)[0]}}}")
    if unknown:
        raise UsageError(f"{name}: the section '{title}' has {{{sorted(unknown)[0]}}}, and nothing fills it")
    return made
