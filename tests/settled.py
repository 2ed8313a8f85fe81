"""The share of a course's labelled questions that are settled without a model, by the passages that their labels name.

`python -m tests.settled` indexes the second course in a folder of its own, with the packaged reader and no fit, and prints the figure and
every question that is missed. A question is settled if it is answered and the answer shows a passage that settles it, whole.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from bot.answering.answer import answer
from bot.app import open_library, publish
from bot.door.clean_text import clean_text
from bot.settings import Settings
from bot.values import Answer, Question, Status
from index.encoder.embedding import Encoder
from index.encoder.model_files import find_model
from index.evaluate.figures import share
from index.evaluate.labelled_questions import Labelled, read_labelled
from index.search.library import Library
from index.store.passages import PassageKind, prose, shown_passages
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug

COURSE = Path(__file__).parent / "second_course"
FILES = (COURSE / "questions.jsonl", COURSE / "questions_2.jsonl")


class Outcome(NamedTuple):
    """A labelled question that cards settle, its answer, whether that settles it, and the passages that it shows by their labels' names."""

    labelled: Labelled
    answer: Answer
    settled: bool
    shown: tuple[str, ...]


def settled_outcomes(questions: Iterable[Labelled], library: Library) -> list[Outcome]:
    """Answer every question that names passages which settle it."""
    outcomes = []
    for each in questions:
        if each.settles:
            found = answer(Question(tuple(map(clean_text, each.conversation)), hands_over=False), library)
            settled = found.status is Status.ANSWERED and any(shows(found, item, library.base) for item in each.settles)
            outcomes.append(Outcome(each, found, settled, shown_in(found, library.base)))
    return outcomes


def shows(found: Answer, item: str, base: KnowledgeBase) -> bool:
    """Return whether an answer shows a passage, or both of two that are joined by `+`."""
    text = prose(found.answer)
    return all(passage_text(name, base) in text for name in item.split("+"))


def shown_in(found: Answer, base: KnowledgeBase) -> tuple[str, ...]:
    """Return the names of the passages of an answer's cards that it shows."""
    names = (f"{slug}#{name}" for slug in found.cited for name in shown_passages(base.cards[slug]))
    return tuple(name for name in names if shows(found, name, base))


def passage_text(name: str, base: KnowledgeBase) -> str:
    """Return the words of a passage that labels call `slug#name`, as an answer shows them.

    Raises:
        KeyError: the course has no such passage.
    """
    slug, _, label = name.partition("#")
    card = base.cards[Slug(slug)]
    kind, place = shown_passages(card)[label]
    if kind is PassageKind.CORRECTION:
        return prose(card.misconceptions[int(place)].correction)
    if place.isdigit():
        return prose(card.paragraphs()[int(place)])
    return prose(card.example if place == "example" else card.short_answer)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.settled")
    parser.add_argument("files", nargs="*", type=Path, default=FILES, help="labelled questions; the second course's by default")
    parser.add_argument("--course", type=Path, default=COURSE, help="the folder of its cards")
    options = parser.parse_args(arguments)
    os.environ["HF_HUB_OFFLINE"] = "1"
    with tempfile.TemporaryDirectory(prefix="askwell-settled-") as home:
        settings = Settings(_env_file=None, home=Path(home), knowledge_dir=options.course)
        model = find_model(None)
        encoder = Encoder(model)
        publish(settings, model, lambda: encoder)
        library = open_library(settings, model, encoder)
        every = [settled_outcomes(read_labelled(path), library) for path in options.files]
    for path, outcomes in [*zip(options.files, every, strict=True), ("together", [each for some in every for each in some])]:
        name = path if isinstance(path, str) else path.name
        sys.stdout.write(f"{name}: {len(outcomes)} questions, settled {share([each.settled for each in outcomes])}\n")
    sys.stdout.write("".join(missed(each) for some in every for each in some if not each.settled))
    return 0


def missed(each: Outcome) -> str:
    """Return what a question that was missed would be settled by and what its answer shows, a line each."""
    wanted, shown = " or ".join(each.labelled.settles or ()), ", ".join(each.shown) or "no passage"
    status = f"{each.answer.status.value}, {each.answer.confidence:.2f}"
    return f"  {each.labelled.id} {each.labelled.question}\n      settled by {wanted}\n      {status}: {shown}\n"


if __name__ == "__main__":
    sys.exit(main())
