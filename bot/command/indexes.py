"""`askwell index`: build the index, check it, and fit the numbers that rank by it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.app import publish
from bot.command.arguments import Subparsers, add_command, add_group, to_stderr
from bot.settings import read_settings
from index.encoder.batching import SharedEncoder
from index.encoder.embedding import Encoder
from index.encoder.model_files import PACKAGED_NAME, RANGES, find_model, packaged_model
from index.evaluate.labelled_questions import labelled_to_fit, questions_to_fit
from index.learned.reader_weights import PARAMETERS
from index.search.library import Library
from index.store.build import is_current
from index.store.generations import current_name, load
from index.store.passages import all_passages
from knowledge.errors import IndexUnusable
from knowledge.files import why_not_writable, write_atomically
from knowledge.reading.base import read_knowledge
from knowledge.reading.card_file import Problem

# Fitting reads the same sentences of cards many times.
REMEMBERED = 1 << 17
# One text in so many is enough to measure the range of the numbers inside the embedding model.
EVERY = 5


def add_commands(commands: Subparsers) -> None:
    """Add `index` and its subcommands."""
    group = add_group(commands, "index", "build the index, check it, and fit the reader")
    add_command(group, "build", run_build, "embed what changed and publish")
    fit = add_command(group, "fit", run_fit, "learn the reader from the labelled questions again (minutes)")
    fit.add_argument(
        "--only",
        choices=("reader", "rounding"),
        help="only the reader, or only how the packaged model is rounded "
        "(every other number depends on it, so it's measured only on request)",
    )
    add_command(group, "status", run_status, "what is published, and whether it's current and whole")


def run_build(options: argparse.Namespace) -> int:
    """Update the index to the cards."""
    del options
    settings = read_settings()
    model = find_model(settings.embedding_model)
    built = publish(settings, model, lambda: Encoder(model))
    for problem in built.problems:
        print(f"askwell: {settings.knowledge_dir}/{problem}", file=sys.stderr)
    print(f"{built.name}: {built.cards} cards, {built.passages} passages, {built.embedded} embedded now")
    return 1 if built.problems else 0


def run_status(options: argparse.Namespace) -> int:
    """Print what is published; the status is 1 if it's missing, damaged or out of date."""
    del options
    settings = read_settings()
    model = find_model(settings.embedding_model)
    generation = load(settings.index_dir)
    manifest = generation.manifest
    current = is_current(settings.index_dir, settings.knowledge_dir, model)
    print(
        f"{current_name(settings.index_dir)}: {manifest.cards} cards, {manifest.passages} passages, model {manifest.model}, checksums right"
    )
    if manifest.model_identity != model.identity:
        print(f"made with {manifest.model}, not {model.name}: run 'askwell index build'")
    elif not current:
        print("the cards have changed since: run 'askwell index build'")
    else:
        print("current")
    return 0 if current else 1


def run_fit(options: argparse.Namespace) -> int:
    """Learn the numbers again and write them down."""
    if options.only == "rounding":
        return fit_rounding()
    settings = read_settings()
    model = find_model(settings.embedding_model)
    folder = PARAMETERS if model.name == PACKAGED_NAME else settings.home / "fitted"
    refuse_unwritable(folder)
    encoder = Encoder(model)
    built = publish(settings, model, lambda: encoder)
    refuse_broken(built.problems)
    library = Library(load(settings.index_dir), SharedEncoder(encoder.encode, remembered=REMEMBERED), known_words=encoder.words())
    try:
        fit_reading(library, folder)
    except OSError as error:
        raise IndexUnusable(f"the fitted numbers can't be written to {folder}: {error.strerror}") from error
    return 0


def refuse_unwritable(place: Path) -> None:
    """Raise IndexUnusable if a result could not be written, before minutes are spent on it."""
    if why := why_not_writable(place):
        raise IndexUnusable(f"the fitted numbers can't be written to {place}: {why}")


def refuse_broken(problems: Sequence[Problem]) -> None:
    """Raise IndexUnusable if there are problems in the cards."""
    if problems:
        raise IndexUnusable(f"{len(problems)} problems in the cards, the first: {problems[0]}; fix them before fitting")


def fit_rounding() -> int:
    """Measure the range of the inputs of the packaged model's layers over the cards and the labelled questions."""
    from index.encoder import rounding  # noqa: PLC0415  it imports torch

    refuse_unwritable(RANGES)
    base, problems = read_knowledge(read_settings().knowledge_dir)
    refuse_broken(problems)
    texts = [*(passage.text for passage in all_passages(base)), *(str(row.question) for row in questions_to_fit())][::EVERY]
    to_stderr(f"Measuring over {len(texts)} texts …")
    ranges = rounding.measured(Encoder(replace(packaged_model(), ranges=None)).transformer, texts)
    try:
        rounding.write_ranges(ranges, RANGES)
    except OSError as error:
        raise IndexUnusable(f"the ranges can't be written to {RANGES}: {error.strerror}") from error
    print(f"written to {RANGES}: every index and every fitted number must now be made again, 'askwell index fit' first")
    return 0


def fit_reading(library: Library, folder: Path) -> None:
    """Fit the reader, and print its figures on questions that it had not seen."""
    from index.fit.fit_reader import fit_reader  # noqa: PLC0415  scikit-learn is needed for learning only

    weights, figures = fit_reader(library, labelled_to_fit(), to_stderr)
    weights.write(folder)
    write_atomically(
        folder / "cross_validation.json", (json.dumps({name: round(value, 4) for name, value in figures.items()}, indent=1) + "\n").encode()
    )
    for name, value in figures.items():
        print(f"{name:<45} {value:.3f}")
    print(f"answered from {weights.settled_from:.2f}, shown as the nearest from {weights.near_from:.2f}; written to {folder}")
