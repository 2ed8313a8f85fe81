"""The arithmetic that turns one cosine per passage into evidence per card, without a loop."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from index.encoder.embedding import Vectors
from index.store.passages import Passage, PassageKind
from knowledge.reading.card import Slug

# Evidence for one card: cosines of its nearest passages by kind, and BM25 scores (raw and as a share of the best card's).
EVIDENCE = (
    "phrasing", "phrasing_3", "misconception", "fact", "section",
    "asked", "asked_share", "said", "said_share", "named", "named_share",
)  # fmt: skip
Numbers = npt.NDArray[np.float32]
KINDS = (PassageKind.PHRASING, PassageKind.MISCONCEPTION, PassageKind.FACT, PassageKind.SECTION)
TOP = 3


class CardRows:
    """The rows of every card's passages by kind, padded to rectangles so that numpy can gather them at once."""

    def __init__(self, passages: list[Passage], slugs: list[Slug]) -> None:
        position = {slug: number for number, slug in enumerate(slugs)}
        lists: dict[PassageKind, list[list[int]]] = {kind: [[] for _ in slugs] for kind in (*KINDS, PassageKind.CORRECTION)}
        for row, passage in enumerate(passages):
            if passage.kind in lists:
                lists[passage.kind][position[Slug(passage.slug)]].append(row)
        self._tables = {kind: rectangle(rows) for kind, rows in lists.items()}

    def evidence(self, cosines: Vectors, positions: npt.NDArray[np.int64]) -> Vectors:
        """Return the dense evidence of some cards: phrasing, the mean of the three nearest phrasings, misconception, fact, section.

        Shapes: cosines (passages,), positions (cards,); returns (cards, 5).
        """
        padded = np.append(cosines, np.float32(-1.0))
        near = {kind: padded[self._tables[kind][positions]] for kind in KINDS}
        phrasing = near[PassageKind.PHRASING]
        top = -np.partition(-phrasing, min(TOP, phrasing.shape[1]) - 1, axis=1)[:, :TOP]
        filled = top > -1.0
        three = np.where(filled, top, 0.0).sum(axis=1) / np.maximum(filled.sum(axis=1), 1)
        highest = [np.maximum(near[kind].max(axis=1), 0.0) for kind in KINDS]
        return np.stack([highest[0], three, highest[1], highest[2], highest[3]], axis=1)

    def rows(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return all rows of some cards. Shapes: (rows,)."""
        found = np.concatenate([self._tables[kind][positions].ravel() for kind in self._tables])
        return found[found >= 0]


def rectangle(rows: list[list[int]]) -> npt.NDArray[np.int64]:
    """Pad lists of rows with -1, which a padded array of cosines answers with its last, lowest, value.

    Shapes: (cards, the longest list).
    """
    width = max((len(each) for each in rows), default=0)
    table = np.full((len(rows), max(width, 1)), -1, dtype=np.int64)
    for number, each in enumerate(rows):
        table[number, : len(each)] = each
    return table
