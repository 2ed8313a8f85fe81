"""Nearest passages in a large index: exact up to some thousands, HNSW beyond, its recall checked when it's built."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from index.encoder.embedding import Vectors
from index.store.generations import GRAPH_ROWS_FILE, HNSW_FILE, Generation
from index.store.passages import Passage

# Below this many passages an exact search takes no longer than HNSW would; `make bench` shows both.
EXACT_UP_TO = 8_000
NEAREST = 192
# Chosen for recall@10 of 0.99 at 200,000 passages: `make bench`.
HNSW_LINKS = 32
HNSW_BUILD_EFFORT = 200
HNSW_SEARCH_EFFORT = 256
RECALL_WANTED = 0.99
# A graph of which this share is new or gone is built again.
REBUILT_FROM = 0.2


class NearestPassages:
    """The vector search of one generation."""

    def __init__(self, generation: Generation) -> None:
        self._vectors = generation.vectors
        self._graph: faiss.Index | None = None
        if generation.folder is not None and (generation.folder / HNSW_FILE).exists():
            self._graph = faiss.read_index(str(generation.folder / HNSW_FILE), faiss.IO_FLAG_MMAP)
            faiss.ParameterSpace().set_index_parameter(self._graph, "efSearch", HNSW_SEARCH_EFFORT)
            self._rows = np.load(generation.folder / GRAPH_ROWS_FILE, allow_pickle=False)
            self._gone = int((self._rows < 0).sum())

    def rows(self, vectors: Vectors) -> list[int]:
        """Return the rows of the nearest passages of all views, taking turns between the views, nearest first."""
        wanted = min(NEAREST, len(self._vectors))
        if self._graph is not None:
            # Passages that are gone may be among the nearest, so some more are asked for.
            _, found = self._graph.search(vectors, min(wanted + min(self._gone, NEAREST), self._graph.ntotal))
            rows = np.where(found >= 0, self._rows[found], -1)
        else:
            _, rows = faiss.knn(vectors, self._vectors, wanted, metric=faiss.METRIC_INNER_PRODUCT)
        # FAISS pads short results with -1, which would name the last passage; a passage that is gone has it too.
        return [int(row) for row in dict.fromkeys(rows.T.ravel().tolist()) if row >= 0]


def build_graph(vectors: Vectors, folder: Path) -> float:
    """Build an HNSW graph over unit vectors, write it, and return its recall@10 against exact search on 200 of them.

    Raises:
        OSError: it can't be written.
    """
    graph = faiss.IndexHNSWFlat(vectors.shape[1], HNSW_LINKS, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = HNSW_BUILD_EFFORT
    graph.add(np.ascontiguousarray(vectors))
    graph.hnsw.efSearch = HNSW_SEARCH_EFFORT
    write_graph(graph, np.arange(len(vectors), dtype=np.int64), folder)
    return recall(graph, vectors)


def grow_graph(old: Generation, passages: list[Passage], vectors: Vectors, folder: Path) -> bool:
    """Write the graph of an older generation with the new passages added; return False, and write nothing, if too much has changed.

    Raises:
        OSError: it can't be written.
    """
    if old.folder is None or not (old.folder / HNSW_FILE).exists():
        return False
    rows = {passage: row for row, passage in enumerate(passages)}
    before = np.load(old.folder / GRAPH_ROWS_FILE, allow_pickle=False)
    now = np.array([-1 if row < 0 else rows.get(old.passages[row], -1) for row in before.tolist()], dtype=np.int64)
    new = np.setdiff1d(np.arange(len(passages)), now)
    if (now < 0).sum() + len(new) > REBUILT_FROM * len(passages):
        return False
    graph = faiss.read_index(str(old.folder / HNSW_FILE))
    graph.add(np.ascontiguousarray(vectors[new]))
    write_graph(graph, np.concatenate([now, new]), folder)
    return True


def write_graph(graph: faiss.Index, rows: npt.NDArray[np.int64], folder: Path) -> None:
    """Write a graph, and which passage each of its vectors is."""
    try:
        faiss.write_index(graph, str(folder / HNSW_FILE))
    except RuntimeError as error:
        raise OSError(f"the HNSW graph can't be written: {' '.join(str(error).split())}") from error
    np.save(folder / GRAPH_ROWS_FILE, rows, allow_pickle=False)


def recall(graph: faiss.Index, vectors: Vectors, *, neighbours: int = 10, samples: int = 200) -> float:
    """Return the share of the exact nearest neighbours that a graph finds, for a fixed sample of its own vectors, slightly moved."""
    generator = np.random.default_rng(11)
    chosen = vectors[generator.choice(len(vectors), size=min(samples, len(vectors)), replace=False)]
    moved = chosen + generator.normal(0.0, 0.02, chosen.shape).astype(np.float32)
    moved = np.ascontiguousarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)
    _, exact = faiss.knn(moved, np.ascontiguousarray(vectors), neighbours, metric=faiss.METRIC_INNER_PRODUCT)
    _, found = graph.search(moved, neighbours)
    return float(np.mean([len(set(a) & set(b)) / neighbours for a, b in zip(exact.tolist(), found.tolist(), strict=True)]))
