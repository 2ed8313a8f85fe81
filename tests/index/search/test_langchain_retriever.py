"""Any LangChain chain can search the cards, and gets nothing for what no card settles."""

from __future__ import annotations

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda, RunnablePassthrough

from bot.service import Service
from index.search.langchain_retriever import CardRetriever


@pytest.fixture(scope="module")
def retriever(service: Service) -> CardRetriever:
    return CardRetriever(library=service.library)


def test_the_cards_for_a_question_come_as_documents_best_first(retriever: CardRetriever, service: Service) -> None:
    found = retriever.invoke("how does masked language modelling work?")
    assert 1 <= len(found) <= 4
    assert found[0].metadata["slug"] == "masked-language-modeling"
    card = service.library.base.cards[found[0].metadata["slug"]]
    assert found[0].page_content == card.body()
    assert found[0].metadata["title"] == card.title
    scores = [document.metadata["score"] for document in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= document.metadata["score"] <= 1 and 0 <= document.metadata["settled"] <= 1 for document in found)


@pytest.mark.parametrize("question", ["which bus goes to the harbour?", "good recipe for lentil soup please", ""])
def test_what_no_card_settles_brings_no_document_unless_asked_for(service: Service, retriever: CardRetriever, question: str) -> None:
    assert retriever.invoke(question) == []
    open_to_all = CardRetriever(library=service.library, most=2, only_settled=False)
    assert len(open_to_all.invoke(question)) == 2


async def test_it_stands_in_a_chain_one_question_or_many(retriever: CardRetriever) -> None:
    def titles(documents: list[Document]) -> str:
        return "; ".join(document.metadata["title"] for document in documents)

    chain = {"context": retriever | RunnableLambda(titles), "question": RunnablePassthrough()} | RunnableLambda(
        lambda row: f"{row['question']} -> {row['context']}"
    )
    question = "what does knowledge distillation teach the small model?"
    said = chain.invoke(question)
    assert said.startswith(f"{question} -> Knowledge distillation")
    assert chain.batch([question, question]) == [said, said]
    assert await chain.ainvoke(question) == said
