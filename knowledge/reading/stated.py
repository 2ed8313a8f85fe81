"""Short statements in learners' and teachers' words, each decided by a sentence of a card."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import ValidationError

from knowledge.reading.card import Card, Slug, Text, Value
from knowledge.reading.card_file import Problem, line_naming, read_yaml_mapping

# The files of statements, below the knowledge folder.
STATEMENTS = "statements/*.yaml"


class Statements(Value):
    """Statements that one sentence of a card decides: those in `holds` are so, those in `fails` are not.

    The sentence stands word for word in the card.
    """

    decided_by: Text
    holds: tuple[Text, ...] = ()
    fails: tuple[Text, ...] = ()


def read_statements(
    directory: Path, cards: Mapping[Slug, Card], unread: Collection[str]
) -> tuple[dict[Slug, tuple[Statements, ...]], list[Problem]]:
    """Read the statements of a knowledge folder, by card; what can't be read comes back as problems.

    `unread` are the names of cards whose files are broken: their statements wait for them.
    """
    found: dict[Slug, tuple[Statements, ...]] = {}
    problems: list[Problem] = []
    for path in sorted(directory.glob(STATEMENTS)):
        name = path.relative_to(directory).as_posix()
        rows_of, wrong = read_yaml_mapping(path, directory)
        problems += wrong
        for slug, rows in rows_of.items():
            if slug not in cards and slug in unread:
                continue
            try:
                if slug not in cards or not isinstance(rows, list):
                    raise TypeError(f"'{slug}' must be a card's slug with a list of statements below it")
                found[Slug(slug)] = (*found.get(Slug(slug), ()), *map(Statements.model_validate, rows))
            except (TypeError, ValidationError) as error:
                wrongs = error.errors() if isinstance(error, ValidationError) else []
                details = [f"{each['loc'][0]}: {each['msg']}" for each in wrongs] or [str(error)]
                problems += [Problem(name, line_naming(path, slug), f"{slug}: {detail}") for detail in details]
    return found, problems
