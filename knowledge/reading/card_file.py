"""Card files and YAML files, read with every problem named by file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler
from pydantic import BaseModel, ValidationError

from knowledge.reading.card import NEEDED_SECTION, SECTION_TITLES, Card, FrontMatter
from knowledge.reading.yaml_places import front_source, node_line, unreadable_value_line, yaml_line, yaml_words

ValueT = TypeVar("ValueT", bound=BaseModel)

# Where a knowledge folder has no folder of this name, the groups are in the knowledge folder itself, beside folders that hold no cards.
CARDS = "cards"
NOT_CARDS = frozenset({"drafts", "examples", "exam", "contrasts", "terms"})


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with one file, at one line (1 is the first)."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def card_paths(directory: Path) -> list[Path]:
    """List the files that should be cards, in a stable order."""
    return sorted(
        path for group in card_folders(directory) for path in group.glob("*.md") if not path.name.startswith((".", "_", "README"))
    )


def card_folders(directory: Path) -> list[Path]:
    """List the folders of cards, one a group: those in `cards/`, or those of a knowledge folder without `cards/`."""
    root = directory / CARDS if (directory / CARDS).is_dir() else directory
    return sorted(path for path in root.glob("*/") if path.name not in NOT_CARDS and not path.name.startswith((".", "_")))


def parse_card(text: str, *, path: str) -> tuple[Card | None, list[Problem]]:
    """Turn a card's text into a card, or return everything that is wrong with it."""
    metadata, content, problems = read_front_matter(text, path)
    if problems:
        return None, problems
    try:
        front = FrontMatter.model_validate(metadata)
    except ValidationError as error:
        problems += validation_problems(error, text, path)
        front = None
    sections, section_problems = read_sections(text, content, path)
    problems += section_problems
    if front is None or section_problems:
        return None, problems
    return Card(**dict(front), path=path, **sections), problems


def read_front_matter(text: str, path: str) -> tuple[dict[str, object], str, list[Problem]]:
    """Split a text into its YAML front matter and what follows it; JSON and TOML don't count as one."""
    try:
        metadata, content = frontmatter.parse(text, handler=YAMLHandler()) if YAMLHandler().detect(text.strip()) else ({}, text)
    except yaml.YAMLError as error:
        return {}, "", [Problem(path, yaml_line(error), f"the front matter is not YAML: {yaml_words(error)}")]
    except ValueError as error:
        line = unreadable_value_line(front_source(text))
        return {}, "", [Problem(path, line, f"a value of the front matter can't be read: {error}")]
    if not metadata:
        return {}, "", [Problem(path, 1, "no front matter: the file must start with a block between two --- lines")]
    return metadata, content, []


def read_card(path: Path, root: Path) -> tuple[Card | None, list[Problem]]:
    """Read one card's file; a file that can't be read is a problem, not an exception."""
    name = path.relative_to(root).as_posix()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, [Problem(name, 1, f"can't be read: {error}")]
    return parse_card(text, path=name)


def read_sections(text: str, content: str, path: str) -> tuple[dict[str, str], list[Problem]]:
    """Cut the body at its `## ` headings into the sections that a card has; those that it may lack are empty."""
    first_body_line = text.count("\n", 0, max(text.find(content), 0)) + 1 if content else 1
    found: dict[str, list[str]] = {}
    lines_of: dict[str, int] = {}
    problems: list[Problem] = []
    title: str | None = None
    fenced = False
    fence_line = first_body_line
    for offset, line in enumerate(content.splitlines()):
        number = first_body_line + offset
        if line.lstrip().startswith("```"):
            fenced = not fenced
            fence_line = number
        if line.startswith("## ") and not fenced:
            title = line[3:].strip()
            if title not in SECTION_TITLES:
                problems.append(Problem(path, number, f"unknown section '## {title}': a card has {listing(SECTION_TITLES)}"))
            elif title in found:
                problems.append(Problem(path, number, f"the section '## {title}' is there twice"))
            found.setdefault(title, [])
            lines_of.setdefault(title, number)
        elif title is not None:
            found[title].append(line)
        elif line.strip():
            problems.append(Problem(path, number, "text before the first section: move it below '## Short answer'"))
    if fenced:
        problems.append(Problem(path, fence_line, "a code block that starts with ``` is never closed"))
    sections = {}
    for wanted in SECTION_TITLES:
        body = "\n".join(found.get(wanted, [])).strip()
        if wanted not in found and wanted == NEEDED_SECTION:
            problems.append(Problem(path, first_body_line, f"the section '## {wanted}' is missing"))
        elif wanted in found and not body:
            problems.append(Problem(path, lines_of[wanted], f"the section '## {wanted}' is empty"))
        sections[wanted.lower().replace(" ", "_")] = body
    return sections, problems


def validation_problems(error: ValidationError, text: str, path: str, *, front_matter: bool = True) -> list[Problem]:
    """Translate pydantic's errors into problems with the line of the value they speak of."""
    source = front_source(text) if front_matter else text
    try:
        root = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        root = None
    problems = []
    details = error.errors()
    for detail in details:
        # Entries that are wrong themselves are not counted, and so their list seems too short as well.
        if detail["type"] == "too_short" and any(other["loc"][:-1][: len(detail["loc"])] == detail["loc"] for other in details):
            continue
        line = node_line(root, detail["loc"])
        where = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "missing":
            message = f"'{where}' is missing"
        elif detail["type"] == "extra_forbidden":
            message = f"'{where}' is not a key that belongs here"
        else:
            message = f"'{where}': {detail['msg'][:1].lower()}{detail['msg'][1:]} (it is {str(detail['input'])[:60]!r})"
        problems.append(Problem(path, line, message))
    return problems


def line_naming(path: Path, *names: str) -> int:
    """Return the last line (1 is the first) of a file that has all of these words, or 1."""
    rows = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    return max(
        (number for number, row in rows if all(re.search(rf"(?<![\w-]){re.escape(each)}(?![\w-])", row) for each in names)), default=1
    )


def line_of(text: str, needle: str) -> int:
    """Return the line (1 is the first) in which `needle` begins, or 1 if the text hasn't got it."""
    position = text.find(needle)
    return 1 if position < 0 else text.count("\n", 0, position) + 1


def read_yaml(path: Path, name: str) -> tuple[object, str, list[Problem]]:
    """Read a YAML file, and return its text too; a file that can't be read is a problem."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.safe_load(text), text, []
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(name, 1, f"can't be read: {error}")
    except yaml.YAMLError as error:
        problem = Problem(name, yaml_line(error), f"not YAML: {yaml_words(error)}")
    except ValueError as error:
        problem = Problem(name, unreadable_value_line(text), f"a value can't be read: {error}")
    except RecursionError:
        problem = Problem(name, 1, "YAML nested too deeply")
    return None, text, [problem]


def read_yaml_list(path: Path, root: Path, kind: type[ValueT]) -> tuple[list[ValueT], list[Problem]]:
    """Read a YAML file that is a list of values of one kind; what is wrong comes back as problems."""
    name = path.relative_to(root).as_posix()
    rows, text, problems = read_yaml(path, name)
    if problems or rows is None:
        return [], problems
    if not isinstance(rows, list):
        return [], [Problem(name, 1, "must be a YAML list")]
    tree = yaml.compose(text, Loader=yaml.SafeLoader)
    values: list[ValueT] = []
    for position, row in enumerate(rows):
        try:
            values.append(kind.model_validate(row))
        except ValidationError as error:
            for detail in error.errors():
                line = node_line(tree, (position, *detail["loc"]))
                problems.append(Problem(name, line, f"{'.'.join(map(str, detail['loc'])) or 'entry'}: {detail['msg']}"))
    return values, problems


def read_yaml_mapping(path: Path, root: Path) -> tuple[dict[str, object], list[Problem]]:
    """Read a YAML file that maps words to values; what is wrong comes back as problems."""
    name = path.relative_to(root).as_posix()
    rows, _, problems = read_yaml(path, name)
    if problems or rows is None:
        return {}, problems
    if not isinstance(rows, dict):
        return {}, [Problem(name, 1, "must map words to values ('key: value' lines)")]
    return {str(key): value for key, value in rows.items()}, []


def listing(words: Iterable[str]) -> str:
    """Join words as English does.

    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    all_words = list(words)
    return " and ".join([", ".join(all_words[:-1]), all_words[-1]] if len(all_words) > 1 else all_words)
