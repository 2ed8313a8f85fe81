"""Rules that a course's file has to keep: what it names is there, and each of its words says something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import yaml

from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card_file import Problem, listing
from knowledge.reading.course import COURSE_FILE, sides
from knowledge.reading.yaml_places import node_line
from knowledge.words import content_stems


def course_problems(base: KnowledgeBase, directory: Path) -> Iterator[Problem]:
    """Yield the problems of a course's file that could be read."""
    path = directory / COURSE_FILE
    if not path.exists() or not base.course.model_fields_set:
        return
    tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)

    def problem(place: tuple[str | int, ...], message: str) -> Problem:
        return Problem(COURSE_FILE, node_line(tree, place), message)

    course = base.course
    for number, idea in enumerate(course.ideas):
        if idea.card not in base.cards:
            yield problem(("ideas", number), f"ideas names '{idea.card}', and there is no such card")
    if course.about and course.about.endswith("."):
        yield problem(("about",), "about goes on after a colon and has no full stop")
    folders = {card.group for card in base.cards.values()}
    for number, group in enumerate(course.groups):
        if group not in folders:
            yield problem(("groups", number), f"groups names '{group}', and there is no such folder of cards")
    if course.groups and folders - set(course.groups):
        yield problem(("groups",), f"groups leaves out {listing(sorted(folders - set(course.groups)))}")
    for number, row in enumerate(course.opposites):
        for side in row:
            if not content_stems(side):
                yield problem(("opposites", number), f"the side {side!r} has only words that say nothing")
        on_sides = Counter(stem for side in sides(row) for stem in side)
        for stem in sorted(stem for stem, times in on_sides.items() if times > 1):
            yield problem(("opposites", number), f"'{stem}' is on two sides of one row")
    lists = {"called": course.called, "generic_words": course.generic_words}
    for key, listed in (*lists.items(), *((f"synonyms.{number}", row) for number, row in enumerate(course.synonyms))):
        for word in listed:
            if not content_stems(word):
                name, _, place = key.partition(".")
                yield problem((name, int(place)) if place else (name,), f"{name} has {word!r}, which says nothing")
