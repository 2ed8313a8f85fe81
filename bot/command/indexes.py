"""`askwell index`: build the index and check it; `fitting.py` has what `askwell index fit` does."""

from __future__ import annotations

import argparse
import sys

from bot.app import publish
from bot.command.arguments import Subparsers, add_command, add_group
from bot.command.fitting import add_fit
from bot.settings import read_settings
from index.encoder.embedding import Encoder
from index.encoder.model_files import find_model
from index.store.build import is_current
from index.store.generations import INDEX_FILE, current_name, load
from index.store.nearest import FLAT


def add_commands(commands: Subparsers) -> None:
    """Add `index` and its subcommands."""
    group = add_group(commands, "index", "build the index, check it, and fit the reader")
    add_command(group, "build", run_build, "embed what changed and publish")
    add_fit(group)
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
    index = generation.index
    print(f"{INDEX_FILE}: FAISS {index.kind}, {'exact, ' if index.kind == FLAT else ''}{len(index.ids)} vectors")
    if manifest.model_identity != model.identity:
        print(f"made with {manifest.model}, not {model.name}: run 'askwell index build'")
    elif not current:
        print("the cards have changed since: run 'askwell index build'")
    else:
        print("current")
    return 0 if current else 1
