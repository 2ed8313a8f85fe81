"""Nearest passages in a large index: exact up to some thousands, HNSW beyond, its recall checked when it's built."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np

from index.embedding import Vectors
from index.storage import HNSW_FILE, Generation

# Below this many passages an exact search takes no longer than HNSW would; `make bench` shows both.
EXACT_UP_TO = 8_000
NEAREST = 192
# Chosen for recall@10 of 0.99 at 200,000 passages: `make bench`.
HNSW_LINKS = 32
HNSW_BUILD_EFFORT = 200
HNSW_SEARCH_EFFORT = 256
RECALL_WANTED = 0.99


class NearestPassages:
    """The vector search of one generation."""

    def __init__(self, generation: Generation) -> None:
        self._vectors = generation.vectors
        self._graph: faiss.Index | None = None
        if generation.folder is not None and (generation.folder / HNSW_FILE).exists():
            self._graph = faiss.read_index(str(generation.folder / HNSW_FILE), faiss.IO_FLAG_MMAP)
            faiss.ParameterSpace().set_index_parameter(self._graph, "efSearch", HNSW_SEARCH_EFFORT)

    def rows(self, vectors: Vectors) -> list[int]:
        """Return the rows of the nearest passages of all views, taking turns between the views, nearest first."""
        wanted = min(NEAREST, len(self._vectors))
        if self._graph is not None:
            _, rows = self._graph.search(vectors, wanted)
        else:
            _, rows = faiss.knn(vectors, self._vectors, wanted, metric=faiss.METRIC_INNER_PRODUCT)
        # FAISS pads short results with -1, which would name the last passage.
        return [int(row) for row in dict.fromkeys(rows.T.ravel().tolist()) if row >= 0]


def build_graph(vectors: Vectors, path: Path) -> float:
    """Build an HNSW graph over unit vectors, write it, and return its recall@10 against exact search on 200 of them.

    Raises:
        OSError: it can't be written.
    """
    graph = faiss.IndexHNSWFlat(vectors.shape[1], HNSW_LINKS, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = HNSW_BUILD_EFFORT
    graph.add(np.ascontiguousarray(vectors))
    graph.hnsw.efSearch = HNSW_SEARCH_EFFORT
    try:
        faiss.write_index(graph, str(path))
    except RuntimeError as error:
        # FAISS says a full disk in words of its own, and nobody above knows FAISS.
        raise OSError(f"the HNSW graph can't be written: {' '.join(str(error).split())}") from error
    return recall(graph, vectors)


def recall(graph: faiss.Index, vectors: Vectors, *, neighbours: int = 10, samples: int = 200) -> float:
    """Return the share of the exact nearest neighbours that a graph finds, for a fixed sample of its own vectors, slightly moved."""
    generator = np.random.default_rng(11)
    chosen = vectors[generator.choice(len(vectors), size=min(samples, len(vectors)), replace=False)]
    moved = chosen + generator.normal(0.0, 0.02, chosen.shape).astype(np.float32)
    moved = np.ascontiguousarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)
    _, exact = faiss.knn(moved, np.ascontiguousarray(vectors), neighbours, metric=faiss.METRIC_INNER_PRODUCT)
    _, found = graph.search(moved, neighbours)
    return float(np.mean([len(set(a) & set(b)) / neighbours for a, b in zip(exact.tolist(), found.tolist(), strict=True)]))
