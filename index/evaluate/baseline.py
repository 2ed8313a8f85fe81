"""The plain baseline to compare every figure with: LangChain's FAISS store over the same cards, the nearest passage's card first."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.encoder.model_files import find_model
from index.evaluate.figures import LabelledOutcome, evaluate
from index.evaluate.labelled_questions import Labelled, read_labelled
from index.evaluate.report import table
from index.store.passages import PassageKind, all_passages
from knowledge.reading.base import read_knowledge
from knowledge.reading.card import Slug

PROJECT = Path(__file__).resolve().parents[2]
PASSAGES = 40


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the baseline's figures over labelled questions."""
    parser = argparse.ArgumentParser(prog="python -m index.evaluate.baseline")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--answered", type=float, default=0.90, help="share of in-scope questions that the threshold lets through")
    options = parser.parse_args(arguments)
    questions = [row for path in options.files for row in read_labelled(path)]
    found = search_all(questions)
    inside = [score for question, (_, score) in zip(questions, found, strict=True) if question.slugs]
    # The best threshold there is for this very file, which is more than a real system would know.
    threshold = float(np.quantile(inside, 1 - options.answered))
    print(f"LangChain FAISS, all-MiniLM-L6-v2, last turn alone, cosine threshold {threshold:.3f} (chosen on these questions)")
    print(table(evaluate([outcome(question, each, threshold) for question, each in zip(questions, found, strict=True)])))
    return 0


def search_all(questions: list[Labelled]) -> list[tuple[tuple[Slug, ...], float]]:
    """Return each question's cards, best passage first, and the best cosine."""
    from langchain_community.vectorstores import FAISS  # noqa: PLC0415  only this comparison needs it
    from langchain_huggingface import HuggingFaceEmbeddings  # noqa: PLC0415

    base, _ = read_knowledge(PROJECT / "knowledge")
    passages = [passage for passage in all_passages(base) if passage.kind is not PassageKind.BEYOND]
    embeddings = HuggingFaceEmbeddings(model_name=find_model(None).location, encode_kwargs={"normalize_embeddings": True})
    store = FAISS.from_texts([each.text for each in passages], embeddings, metadatas=[{"slug": each.slug} for each in passages])
    results = []
    for question in questions:
        hits = store.similarity_search_with_score(question.conversation[-1], k=PASSAGES)
        slugs = dict.fromkeys(Slug(hit.metadata["slug"]) for hit, _ in hits)
        # LangChain's store gives squared distances; between unit vectors that is 2 - 2 cos.
        results.append((tuple(slugs), 1.0 - float(hits[0][1]) / 2))
    return results


def outcome(question: Labelled, found: tuple[tuple[Slug, ...], float], threshold: float) -> LabelledOutcome:
    """Return the baseline's result; it composes nothing, so 'right' means that the right card was first and answered."""
    slugs, score = found
    bare = question.model_copy(update={"must": (), "must_not": ()})
    return LabelledOutcome(bare, score >= threshold, slugs, "", max(score, 0.0), 0.0)


if __name__ == "__main__":
    sys.exit(main())
