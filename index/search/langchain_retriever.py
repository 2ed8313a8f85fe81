"""Askwell's search as a LangChain retriever, for any chain that wants it."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from index.search.library import Library
from index.search.query import clean


class CardRetriever(BaseRetriever):
    """Returns the best cards for a query, none when no card settles it.

    Each document is a card's four sections; its metadata has `slug`, `title`, `score` (0 to 1) and `settled` (0 to 1).
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Any
    most: int = 4
    only_settled: bool = True

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        del run_manager
        library: Library = self.library
        found = library.search(clean(query))
        if self.only_settled and found.settled < library.reader.weights.settled_from:
            return []
        return [
            Document(
                page_content=library.base.cards[hit.slug].body(),
                metadata={
                    "slug": hit.slug,
                    "title": library.base.cards[hit.slug].title,
                    "score": round(hit.score, 4),
                    "settled": round(found.settled, 4),
                },
            )
            for hit in found.hits[: self.most]
        ]
