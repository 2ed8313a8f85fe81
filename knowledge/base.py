"""The whole knowledge base as one value: the cards, their contrasts, the topics beyond, the examples."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.errors import KnowledgeError
from knowledge.model import Beyond, Card, Contrast, Slug
from knowledge.reading import Problem, card_paths, read_card, read_yaml_list


@dataclass(frozen=True)
class KnowledgeBase:
    """What the mentors wrote, by slug; frozen, so that an answer sees one state of it."""

    cards: dict[Slug, Card]
    contrasts: dict[frozenset[Slug], str] = field(default_factory=dict)
    beyond: tuple[Beyond, ...] = ()

    def contrast(self, first: Slug, second: Slug) -> str | None:
        """Return the one statement of how two cards differ, from whichever side it's asked."""
        return self.contrasts.get(frozenset((first, second)))


def read_cards(directory: Path) -> tuple[dict[Slug, Card], list[Problem]]:
    """Read every card of a knowledge folder; broken ones come back as problems."""
    cards: dict[Slug, Card] = {}
    problems: list[Problem] = []
    for path in card_paths(directory):
        card, found = read_card(path, directory)
        problems += found
        if card is None:
            continue
        name = path.relative_to(directory).as_posix()
        if card.slug in cards:
            problems.append(Problem(name, 2, f"the slug '{card.slug}' is already that of {cards[card.slug].group}/{card.slug}.md"))
        elif path.stem != card.slug:
            problems.append(Problem(name, 2, f"the slug '{card.slug}' must be the file's name ('{path.stem}')"))
        else:
            cards[card.slug] = card
    return cards, problems


def read_knowledge(directory: Path) -> tuple[KnowledgeBase, list[Problem]]:
    """Read a knowledge folder: all that can be read, and every problem met on the way.

    Raises:
        KnowledgeError: the folder is not there.
    """
    if not directory.is_dir():
        raise KnowledgeError(f"no knowledge folder at {directory}: set ASKWELL_KNOWLEDGE_DIR to the folder of cards")
    cards, problems = read_cards(directory)
    contrasts: dict[frozenset[Slug], str] = {}
    for path in sorted(directory.glob("contrasts/*.yaml")):
        entries, found = read_yaml_list(path, directory, Contrast)
        problems += found
        for entry in entries:
            if entry.pair in contrasts:
                name = path.relative_to(directory).as_posix()
                problems.append(Problem(name, 1, f"the contrast between {' and '.join(entry.between)} stands twice"))
            contrasts[entry.pair] = entry.difference
    beyond: list[Beyond] = []
    if (directory / "beyond.yaml").exists():
        beyond, found = read_yaml_list(directory / "beyond.yaml", directory, Beyond)
        problems += found
    return KnowledgeBase(cards, contrasts, tuple(beyond)), problems


def fingerprint(directory: Path) -> dict[str, str]:
    """Hash every file that an index is made from, by its path in the folder (SHA-256)."""
    paths: Iterable[Path] = [*card_paths(directory), *sorted(directory.glob("contrasts/*.yaml")), directory / "beyond.yaml"]
    hashes = {}
    for path in paths:
        try:
            hashes[path.relative_to(directory).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            continue
    return hashes
