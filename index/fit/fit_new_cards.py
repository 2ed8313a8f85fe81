"""How far a promoted card is favoured is learned from cards that are made as bare as a promoted one, some at a time.

A promoted card has one phrasing, no key facts and no labelled questions, so its evidence is low for what it says; and labelled questions
miss a card as often as they ask for it, while a card is promoted because its question is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from index.evaluate.labelled_questions import Labelled
from index.learned.reader_weights import ReaderWeights
from index.search.library import Library
from index.search.query import clean
from index.search.reader import Reader
from index.search.what_if import library_with
from knowledge.reading.card import Card, Slug

PARTS = 8
# What may be added to the scores of a new card's passages, and to the log odds that they settle a question.
FAVOURS = tuple(product(np.arange(0.0, 8.1, 1.0).tolist(), np.arange(0.0, 3.1, 0.25).tolist()))


def fit_new_cards(
    library: Library, weights: ReaderWeights, rows: Sequence[Labelled], progress: Callable[[str], None]
) -> tuple[ReaderWeights, dict[str, float]]:
    """Return the weights with what favours a new card most rightly, and the shares of questions on bare cards that are then right.

    `rows` are questions that the encoder was not shown. Those that a bare card's short answer settles should be answered from it, those
    on what it has lost should not.
    """
    progress("Choosing how far a new card is favoured …")
    slugs = list(library.base.cards)
    right = np.zeros((len(FAVOURS), 2))
    count = np.zeros(2)
    for part in range(PARTS):
        for is_settled, is_answered in simulated(library, weights, rows, frozenset(slugs[part::PARTS])):
            right[:, int(is_settled)] += np.equal(is_answered, is_settled)
            count[int(is_settled)] += 1
    if not count.all():
        return weights, {}
    shares = right / count
    best = int(shares.sum(axis=1).argmax())
    declined, answered = shares[best].tolist()
    return replace(weights, new_card=FAVOURS[best]), {"bare card: answered": answered, "bare card: others not answered": declined}


def simulated(
    library: Library, weights: ReaderWeights, rows: Sequence[Labelled], bare: frozenset[Slug]
) -> Iterator[tuple[bool, list[bool]]]:
    """Ask the questions of some cards with these cards bare, and without any labelled question that names them.

    Yields for each question and card whether its short answer settles it, and whether it would be answered from it by each of FAVOURS.
    """
    cards = {slug: as_promoted(card) if slug in bare else card for slug, card in library.base.cards.items()}
    course = library_with(library, replace(library.base, cards=cards))
    keep = [place for place, names in enumerate(weights.settles) if not cards_named(names) & bare]
    known = replace(weights, questions=weights.questions[keep], settles=tuple(weights.settles[place] for place in keep))
    readers = [Reader(course.passages, course.base, known)]
    readers += [readers[0].with_weights(replace(known, new_card=favour)) for favour in FAVOURS]
    asked = [row for row in rows if row.question and row.settles and cards_named(row.settles) <= bare]
    for row, found in zip(asked, course.search_all([clean(str(row.question)) for row in asked]), strict=True):
        evidence = readers[0].standardised(found.question)
        read = [reader.read_evidence(evidence) for reader in readers[1:]]
        for slug in cards_named(row.settles or ()):
            place = readers[0].slugs.index(slug)
            yield (
                f"{slug}#short" in (row.settles or ()),
                [chance >= weights.settled_from and readers[0].cards[order[0]] == place for order, _, chance in read],
            )


def cards_named(names: Sequence[str]) -> frozenset[Slug]:
    """Return the cards of some passages, which are named as labels name them."""
    return frozenset(Slug(name.split("#")[0]) for item in names for name in item.split("+"))


def as_promoted(card: Card) -> Card:
    """Return a card with no more than a promoted one has: the question that it is asked by, and the answer."""
    first = {"title": card.asked_as[0], "asked_as": card.asked_as[:1]}
    return card.model_copy(update=first | {"misconceptions": (), "key_facts": (), "explanation": "", "example": "", "check_yourself": ""})
