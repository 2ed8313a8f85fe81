"""The vectors of the newest questions, in memory: read once, and again where the database says that one is new, changed or gone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from sqlalchemy import BigInteger, Connection, Engine, cast, select, text
from sqlalchemy.orm import Session

from bot.ledger.tables import COMPARED, QuestionRow
from bot.review.question_state import one_of

Vectors = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

# How many of the newest questions one is compared with.
MOST_COMPARED = 20_000
IDS_AT_ONCE = 1_000
# A key holds a question's number and, in its last bits, the version of its vector.
VERSION_BITS = 20
KEY = cast(QuestionRow.id, BigInteger) * cast(1 << VERSION_BITS, BigInteger) + QuestionRow.vector_version
FREE = -1


class NearQuestion(NamedTuple):
    """A question and its cosine with another."""

    question_id: int
    cosine: float


class KnownVectors:
    """The vectors of some questions, each in a row; a row whose key is FREE has none.

    Shapes: keys (rows,), vectors (rows, dimension), of length 1 or, where a vector can't be compared, 0.
    """

    def __init__(self, dimension: int) -> None:
        self.keys: Numbers = np.empty(0, dtype=np.int64)
        self.vectors: Vectors = np.empty((0, dimension), dtype=np.float32)

    def follow(self, session: Session, wanted: Numbers) -> tuple[Numbers, Numbers]:
        """Read the vectors that are wanted and not known, and drop those that are not wanted; return the rows of both, new and dropped."""
        gone = np.flatnonzero(~np.isin(self.keys, wanted) & (self.keys != FREE))
        missing = wanted[~np.isin(wanted, self.keys)]
        self.keys[gone], self.vectors[gone] = FREE, 0.0
        free = np.flatnonzero(self.keys == FREE)
        if free.size < missing.size:
            more = missing.size - free.size
            free = np.concatenate([free, np.arange(len(self.keys), len(self.keys) + more)])
            self.keys = np.concatenate([self.keys, np.full(more, FREE, dtype=np.int64)])
            self.vectors = np.concatenate([self.vectors, np.zeros((more, self.vectors.shape[1]), dtype=np.float32)])
        new = free[: missing.size]
        if missing.size:
            self.keys[new], self.vectors[new] = missing, read_vectors(session, missing >> VERSION_BITS, self.vectors.shape[1])
        return new, gone


KNOWN: WeakKeyDictionary[Engine | Connection, KnownVectors] = WeakKeyDictionary()
LOCK = threading.Lock()


def nearest(session: Session, own: Vectors, *, least: float, most: int) -> list[NearQuestion]:
    """Return the newest questions whose cosine with a vector of length 1 is no less than `least`, nearest first, newer first among equals.

    Shapes: own (dimension,).
    """
    newest = select(KEY).where(text(COMPARED)).order_by(QuestionRow.id.desc()).limit(MOST_COMPARED)
    with LOCK:
        known = KNOWN.get(session.get_bind())
        if known is None or known.vectors.shape[1] != own.size:
            known = KNOWN[session.get_bind()] = KnownVectors(own.size)
        known.follow(session, np.array(session.scalars(newest).all(), dtype=np.int64))
        cosines = known.vectors @ own
        rows = np.flatnonzero((cosines >= least) & (known.keys != FREE))
        numbers, cosines = known.keys[rows] >> VERSION_BITS, cosines[rows]
    order = np.lexsort((-numbers, -cosines))[:most]
    return [NearQuestion(int(numbers[place]), float(cosines[place])) for place in order]


def read_vectors(session: Session, numbers: Numbers, dimension: int) -> Vectors:
    """Read the vectors of questions, in their order.

    Shapes: numbers (questions,); returns (questions, dimension).
    """
    found: dict[int, bytes | None] = {}
    for start in range(0, numbers.size, IDS_AT_ONCE):
        some = numbers[start : start + IDS_AT_ONCE].tolist()
        rows = session.execute(select(QuestionRow.id, QuestionRow.vector).where(one_of(QuestionRow.id, some)))
        found |= {row.id: row.vector for row in rows}
    # The first one says which dimension can be compared.
    like = np.ones(dimension, dtype="<f4").tobytes()
    return unit_vectors([like, *(found.get(number) for number in numbers.tolist())])[1:]


def unit_vectors(stored: Sequence[bytes | None]) -> Vectors:
    """Read stored vectors and give them length 1; one that can't be compared with the first readable one becomes zero, and like nothing.

    That is one that is missing or broken, or has another dimension because it comes from another model.

    Shapes: returns (questions, dimension).
    """
    size = next((len(each) for each in stored if each and len(each) % 4 == 0), 0)
    blank = bytes(size)
    joined = b"".join(each if each is not None and len(each) == size else blank for each in stored)
    vectors = np.frombuffer(joined, dtype="<f4").reshape(len(stored), size // 4)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    usable = np.isfinite(lengths) & (lengths > 0)
    if not usable.all():
        vectors = np.where(usable[:, None], vectors, np.float32(0.0))
        lengths = np.where(usable, lengths, np.float32(1.0))
    return np.asarray(vectors / lengths[:, None], dtype=np.float32)
