"""The cost of answering, each figure a ratio within one run; `make bench` writes it to docs/internals/benchmarks.md with a plot."""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import yaml
from sentence_transformers import SentenceTransformer

from index.encoder.batching import SharedEncoder
from index.encoder.embedding import Encoder, Vectors
from index.encoder.model_files import EmbeddingModel, find_model
from index.evaluate.labelled_questions import QUESTIONS, read_labelled
from index.learned.reader_weights import ReaderWeights
from index.search.library import Library
from index.store.build import build
from index.store.generations import load
from index.store.nearest import GRAPH, make_index, recall
from knowledge.reading.card import Card

PROJECT = Path(__file__).resolve().parents[2]
AT_ONCE = 64
ROUNDS = 5
SIZES = (1_000, 5_000, 20_000, 50_000, 100_000, 200_000)


@dataclass(frozen=True)
class Measurement:
    """One line of the table: what was measured, against what, and what was aimed at."""

    name: str
    value: float
    aim: str
    detail: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m index.evaluate.bench")
    parser.add_argument("--cards", type=int, default=10_000, help="cards of the large folder")
    parser.add_argument("--out", type=Path, default=PROJECT / "docs/internals", help="where benchmarks.md and benchmarks.svg go")
    options = parser.parse_args(arguments)
    model = find_model(None)
    encoder = Encoder(model)
    with tempfile.TemporaryDirectory(prefix="askwell-bench-") as scratch:
        home = Path(scratch)
        build(home / "index", PROJECT / "knowledge", lambda: encoder, model)
        library = Library(
            load(home / "index"), SharedEncoder(encoder.encode, remembered=0), ReaderWeights.for_model(model, home), encoder.words()
        )
        questions = [row.question or "" for row in read_labelled(QUESTIONS / "held_out" / "in_scope.jsonl")]
        questions = [question for question in questions if len(question.split()) <= 40]
        bare = SentenceTransformer(model.location, device="cpu")
        figures = [one_question(library, bare, questions), *many_at_once(library, bare, model, questions)]
        say(figures)
        growth = growth_of_search(np.asarray(library.vectors))
        last = growth[-1]
        figures.append(Measurement("search at 200,000 passages, ms", last[2], "under 2", f"HNSW; exact {last[1]:.1f} ms"))
        figures.append(Measurement("its recall@10 against exact search", last[3], "0.99 or more", "2,000 moved vectors"))
        say(figures[-2:])
        figures.append(edit_of_one(home, list(library.base.cards.values()), encoder, model, options.cards))
        say(figures[-1:])
    write(figures, growth, options.out)
    return 0


def one_question(library: Library, transformer: SentenceTransformer, questions: list[str]) -> Measurement:
    """Compare a lone question's retrieval with the bare encoder and FAISS, in turns."""
    bare: list[float] = []
    ours: list[float] = []

    def plainly(text: str) -> None:
        faiss.knn(transformer.encode([text]), library.vectors, 10, metric=faiss.METRIC_INNER_PRODUCT)

    for question in questions[:160]:
        bare.append(timed(plainly, question))
        ours.append(timed(library.search, question))
    ratio = statistics.median(ours[10:]) / statistics.median(bare[10:])
    detail = f"{statistics.median(ours) * 1000:.1f} ms against {statistics.median(bare) * 1000:.1f} ms, medians of 150"
    return Measurement("one question: retrieval / bare encode + FAISS", ratio, "at most 1.2", detail)


def many_at_once(library: Library, transformer: SentenceTransformer, model: EmbeddingModel, questions: list[str]) -> list[Measurement]:
    """Compare 64 questions at once with the bare batched encoder and with LangChain's FAISS store, in turns."""
    from langchain_community.vectorstores import FAISS  # noqa: PLC0415  only this comparison needs it
    from langchain_huggingface import HuggingFaceEmbeddings  # noqa: PLC0415

    embeddings = HuggingFaceEmbeddings(model_name=model.location, encode_kwargs={"normalize_embeddings": True})
    pairs = [(passage.text, vector.tolist()) for passage, vector in zip(library.passages, library.vectors, strict=True)]
    store = FAISS.from_embeddings(pairs, embeddings)
    batches = [questions[start : start + AT_ONCE] for start in range(0, AT_ONCE * 3, AT_ONCE)]
    ours: list[float] = []
    bare: list[float] = []
    chain: list[float] = []

    def all_at_once(search: Callable[[str], object], texts: list[str]) -> None:
        list(pool.map(search, texts))

    def in_the_chain(text: str) -> object:
        return store.similarity_search_with_score(text, k=10)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for round_ in range(ROUNDS):
            batch = batches[round_ % len(batches)]
            bare.append(timed(transformer.encode, batch))
            ours.append(timed(all_at_once, library.search, batch))
            chain.append(timed(all_at_once, in_the_chain, batch))
    per_second = AT_ONCE / statistics.median(ours)
    return [
        Measurement(
            "64 at once: throughput / SentenceTransformer.encode", statistics.median(bare) / statistics.median(ours), "at least 0.8",
            f"{per_second:.0f} questions a second against {AT_ONCE / statistics.median(bare):.0f}",
        ),
        Measurement(
            "64 at once: throughput / LangChain's FAISS store", statistics.median(chain) / statistics.median(ours), "at least 3",
            f"{per_second:.0f} questions a second against {AT_ONCE / statistics.median(chain):.0f}",
        ),
    ]  # fmt: skip


def growth_of_search(real: Vectors) -> list[tuple[int, float, float, float]]:
    """Measure exact and HNSW search over growing numbers of passages, made by mixing pairs of the real vectors.

    Shapes: one (passages, exact ms, HNSW ms, recall@10) per size.
    """
    generator = np.random.default_rng(3)
    rows = []
    for size in SIZES:
        first, second = generator.integers(len(real), size=(2, size))
        share = generator.uniform(0.5, 1.0, size=(size, 1)).astype(np.float32)
        mixed = share * real[first] + (1 - share) * real[second] + generator.normal(0, 0.02, (size, real.shape[1])).astype(np.float32)
        vectors = np.ascontiguousarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), dtype=np.float32)
        graph = make_index(vectors, GRAPH)
        queries = vectors[generator.integers(size, size=60)]
        exact = [timed(exactly, query[None], vectors) for query in queries]
        near = [timed(graph.faiss.search, query[None], 10) for query in queries]
        rows.append((size, statistics.median(exact) * 1000, statistics.median(near) * 1000, recall(graph, samples=2_000)))
        print(f"{size:>8} passages: exact {rows[-1][1]:.2f} ms, HNSW {rows[-1][2]:.2f} ms, recall@10 {rows[-1][3]:.3f}", file=sys.stderr)
    return rows


def exactly(query: Vectors, vectors: Vectors) -> None:
    """Search every vector."""
    faiss.knn(query, vectors, 10, metric=faiss.METRIC_INNER_PRODUCT)


def edit_of_one(home: Path, cards: list[Card], encoder: Encoder, model: EmbeddingModel, count: int) -> Measurement:
    """Compare a full build of many cards with the build after one of them was edited."""
    folder = home / "many"
    (folder / "made").mkdir(parents=True)
    mixer = random.Random(5)
    for number in range(count):
        write_card(folder / "made", f"made-{number}", cards, mixer)
    full = timed(build, home / "large", folder, lambda: encoder, model)
    path = folder / "made" / f"made-{count // 2}.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("asked_as:", "asked_as:\n- was this phrasing here before?", 1), encoding="utf-8"
    )
    edit = timed(build, home / "large", folder, lambda: encoder, model)
    return Measurement(f"edit of one card / full build, {count:,} cards", edit / full, "at most 0.02", f"{edit:.1f} s against {full:.1f} s")


def write_card(folder: Path, slug: str, cards: list[Card], mixer: random.Random) -> None:
    """Write a card put together from pieces of real ones, with its number in them, so that no two passages are alike."""
    pick = mixer.choice
    front = {
        "slug": slug,
        "title": f"{pick(cards).title} {slug}",
        "asked_as": [f"{slug} {pick(pick(cards).asked_as)}"[:90] for _ in range(6)],
        "key_facts": [f"{slug}: {pick(pick(cards).key_facts)}"[:120] for _ in range(3)],
        "sources": [{"title": "Made up", "authors": "Nobody", "year": 2026, "url": "https://example.org/"}],
        "review_by": "2030-01-01",
    }
    sections = {
        "Short answer": f"Made up {slug}. Twice.",
        "Explanation": f"Made up {slug}.",
        "Example": f"None {slug}.",
        "Check yourself": "Why?\n\n||So.||",
    }
    body = "".join(f"## {title}\n\n{text}\n\n" for title, text in sections.items())
    (folder / f"{slug}.md").write_text("---\n" + yaml.safe_dump(front, sort_keys=False) + "---\n" + body, encoding="utf-8")


def timed(call: Callable[..., object], *arguments: object) -> float:
    """Return how long a call with these arguments takes. Units: seconds."""
    started = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - started


def say(figures: list[Measurement]) -> None:
    """Print figures as they come."""
    for figure in figures:
        print(f"{figure.name:<52} {figure.value:8.3f}   aim: {figure.aim:<14} {figure.detail}", flush=True)


def write(figures: list[Measurement], growth: list[tuple[int, float, float, float]], folder: Path) -> None:
    """Write the table and the plot."""
    lines = ["# Benchmarks", "", "Written by `make bench`; every figure is a ratio, or a time, of one run on one machine.", ""]
    lines += ["| figure | measured | aim | detail |", "| --- | --- | --- | --- |"]
    lines += [f"| {figure.name} | {figure.value:.3f} | {figure.aim} | {figure.detail} |" for figure in figures]
    lines += ["", "## How a search grows", "", "![search time by number of passages](benchmarks.svg)", ""]
    lines += ["| passages | exact, ms | HNSW, ms | recall@10 |", "| --- | --- | --- | --- |"]
    lines += [f"| {size:,} | {exact:.2f} | {near:.2f} | {found:.3f} |" for size, exact, near, found in growth]
    (folder / "benchmarks.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    from matplotlib.figure import Figure as Plot  # noqa: PLC0415  only the plot needs it

    plot = Plot(figsize=(6, 4), layout="constrained")
    axes = plot.subplots()
    axes.plot([row[0] for row in growth], [row[1] for row in growth], marker="o", label="exact")
    axes.plot([row[0] for row in growth], [row[2] for row in growth], marker="o", label="HNSW")
    axes.set(xlabel="passages", ylabel="milliseconds for one search", xscale="log", yscale="log", title="Search by number of passages")
    axes.legend()
    plot.savefig(folder / "benchmarks.svg", metadata={"Date": None})


if __name__ == "__main__":
    sys.exit(main())
