"""The vectors of all passages as one FAISS index: flat and exact up to some thousands, HNSW beyond, its recall checked when it's built."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index.encoder.embedding import Vectors

# What FAISS's factory makes of them. Either kind keeps every vector whole, and its ids are the rows of the passages.
FLAT = "IDMap2,Flat"
GRAPH = "IDMap2,HNSW32"
# Below this many passages an exact search takes no longer than HNSW would; `make bench` shows both.
EXACT_UP_TO = 8_000
NEAREST = 192
# Chosen for recall@10 of 0.99 at 200,000 passages: `make bench`.
BUILD_EFFORT = 200
SEARCH_EFFORT = 256
RECALL_WANTED = 0.99
# A graph of which this share is new or gone is built again.
REBUILT_FROM = 0.2
# The id of a vector in a graph whose passage is gone, and what FAISS pads short results with: in Python it would name the last passage.
NO_PASSAGE = -1
# Every cosine is above it, so a search for all that is nearer finds all.
BELOW_ALL = -2.0

Rows = npt.NDArray[np.int64]
# FAISS's types don't say what its indexes are made of.
FaissIndex = Any


class PassageIndex:
    """A FAISS index whose ids are the rows of passages; a graph may hold some vectors more, of passages that are gone.

    Shapes: vectors (passages, dimension), in the order of the passages; in FAISS's own memory if the index holds them so.
    """

    def __init__(self, index: FaissIndex) -> None:
        self.faiss = index
        self.ids: Rows = faiss.vector_to_array(index.id_map)
        inner: FaissIndex = faiss.downcast_index(index.index)
        self.kind = GRAPH if isinstance(inner, faiss.IndexHNSW) else FLAT
        self._flat = faiss.downcast_index(inner.storage) if self.kind == GRAPH else inner
        held: Vectors = np.asarray(Held(index, self._flat))
        places = np.argsort(self.ids, kind="stable")[np.count_nonzero(self.ids == NO_PASSAGE) :]
        self.vectors = held if np.array_equal(places, np.arange(len(held))) else held[places]

    def is_of(self, passages: int) -> bool:
        """Return whether it has exactly one vector for each of so many passages."""
        return np.array_equal(np.sort(self.ids[self.ids != NO_PASSAGE]), np.arange(passages))

    def nearest(self, vectors: Vectors) -> list[int]:
        """Return the rows of the nearest passages of all views, taking turns between the views, nearest first."""
        gone = len(self.ids) - len(self.vectors)
        # Passages that are gone may be among the nearest, so some more are asked for.
        wanted = min(min(NEAREST, len(self.vectors)) + min(gone, NEAREST), len(self.ids))
        found = [self.faiss.search(view[None], wanted)[1][0] for view in vectors]
        return [int(row) for row in dict.fromkeys(np.stack(found, axis=1).ravel().tolist()) if row != NO_PASSAGE]

    def cosines(self, vectors: Vectors) -> Vectors:
        """Compare every passage with all views, exactly, whatever the kind. Shapes: returns (passages,), the highest over the views."""
        highest = np.full(len(self.vectors), -1.0, dtype=np.float32)
        # One view at a time: for several FAISS starts threads, and on a busy machine they wait for each other 20 times as long.
        for view in vectors:
            _, scores, places = self._flat.range_search(view[None], BELOW_ALL)
            rows = self.ids[places]
            is_passage = rows != NO_PASSAGE
            np.maximum.at(highest, rows[is_passage], scores[is_passage])
        return highest


class Held:
    """FAISS's own vectors for numpy, which may not write to them and keeps the index alive while it reads them."""

    def __init__(self, index: FaissIndex, flat: FaissIndex) -> None:
        self._index = index
        memory: dict[str, Any] = faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d).__array_interface__
        self.__array_interface__ = memory | {"data": (memory["data"][0], True), "shape": (flat.ntotal, flat.d)}


def make_index(vectors: Vectors, kind: str = FLAT) -> PassageIndex:
    """Make an index over unit vectors. Shapes: vectors (passages, dimension)."""
    index: FaissIndex = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    if kind == GRAPH:
        faiss.ParameterSpace().set_index_parameter(index, "efConstruction", BUILD_EFFORT)
        faiss.ParameterSpace().set_index_parameter(index, "efSearch", SEARCH_EFFORT)
    index.add_with_ids(np.ascontiguousarray(vectors), np.arange(len(vectors), dtype=np.int64))
    return PassageIndex(index)


def grown(path: Path, rows: Rows, vectors: Vectors) -> PassageIndex | None:
    """Return the graph in a file with the passages added that it doesn't have; None if too much has changed or it can't be read.

    Shapes: rows (old passages,), the row of each now, NO_PASSAGE where it's gone; vectors (passages, dimension).
    """
    try:
        # Only an index that isn't mapped can grow.
        index: FaissIndex = faiss.read_index(str(path))
    except RuntimeError:
        return None
    before = faiss.vector_to_array(index.id_map)
    now = np.where(before == NO_PASSAGE, NO_PASSAGE, rows[before])
    # Of two equal passages each needs a vector of its own.
    repeated = np.ones(len(now), dtype=np.bool_)
    repeated[np.unique(now, return_index=True)[1]] = False
    now[repeated] = NO_PASSAGE
    new = np.setdiff1d(np.arange(len(vectors)), now)
    if np.count_nonzero(now == NO_PASSAGE) + len(new) > REBUILT_FROM * len(vectors):
        return None
    faiss.copy_array_to_vector(now, index.id_map)
    index.construct_rev_map()
    index.add_with_ids(np.ascontiguousarray(vectors[new]), new)
    return PassageIndex(index)


def write_index(index: PassageIndex, path: Path) -> None:
    """Write an index into a new file, and wait until it's on the disk.

    Raises:
        OSError: it can't be written.
    """
    with path.open("wb") as file:
        # FAISS's own writer closes a file without a word when the disk is full.
        faiss.write_index(index.faiss, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]
        file.flush()
        os.fsync(file.fileno())


def read_index(path: Path) -> PassageIndex:
    """Read an index, its vectors by memory map.

    Raises:
        OSError: there is no such file.
        ValueError: it holds no index of ours.
    """
    path.stat()
    try:
        return PassageIndex(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
    except (RuntimeError, AttributeError, MemoryError) as error:
        raise ValueError(" ".join(str(error).split())) from error


def recall(index: PassageIndex, *, neighbours: int = 10, samples: int = 200) -> float:
    """Return the share of the exact nearest neighbours that an index finds, for a fixed sample of its own vectors, slightly moved."""
    generator = np.random.default_rng(11)
    vectors = np.ascontiguousarray(index.vectors)
    chosen = vectors[generator.choice(len(vectors), size=min(samples, len(vectors)), replace=False)]
    moved = chosen + generator.normal(0.0, 0.02, chosen.shape).astype(np.float32)
    moved = np.ascontiguousarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)
    _, exact = faiss.knn(moved, vectors, neighbours, metric=faiss.METRIC_INNER_PRODUCT)
    _, found = index.faiss.search(moved, neighbours)
    return float(np.mean([len(set(a) & set(b)) / neighbours for a, b in zip(exact.tolist(), found.tolist(), strict=True)]))
