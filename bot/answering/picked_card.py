"""The curated answer out of a card that a mentor picked, whatever the search would choose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bot.answering.answer import found_cards
from bot.answering.compose import sections
from bot.answering.message.conversation import Reading
from bot.answering.message.find_passages import find, in_front
from bot.answering.message.form import read_form
from bot.answering.message.read_turn import MAX_CHARS, thread_of
from bot.values import Answer, CleanText, Composer, Status
from index.search.card_rows import EVIDENCE
from index.search.library import Found, Hit, Library
from knowledge.errors import UsageError
from knowledge.reading.card import Slug

# A mentor has chosen: there is no doubt left to express.
CERTAIN = 1.0


def from_card(turns: tuple[CleanText, ...], slug: str, library: Library) -> Answer:
    """Answer the last turn out of one card, with the pieces of it that fit the question.

    Raises:
        UsageError: there is no such card, or nothing was asked.
    """
    picked = Slug(slug)
    if picked not in library.base.cards:
        raise UsageError(f"there is no card '{slug}': 'askwell knowledge list' names them all")
    if not turns or not turns[-1]:
        raise UsageError(f"no answer can be made from card '{slug}': there is no question")
    thread = thread_of(turns[:-1], library)
    last = turns[-1][:MAX_CHARS]
    found = leading(find(last, thread.topic, thread, library), picked, library)
    form = read_form(last, library.base.course)
    composed = sections.compose(form, found, library.base, thread.shown)
    if composed.cited[0] != picked:
        # The learner has read the card before; a mentor who picks it all the same wants it said again.
        composed = sections.compose(form, found, library.base)
    reading = Reading(last, found, found.settled, form, composed)
    return Answer(
        question=last,
        status=Status.ANSWERED,
        answer=composed.text,
        composer=Composer.CURATED,
        confidence=CERTAIN,
        cards=found_cards(reading, library),
        cited=composed.cited,
    )


def leading(found: Found, slug: Slug, library: Library) -> Found:
    """Return a search with one card first and its passages compared, even if the search had not found that card."""
    rows = np.array([row for row, passage in enumerate(library.passages) if passage.slug == slug], dtype=np.int64)
    cosines = found.cosines.copy()
    cosines[rows] = np.maximum(cosines[rows], (library.vectors[rows] @ found.vectors.T).max(axis=1))
    hits = found.hits
    if all(hit.slug != slug for hit in hits):
        hits = [*hits, Hit(slug, 0.0, np.zeros(len(EVIDENCE), dtype=np.float32))]
    read, _ = library.reader.read(replace(found, cosines=cosines).question)
    own = tuple(each for each in read if each.slug == slug)
    return in_front(replace(found, hits=hits, cosines=cosines, read=own), [slug])
