"""The reader as it was and as it was learned again, compared on questions that neither has seen."""

from __future__ import annotations

from collections.abc import Sequence

from index.evaluate.labelled_questions import Labelled
from index.fit.fit_reader import passages_named, search_questions, share
from index.fit.to_learn import names_any, passages_of
from index.learned.reader_weights import ReaderWeights
from index.search.library import Library
from index.search.reader import Reader

Figures = dict[str, float]


def compared(library: Library, held_out: Sequence[Labelled], readers: Sequence[ReaderWeights]) -> list[Figures]:
    """Return the figures of several readers on the same questions, of which those on other courses' cards are left out."""
    known = passages_of(library.base)
    settled = [row for row in held_out if row.settles and names_any(row.settles, known)]
    # Whether this course leaves a question open nobody has said if none of the questions is on it.
    rows = [*settled, *(row for row in held_out if row.settles is not None and not row.settles)] if settled else []
    found = search_questions(library, rows)
    figures = []
    for weights in readers:
        reader = Reader(library.passages, library.base, weights)
        first, answered, declined = [], [], []
        for row, question in zip(rows, found, strict=True):
            read, chance = reader.read(question)
            is_answer = chance >= weights.settled_from
            if not row.settles:
                declined.append(not is_answer)
                continue
            wanted = {(reader.slugs[reader.cards[number]], reader.names[number]) for number in passages_named(reader, row.settles)}
            first.append(read[0].slug in {slug for slug, _ in wanted})
            answered.append(is_answer and any((each.slug, each.name) in wanted for each in read[:2]))
        figures.append({
            "held out: right card first": share(first), "held out: answered and settled": share(answered),
            "held out, out of scope: not answered": share(declined),
        } if rows else {})  # fmt: skip
    return figures
