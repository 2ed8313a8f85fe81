"""Files of JSON lines, read with every broken line named at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from knowledge.errors import UsageError

SHOWN_MAX = 20

ValueT = TypeVar("ValueT")


def read_json_lines(path: Path, parse: Callable[[Any], ValueT]) -> list[ValueT]:
    """Read a file of JSON lines, each made into a value by `parse`; empty lines are skipped.

    Raises:
        UsageError: it can't be read, or `parse` raised ValueError for lines of it; all such lines are named.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"can't read {path}: {getattr(error, 'strerror', None) or error}") from error
    values: list[ValueT] = []
    wrong: list[str] = []
    # `splitlines` would cut at letters that JSON allows within a text.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            wrong.append(f"line {number}: not JSON")
            continue
        try:
            values.append(parse(row))
        except ValidationError as error:
            detail = error.errors()[0]
            where = ".".join(str(part) for part in detail["loc"])
            wrong.append(f"line {number}: {where + ': ' if where else ''}{detail['msg']}")
        except ValueError as error:
            wrong.append(f"line {number}: {error}")
    if wrong:
        more = f"; and {len(wrong) - SHOWN_MAX} more" if len(wrong) > SHOWN_MAX else ""
        raise UsageError(f"{path}: {'; '.join(wrong[:SHOWN_MAX])}{more}")
    return values
