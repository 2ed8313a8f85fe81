"""`askwell index`: build the index, and say how it stands."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from bot.settings import read_settings
from index.batching import SharedEncoder
from index.build import build, is_current
from index.embedding import Encoder
from index.fitted import PARAMETERS, Fitted, unfitted
from index.models import PACKAGED_NAME, find_model
from index.search import Library
from index.storage import current_name, load
from knowledge.errors import IndexUnusable

Subparsers = Any

# Fitting reads the same sentences of cards again and again.
REMEMBERED = 1 << 17


def add_commands(commands: Subparsers) -> None:
    """Add `index` and its subcommands."""
    group = commands.add_parser("index", help="build the index, and say how it stands").add_subparsers(
        dest="subcommand", required=True, metavar="SUBCOMMAND"
    )
    group.add_parser("build", help="embed what changed and publish").set_defaults(run=run_build)
    fit = group.add_parser("fit", help="learn ranking, confidence and the grounding check from the labelled examples again (minutes)")
    fit.add_argument(
        "--only", choices=("ranking", "check"), help="learn only ranking and confidence, or only the check of what models write"
    )
    fit.set_defaults(run=run_fit)
    group.add_parser("status", help="what is published, and whether it's current and whole").set_defaults(run=run_status)


def run_build(options: argparse.Namespace) -> int:
    """Bring the index up to date with the cards."""
    del options
    settings = read_settings()
    model = find_model(settings.embedding_model)
    try:
        built = build(settings.index_dir, settings.knowledge_dir, lambda: Encoder(model), model)
    except OSError as error:
        raise IndexUnusable(f"the index can't be written to {settings.index_dir}: {error}") from error
    for problem in built.problems:
        print(f"askwell: {settings.knowledge_dir}/{problem}", file=sys.stderr)
    print(f"{built.name}: {built.cards} cards, {built.passages} passages, {built.embedded} embedded now")
    return 1 if built.problems else 0


def run_status(options: argparse.Namespace) -> int:
    """Say what is published; the status is 1 when it's missing, damaged or not of the cards as they are."""
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
    if Fitted.for_model(model, settings.home).is_stale(generation.passages):
        print("ranking and confidence were fitted on other cards: 'askwell index fit' renews them")
    return 0 if current else 1


def run_fit(options: argparse.Namespace) -> int:
    """Learn the numbers again and write them beside the code."""
    settings = read_settings()
    model = find_model(settings.embedding_model)
    encoder = Encoder(model)
    built = build(settings.index_dir, settings.knowledge_dir, lambda: encoder, model)
    if built.problems:
        raise IndexUnusable(f"{len(built.problems)} problems in the cards, the first: {built.problems[0]}; mend them before fitting")
    library = Library(load(settings.index_dir), SharedEncoder(encoder.encode, remembered=REMEMBERED), unfitted(), encoder.words())
    folder = PARAMETERS if model.name == PACKAGED_NAME else settings.home / "fitted"
    try:
        if options.only != "check":
            fit_ranking(library, folder)
        if options.only != "ranking":
            fit_check(library, folder)
    except OSError as error:
        raise IndexUnusable(f"the fitted numbers can't be written to {folder}: {error.strerror}") from error
    return 0


def fit_ranking(library: Library, folder: Path) -> None:
    """Learn ranking and confidence, and print how good they are in cross-validation."""
    from index.fitting import fit, written  # noqa: PLC0415  scikit-learn is needed for learning only

    fitted, report = fit(library, progress)
    fitted.write(folder)
    (folder / "cross_validation.json").write_text(written(report), encoding="utf-8")
    for name, value in report.figures.items():
        print(f"{name:<26} {value:.3f}")
    print(f"threshold {fitted.threshold:.2f}, temperature {fitted.temperature:.2f}; written to {folder}")


def fit_check(library: Library, folder: Path) -> None:
    """Learn the grounding check, and print how good it is in cross-validation."""
    from bot.check_fitting import fit  # noqa: PLC0415  scikit-learn is needed for learning only

    check, figures = fit(library, progress)
    check.write(folder)
    for name, value in figures.items():
        print(f"{name:<46} {value:.3f}")
    print(f"threshold {check.threshold:.2f}; written to {folder}")


def progress(line: str) -> None:
    """Show progress where it does not mix with figures."""
    print(line, file=sys.stderr)
