"""The pairs of like questions among those that wait, in memory: only a question that is new there is compared with the others."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from bot.review.queue.candidates import Candidate
from bot.review.queue.clusters import ANY_CARD, SAME_CARD
from bot.review.queue.question_vectors import FREE, VERSION_BITS, KnownVectors, Numbers, Vectors


class LikePairs:
    """The pairs of one ledger's questions whose cosines are SAME_CARD or more, each in both directions.

    Shapes: first, second (pairs,), rows of the known vectors; cosines (pairs,).
    """

    def __init__(self, dimension: int) -> None:
        self.known = KnownVectors(dimension)
        self.first: Numbers = np.empty(0, dtype=np.int64)
        self.second: Numbers = np.empty(0, dtype=np.int64)
        self.cosines: Vectors = np.empty(0, dtype=np.float32)

    def follow(self, session: Session, wanted: Numbers) -> None:
        """Compare the questions that are new, and drop the pairs of those that are gone."""
        new, gone = self.known.follow(session, wanted)
        if gone.size:
            # A row that is free again may have been given to another question.
            kept = ~(np.isin(self.first, gone) | np.isin(self.second, gone))
            self.first, self.second, self.cosines = self.first[kept], self.second[kept], self.cosines[kept]
        if new.size:
            cosines = self.known.vectors[new] @ self.known.vectors.T
            rows, second = np.nonzero(cosines >= SAME_CARD)
            first, found = new[rows], cosines[rows, second]
            # A new question meets another new one twice, and each earlier one only once.
            earlier = ~np.isin(second, new)
            other = first != second
            self.first = np.concatenate([self.first, first[other], second[earlier]])
            self.second = np.concatenate([self.second, second[other], first[earlier]])
            self.cosines = np.concatenate([self.cosines, found[other], found[earlier]])


PAIRS: WeakKeyDictionary[Engine | Connection, LikePairs] = WeakKeyDictionary()
LOCK = threading.Lock()


def clusters(session: Session, found: Sequence[Candidate]) -> list[tuple[int, ...]]:
    """Return for each candidate the other ones like it, nearest first, in the order of the candidates among equals."""
    dimension = next((each.vector_bytes // 4 for each in found if each.vector_bytes and each.vector_bytes % 4 == 0), 0)
    if not dimension:
        return [()] * len(found)
    keys = np.array([(each.question_id << VERSION_BITS) + each.vector_version for each in found], dtype=np.int64)
    comparable = np.array([each.vector_bytes == 4 * dimension for each in found])
    with LOCK:
        pairs = PAIRS.get(session.get_bind())
        if pairs is None or pairs.known.vectors.shape[1] != dimension:
            pairs = PAIRS[session.get_bind()] = LikePairs(dimension)
        pairs.follow(session, keys[comparable])
        # The place of each row's question among the candidates.
        order = np.argsort(keys)
        place = order[np.searchsorted(keys, pairs.known.keys, sorter=order).clip(0, len(keys) - 1)]
        place[pairs.known.keys == FREE] = -1
        first, second, cosines = place[pairs.first], place[pairs.second], pairs.cosines
    numbers: dict[str, int] = {}
    # Questions without a card don't share one: each gets a number of its own.
    cards = np.array([-1 - row if each.card is None else numbers.setdefault(each.card, len(numbers)) for row, each in enumerate(found)])
    alike = (cosines >= ANY_CARD) | (cards[first] == cards[second])
    first, second, cosines = first[alike], second[alike], cosines[alike]
    nearest = np.lexsort((second, -cosines, first))
    first, second = first[nearest], second[nearest]
    bounds = np.searchsorted(first, np.arange(len(found) + 1))
    others = [found[row].question_id for row in second.tolist()]
    return [tuple(others[bounds[row] : bounds[row + 1]]) for row in range(len(found))]
