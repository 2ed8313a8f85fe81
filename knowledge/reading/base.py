"""The whole knowledge base as one value: the cards, their contrasts, the topics beyond, the words, the course."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.errors import KnowledgeError
from knowledge.reading.card import Beyond, Card, Contrast, Slug
from knowledge.reading.card_file import Problem, card_paths, line_naming, read_card, read_yaml_list, read_yaml_mapping
from knowledge.reading.course import COURSE_FILE, Course, read_course


@dataclass(frozen=True)
class KnowledgeBase:
    """All that the mentors wrote, by slug; frozen, so that an answer sees one state of it."""

    cards: dict[Slug, Card]
    contrasts: dict[frozenset[Slug], str] = field(default_factory=dict)
    beyond: tuple[Beyond, ...] = ()
    terms: dict[Slug, tuple[str, ...]] = field(default_factory=dict)
    glossary: dict[str, str] = field(default_factory=dict)
    course: Course = field(default_factory=Course)

    def contrast(self, first: Slug, second: Slug) -> str | None:
        """Return the one statement of how two cards differ, from whichever side it's asked."""
        return self.contrasts.get(frozenset((first, second)))


def read_cards(directory: Path, unchanged: Mapping[str, Card] | None = None) -> tuple[dict[Slug, Card], list[Problem]]:
    """Read every card of a knowledge folder; broken ones come back as problems.

    `unchanged` are cards by the paths of files that haven't changed since they were read: these are not read again.
    """
    cards: dict[Slug, Card] = {}
    problems: list[Problem] = []
    for path in card_paths(directory):
        name = path.relative_to(directory).as_posix()
        card = (unchanged or {}).get(name)
        if card is None:
            card, found = read_card(path, directory)
            problems += found
        if card is None:
            continue
        if card.slug in cards:
            problems.append(Problem(name, 2, f"the slug '{card.slug}' is already that of {cards[card.slug].path}"))
        elif path.stem != card.slug:
            problems.append(Problem(name, 2, f"the slug '{card.slug}' must be the file's name ('{path.stem}')"))
        else:
            cards[card.slug] = card
    return cards, problems


def read_knowledge(directory: Path, unchanged: Mapping[str, Card] | None = None) -> tuple[KnowledgeBase, list[Problem]]:
    """Read a knowledge folder: all that can be read, and every problem met on the way; `unchanged` as in `read_cards`.

    From then on the course's words count as it says in this process.

    Raises:
        KnowledgeError: the folder is not there.
    """
    if not directory.is_dir():
        raise KnowledgeError(f"no knowledge folder at {directory}: set ASKWELL_KNOWLEDGE_DIR to the folder of cards")
    course, problems = read_course(directory)
    course.learn_words()
    cards, found = read_cards(directory, unchanged)
    problems += found
    contrasts: dict[frozenset[Slug], str] = {}
    for path in sorted(directory.glob("contrasts/*.yaml")):
        entries, found = read_yaml_list(path, directory, Contrast)
        problems += found
        for entry in entries:
            name, line = path.relative_to(directory).as_posix(), line_naming(path, *entry.between)
            if len(entry.pair) < 2:
                problems.append(Problem(name, line, f"the contrast is between '{entry.between[0]}' and itself"))
                continue
            if entry.pair in contrasts:
                problems.append(Problem(name, line, f"the contrast between {' and '.join(entry.between)} is given twice"))
            contrasts[entry.pair] = entry.difference
    beyond: list[Beyond] = []
    if (directory / "beyond.yaml").exists():
        beyond, found = read_yaml_list(directory / "beyond.yaml", directory, Beyond)
        problems += found
    terms: dict[Slug, tuple[str, ...]] = {}
    for path in sorted(directory.glob("terms/*.yaml")):
        entries_of, found = read_yaml_mapping(path, directory)
        problems += found
        unread = {Path(problem.path).stem for problem in problems}
        for slug, names in entries_of.items():
            # The terms of a card that can't be read just now are right, and wait for it.
            if (slug not in cards and slug not in unread) or not isinstance(names, list):
                name = path.relative_to(directory).as_posix()
                problems.append(Problem(name, line_naming(path, slug), f"'{slug}' must be a card's slug with a list of terms below it"))
            else:
                terms[Slug(slug)] = tuple(str(each) for each in names)
    glossary: dict[str, str] = {}
    if (directory / "glossary.yaml").exists():
        words, found = read_yaml_mapping(directory / "glossary.yaml", directory)
        problems += found
        glossary = {key: str(value) for key, value in words.items()}
    return KnowledgeBase(cards, contrasts, tuple(beyond), terms, glossary, course), problems


def fingerprint(directory: Path) -> dict[str, str]:
    """Hash every file that an index is made from, by its path in the folder (SHA-256)."""
    folders = [path for name in ("contrasts", "terms") for path in sorted(directory.glob(f"{name}/*.yaml"))]
    files = [directory / name for name in ("beyond.yaml", "glossary.yaml", COURSE_FILE)]
    paths: Iterable[Path] = [*card_paths(directory), *folders, *files]
    hashes = {}
    for path in paths:
        try:
            hashes[path.relative_to(directory).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            continue
    return hashes
