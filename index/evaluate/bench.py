"""The cost of searching, each figure a ratio or a time within one run; `bot/command/benchmarks.py` adds that of answering."""

from __future__ import annotations

import random
import re
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import yaml

from index.encoder.embedding import Encoder, Vectors
from index.encoder.model_files import EmbeddingModel
from index.search.library import Library
from index.store.build import build
from index.store.nearest import GRAPH, make_index, recall
from knowledge.reading.card import Card

AT_ONCE = 64
AS_IT_COMES = "as it comes"
ROUNDS = 5
UNDER_LOAD = "Discord under load"
SIZES = (1_000, 5_000, 20_000, 50_000, 100_000, 200_000)
WRITTEN = "Written by `make bench`; every figure is a ratio, a time or a size, of one run on one machine."
ELSEWHERE = "[The desk's pages](desk-speed.md) have a command of their own."


@dataclass(frozen=True)
class Measurement:
    """One line of the table: what was measured, against what, and what was aimed at."""

    name: str
    value: float
    aim: str
    detail: str


def many_at_once(library: Library, model: EmbeddingModel, questions: list[str]) -> list[Measurement]:
    """Compare 64 questions at once, searched and read, with LangChain's FAISS store over the same passages, in turns.

    The store searches and doesn't read. Once it embeds with the very same rounded model, once with the model as LangChain loads it.
    """
    from langchain_community.vectorstores import FAISS  # noqa: PLC0415  only this comparison needs it
    from langchain_huggingface import HuggingFaceEmbeddings  # noqa: PLC0415

    pairs = [(passage.text, vector.tolist()) for passage, vector in zip(library.passages, library.vectors, strict=True)]
    stores = {}
    for name in (AS_IT_COMES, "with our rounded model"):
        embeddings = HuggingFaceEmbeddings(model_name=model.location, encode_kwargs={"normalize_embeddings": True})
        if name != AS_IT_COMES:
            # LangChain has no public way to take a model that is loaded already.
            embeddings._client = Encoder(model).transformer
        stores[name] = FAISS.from_embeddings(pairs, embeddings)
    batches = [questions[start : start + AT_ONCE] for start in range(0, len(questions) - AT_ONCE + 1, AT_ONCE)]
    ours: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in stores}

    def all_at_once(search: Callable[[str], object], texts: list[str]) -> None:
        list(pool.map(search, texts))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for round_ in range(ROUNDS):
            batch = batches[round_ % len(batches)]
            ours.append(timed(all_at_once, library.search, batch))
            for name, store in stores.items():
                theirs[name].append(timed(all_at_once, store.similarity_search_with_score, batch))
    per_second = AT_ONCE / statistics.median(ours)
    return [
        Measurement(
            f"64 at once: throughput / LangChain's FAISS store {name}", statistics.median(taken) / statistics.median(ours),
            # Rounding is half of what makes ours quick, so nothing is aimed at where LangChain is given it.
            "at least 2" if name == AS_IT_COMES else "-",
            f"{per_second:.0f} questions a second, read too, against {AT_ONCE / statistics.median(taken):.0f}",
        )
        for name, taken in theirs.items()
    ]  # fmt: skip


def growth_of_search(real: Vectors, largest: int) -> list[tuple[int, float, float, float]]:
    """Measure exact and HNSW search over growing numbers of passages, made by mixing pairs of the real vectors.

    Shapes: one (passages, exact ms, HNSW ms, recall@10) per size.
    """
    generator = np.random.default_rng(3)
    rows = []
    for size in (*(size for size in SIZES if size < largest), largest):
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


def section(page: str, heading: str) -> str:
    """Return a section of a page with its heading, up to the next one; empty if it has none."""
    found = re.search(rf"^## {re.escape(heading)}\n.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return "" if found is None else found[0].rstrip() + "\n"


def write(figures: list[Measurement], growth: list[tuple[int, float, float, float]], folder: Path, on: str) -> None:
    """Write the table and the plot; `on` says on which machine, and how busy it was."""
    lines = ["# Benchmarks", "", f"{WRITTEN} {ELSEWHERE}", ""]
    lines += [f"{on}.", ""]
    lines += ["| figure | measured | aim | detail |", "| --- | --- | --- | --- |"]
    lines += [f"| {figure.name} | {figure.value:.3f} | {figure.aim} | {figure.detail} |" for figure in figures]
    page = folder / "benchmarks.md"
    # Another command measures the load, and writes its own section.
    kept = section(page.read_text(encoding="utf-8"), UNDER_LOAD) if page.is_file() else ""
    kept = f"\n{kept}" if kept else ""
    if not growth:
        page.write_text("\n".join(lines) + f"\n{kept}", encoding="utf-8")
        return
    lines += ["", "## How a search grows", "", "![search time by number of passages](benchmarks.svg)", ""]
    lines += ["| passages | exact, ms | HNSW, ms | recall@10 |", "| --- | --- | --- | --- |"]
    lines += [f"| {size:,} | {exact:.2f} | {near:.2f} | {found:.3f} |" for size, exact, near, found in growth]
    page.write_text("\n".join(lines) + f"\n{kept}", encoding="utf-8")
    from matplotlib.figure import Figure as Plot  # noqa: PLC0415  only the plot needs it

    plot = Plot(figsize=(6, 4), layout="constrained")
    axes = plot.subplots()
    axes.plot([row[0] for row in growth], [row[1] for row in growth], marker="o", label="exact")
    axes.plot([row[0] for row in growth], [row[2] for row in growth], marker="o", label="HNSW")
    axes.set(xlabel="passages", ylabel="milliseconds for one search", xscale="log", yscale="log", title="Search by number of passages")
    axes.legend()
    plot.savefig(folder / "benchmarks.svg", metadata={"Date": None})
