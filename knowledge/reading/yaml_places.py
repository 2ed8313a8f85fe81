"""Lines of YAML files for the values that an error speaks of, and YAML's complaints in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable

import yaml


def front_source(text: str) -> str:
    """Return the source of a front matter, its lines numbered as they are in the whole text."""
    opening, closing = list(re.finditer(r"^-{3,}[ \t]*$", text, re.MULTILINE))[:2]
    return "\n" * text.count("\n", 0, opening.end()) + text[opening.end() : closing.start()]


def node_line(node: yaml.Node | None, location: Iterable[int | str]) -> int:
    """Return the line (1 is the first) of the deepest node on the way to `location`."""
    line = node.start_mark.line if node is not None else 0
    for part in location:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    child, line = value, key.start_mark.line
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            child = node.value[part]
            line = child.start_mark.line
        if child is None:
            break
        node = child
    return line + 1


def unreadable_value_line(source: str) -> int:
    """Return the line of the first value that looks like a date or a number and is neither, such as 2027-02-30: YAML doesn't say which."""
    for event in yaml.parse(source, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.ScalarEvent) and not event.style:
            try:
                yaml.safe_load(event.value)
            except ValueError:
                return event.start_mark.line + 1 if event.start_mark else 1
            except yaml.YAMLError:
                continue
    return 1


def yaml_line(error: yaml.YAMLError) -> int:
    """Return the line of a YAML error in its file; the text after an opening `---` begins with the end of that line."""
    mark = getattr(error, "problem_mark", None)
    return 1 if mark is None else mark.line + 1


def yaml_words(error: yaml.YAMLError) -> str:
    """Return YAML's complaint in one line, with the usual cure where there is one."""
    problem = str(getattr(error, "problem", None) or error).splitlines()[0]
    if "mapping values are not allowed" in problem:
        return f"{problem} (put quotes around a text that contains ': ')"
    return problem
