"""Words as evidence: BM25 over what each card says, in the question's words and in its own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from bm25s import BM25

from knowledge.base import KnowledgeBase
from knowledge.words import stems, words

Scores = npt.NDArray[np.float32]


class LexicalIndex:
    """BM25 over two faces of every card: how it's asked for, and what it says."""

    def __init__(self, base: KnowledgeBase) -> None:
        cards = list(base.cards.values())
        asked = [
            stems(" \n".join((card.title, card.title, *card.asked_as, *(each.belief for each in card.misconceptions)))) for card in cards
        ]
        said = [
            stems(" \n".join((card.title, card.body(), *card.key_facts, *(each.correction for each in card.misconceptions))))
            for card in cards
        ]
        self._asked = bm25(asked)
        self._said = bm25(said)
        self._vocabulary = {token for tokens in (*asked, *said) for token in tokens}
        self.course_words = {word for card in cards for word in words(" ".join((*card.asked_as, card.body())))}

    def asked(self, query: str) -> Scores:
        """Score every card by how it's asked for. Shapes: (number of cards,)."""
        return self._scores(self._asked, query)

    def said(self, query: str) -> Scores:
        """Score every card by what it says. Shapes: (number of cards,)."""
        return self._scores(self._said, query)

    def known_share(self, query: str) -> float:
        """Return the share of the question's content words that any card uses: low for talk of other things."""
        tokens = stems(query)
        return sum(token in self._vocabulary for token in tokens) / len(tokens) if tokens else 0.0

    def _scores(self, index: BM25, query: str) -> Scores:
        tokens = [token for token in dict.fromkeys(stems(query)) if token in index.vocab_dict]
        if not tokens:
            return np.zeros(index.scores["num_docs"], dtype=np.float32)
        return np.asarray(index.get_scores(tokens), dtype=np.float32)


def bm25(documents: list[list[str]]) -> BM25:
    """Index tokenised texts with BM25 (Lucene's variant, k1 1.2, b 0.6)."""
    index = BM25(k1=1.2, b=0.6, method="lucene")
    index.index(documents, show_progress=False)
    return index
