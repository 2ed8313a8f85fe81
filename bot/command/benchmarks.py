"""The cost of answering, and of searching (`index/evaluate/bench.py`); `make bench` writes it to docs/internals/benchmarks.md."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from bot.service import Service
from bot.settings import PROJECT
from index.encoder.batching import SharedEncoder
from index.encoder.embedding import Encoder, Vectors
from index.encoder.model_files import find_model
from index.evaluate.bench import Measurement, edit_of_one, growth_of_search, many_at_once, say, timed, write
from index.evaluate.labelled_questions import QUESTIONS, read_labelled
from index.learned.reader_weights import ReaderWeights
from index.search.library import Library
from index.store.build import build
from index.store.generations import load

WARM_UP = 10
# What a plain search asks for.
PLAIN = 10
ASKED_OF_ONE = 200
# Measured of the process itself, since a parent's own memory can count as its child's.
ANSWER_ALL = """
import sys
from bot.command import main
status = main(["ask", "--batch", sys.argv[1], "--out", sys.argv[2]])
print(next(line for line in open("/proc/self/status") if line.startswith("VmRSS:")).split()[1])
sys.exit(status)
"""


class NotedEncoder:
    """An encoder that notes what it was asked to embed, so that the same calls can be made without all the rest."""

    def __init__(self, encode: Callable[[Sequence[str]], Vectors]) -> None:
        self.encode = encode
        self.calls: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Embed texts."""
        self.calls.append(list(texts))
        return self.encode(texts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m bot.command.benchmarks")
    parser.add_argument("--questions", type=int, default=160, help="questions that are asked one by one")
    parser.add_argument("--cards", type=int, default=10_000, help="cards of the large folder; 0 leaves it out")
    parser.add_argument("--passages", type=int, default=200_000, help="passages of the largest index; 0 leaves growth out")
    parser.add_argument("--out", type=Path, default=PROJECT / "docs/internals", help="where benchmarks.md and benchmarks.svg go")
    options = parser.parse_args(arguments)
    on = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
    model = find_model(None)
    encoder = Encoder(model)
    with tempfile.TemporaryDirectory(prefix="askwell-bench-") as scratch:
        home = Path(scratch)
        build(home / "index", PROJECT / "knowledge", lambda: encoder, model)
        generation, weights = load(home / "index"), ReaderWeights.for_model(model, home)
        noted = NotedEncoder(encoder.encode)
        # Nothing is remembered, or the second of two rounds would be free.
        library = Library(generation, SharedEncoder(noted, remembered=0), weights, encoder.words())
        rows = [row for path in sorted((QUESTIONS / "held_out").glob("*.jsonl")) for row in read_labelled(path) if row.question]
        questions = [str(row.question) for row in rows if len(str(row.question).split()) <= 40]
        figures = [whole_answer(Service(library, None), noted, questions[: options.questions])]
        figures += [*reading(library, questions[: options.questions]), *many_at_once(library, model, questions)]
        figures.append(memory(home, questions))
        say(figures)
        growth = growth_of_search(np.asarray(library.vectors), options.passages) if options.passages else []
        if growth:
            size, exact, near, found = growth[-1]
            figures.append(Measurement(f"search at {size:,} passages, ms", near, "under 2", f"HNSW; exact {exact:.1f} ms"))
            figures.append(Measurement("its recall@10 against exact search", found, "0.99 or more", "2,000 moved vectors"))
            say(figures[-2:])
        if options.cards:
            figures.append(edit_of_one(home, list(library.base.cards.values()), encoder, model, options.cards))
            say(figures[-1:])
    write(figures, growth, options.out, f"{on}, {os.getloadavg()[0]:.1f} at the end")
    return 0


def whole_answer(service: Service, noted: NotedEncoder, questions: Sequence[str]) -> Measurement:
    """Compare an answer with the calls of the encoder that it makes and a plain FAISS search for each vector, in turns."""
    ours: list[float] = []
    bare: list[float] = []
    index = service.library.index.faiss

    def plainly(calls: list[list[str]]) -> None:
        for texts in calls:
            for vector in noted.encode(texts):
                index.search(vector[None], PLAIN)

    for question in questions:
        noted.calls = []
        ours.append(timed(lambda text: service.answer((text,), hands_over=False), question))
        bare.append(timed(plainly, noted.calls))
    ours, bare = ours[WARM_UP:], bare[WARM_UP:]
    ratio = statistics.median(ours) / statistics.median(bare)
    detail = f"{statistics.median(ours) * 1000:.1f} ms against {statistics.median(bare) * 1000:.1f} ms, medians of {len(ours)}"
    return Measurement("whole answer / its bare encoder and FAISS calls", ratio, "at most 1.3", detail)


def reading(library: Library, questions: Sequence[str]) -> list[Measurement]:
    """Time how long one question takes to be searched for and read."""
    taken = [timed(library.search, question) * 1000 for question in questions][WARM_UP:]
    detail = f"embedded, searched and read; {len(taken)} questions one by one"
    return [
        Measurement("reading one question, p50, ms", float(np.quantile(taken, 0.5)), "-", detail),
        Measurement("reading one question, p95, ms", float(np.quantile(taken, 0.95)), "at most 250", detail),
    ]


def memory(home: Path, questions: Sequence[str]) -> Measurement:
    """Measure the memory of a process that has answered 200 questions and written them down (Linux)."""
    asked = [questions[number % len(questions)] for number in range(ASKED_OF_ONE)]
    lines = (json.dumps({"id": str(number), "question": question}) + "\n" for number, question in enumerate(asked))
    (home / "asked.jsonl").write_text("".join(lines), encoding="utf-8")
    command = [sys.executable, "-c", ANSWER_ALL, str(home / "asked.jsonl"), str(home / "answers.jsonl")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASKWELL_")} | {"ASKWELL_HOME": str(home)}
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, cwd=home, stdout=subprocess.PIPE, text=True, check=True)
    each = (time.perf_counter() - started) / ASKED_OF_ONE
    detail = f"resident, everything loaded; {each * 1000:.0f} ms a question with start and ledger"
    return Measurement(f"memory after {ASKED_OF_ONE} questions, MB", int(done.stdout.split()[-1]) / 1024, "at most 900", detail)


if __name__ == "__main__":
    sys.exit(main())
