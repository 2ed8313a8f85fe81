"""The questions that the reader learns from: labelled ones on these cards, and mentors' regression cases as questions of their card."""

from __future__ import annotations

from collections.abc import Sequence

from index.evaluate.labelled_questions import Labelled
from index.store.passages import shown_passages
from knowledge.errors import UsageError
from knowledge.reading.base import KnowledgeBase

# From fewer questions than this nothing can be learned that holds for others.
SETTLED_LEAST = 20


def questions_to_learn(labelled: Sequence[Labelled], cases: Sequence[Labelled], base: KnowledgeBase) -> list[Labelled]:
    """Return labelled questions and regression cases without those whose every passage or card is gone.

    Raises:
        UsageError: too few of them are settled by a card of this course.
    """
    known = passages_of(base)
    # Where no passage is left, nobody has said that nothing settles the question.
    rows = [row for row in labelled if not row.settles or names_any(row.settles, known)]
    rows += [case for case in (as_labelled(case, known) for case in cases) if case.settles or not case.slugs]
    settled = sum(bool(row.settles) for row in rows)
    if settled < SETTLED_LEAST:
        raise UsageError(
            f"only {settled} labelled questions and regression cases are settled by a card of this course, and fewer than {SETTLED_LEAST} "
            "teach nothing: label more in index/labels/fit/ first (index/labels/README.md); until then the packaged reader serves"
        )
    return rows


def as_labelled(case: Labelled, known: frozenset[str]) -> Labelled:
    """Return a regression case as a question that its passages settle, or its card's short answer where it names none that is left."""
    if case.settles and names_any(case.settles, known):
        return case
    return case.model_copy(update={"settles": tuple(name for name in (f"{slug}#short" for slug in case.slugs) if name in known)})


def names_any(settles: Sequence[str], known: frozenset[str]) -> bool:
    """Return whether one of the passages, or of their halves, is still there."""
    return any(name in known for item in settles for name in item.split("+"))


def passages_of(base: KnowledgeBase) -> frozenset[str]:
    """Return the names of all passages that can be shown, as labels know them."""
    return frozenset(f"{slug}#{name}" for slug, card in base.cards.items() for name in shown_passages(card))
