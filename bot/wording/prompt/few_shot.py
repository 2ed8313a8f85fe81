"""The few-shot examples for a question: those most like it, and unlike each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

from langchain_core.embeddings import Embeddings
from langchain_core.example_selectors import MaxMarginalRelevanceExampleSelector
from langchain_core.vectorstores import InMemoryVectorStore

from index.search.library import Library
from knowledge.reading.card import Example

MOST = 4
# The choice is made from this many nearest examples. Likeness counts less than difference, or several answers to the same question would
# crowd out all others.
NEAREST = 12
LIKENESS = 0.4
# A vague question never reaches a model, and an example of asking back would teach it to ask instead of answering.
NOT_FOR_COMPOSING = frozenset({"vague"})


class LibraryEmbeddings(Embeddings):
    """The library's own embedding model, which remembers the examples that it has embedded."""

    def __init__(self, library: Library) -> None:
        self._encode = library.encode
        self._known: dict[str, list[float]] = {}

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed examples; each text once."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        if new:
            self._known.update(zip(new, self._encode(new).tolist(), strict=True))
        return [self._known[text] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Embed a question."""
        return cast(list[float], self._encode([text])[0].tolist())


class DiverseSelector(MaxMarginalRelevanceExampleSelector):
    """LangChain's selector with our weight of likeness, which it has no setting for."""

    def select_examples(self, input_variables: dict[str, str]) -> list[dict[str, Any]]:
        """Return the examples most like the question and unlike each other, the best first."""
        text = self._example_to_text(input_variables, self.input_keys)
        found = self.vectorstore.max_marginal_relevance_search(text, k=self.k, fetch_k=self.fetch_k, lambda_mult=LIKENESS)
        return self._documents_to_examples(found)


class Shelf:
    """The examples of one library, ready to be chosen from; they are embedded again only when they change."""

    def __init__(self, examples: tuple[Example, ...], embeddings: LibraryEmbeddings) -> None:
        self.examples = {str(example.name): example for example in examples}
        self.embeddings = embeddings
        self._made_of = examples
        self._selector = DiverseSelector.from_examples(
            [{"name": name, "asked": compared_text(each.turns)} for name, each in self.examples.items()],
            embeddings,
            InMemoryVectorStore,
            k=MOST,
            fetch_k=NEAREST,
            input_keys=["asked"],
        )

    def holds(self, examples: tuple[Example, ...]) -> bool:
        """Return whether this shelf was made of these examples."""
        return self._made_of == examples

    def choose(self, turns: Sequence[str]) -> list[Example]:
        """Return the examples that suit a conversation's last turn, the best first."""
        return [self.examples[each["name"]] for each in self._selector.select_examples({"asked": compared_text(turns)})]


_shelves: WeakKeyDictionary[Library, Shelf] = WeakKeyDictionary()


def choose_examples(turns: Sequence[str], library: Library, examples: Sequence[Example]) -> list[Example]:
    """Return the few examples that suit a conversation's last turn, the best first."""
    wanted = tuple(each for each in examples if each.kind not in NOT_FOR_COMPOSING)
    if not wanted:
        return []
    shelf = _shelves.get(library)
    if shelf is None or not shelf.holds(wanted):
        shelf = Shelf(wanted, shelf.embeddings if shelf else LibraryEmbeddings(library))
        _shelves[library] = shelf
    return shelf.choose(turns)


def compared_text(turns: Sequence[str]) -> str:
    """Return the text of a conversation for comparing: its last turn, and the one before that it may lean on."""
    return "\n".join(turns[-2:])
