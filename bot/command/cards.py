"""`askwell knowledge`: check, list, start and import cards."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from pathlib import Path

from bot.command.arguments import Subparsers, add_command, add_group
from bot.settings import PROJECT, read_settings
from knowledge.checking.rules import check
from knowledge.errors import UsageError
from knowledge.graph import render_readme, svg
from knowledge.importing import import_thread
from knowledge.reading.base import read_knowledge
from knowledge.reading.template import new_card

# The order of the first course; other folders come after these.
COURSE_GROUPS = ("paradigms", "pretraining", "fine-tuning", "inference", "evaluation")


def add_commands(commands: Subparsers) -> None:
    """Add `knowledge` and its subcommands."""
    group = add_group(commands, "knowledge", "check, list, start and import cards")
    add_command(group, "check", run_check, "every problem of every card, with file and line")
    listing = add_command(group, "list", run_list, "all cards by group")
    listing.add_argument("--json", action="store_true", help="as JSON")
    new = add_command(group, "new", run_new, "start a card from a template that explains itself")
    new.add_argument("slug", help="the card's name: lower-case words with hyphens")
    new.add_argument("--group", help="the folder for the card")
    imported = add_command(group, "import", run_import, "turn an exported thread into draft cards")
    imported.add_argument("file", type=Path, help="a Discourse topic's JSON, a DiscordChatExporter JSON, or plain text")
    graph = add_command(group, "graph", run_graph, "draw how the concepts link, and list the cards in the README")
    graph.add_argument("--out", type=Path, default=PROJECT / "docs" / "concepts.svg", help="the picture's file")


def run_check(options: argparse.Namespace) -> int:
    """Print every problem; the status is 1 if there is any."""
    del options
    settings = read_settings()
    base, problems = check(settings.knowledge_dir, today=today())
    for problem in problems:
        print(f"{settings.knowledge_dir}/{problem}", file=sys.stderr)
    if problems:
        print(f"{len(problems)} problems in {len(base.cards)} readable cards", file=sys.stderr)
        return 1
    print(f"{len(base.cards)} cards, {len(base.contrasts)} contrasts, {len(base.beyond)} topics beyond: no problems")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Print all cards."""
    base, problems = read_knowledge(read_settings().knowledge_dir)
    cards = sorted(base.cards.values(), key=lambda card: (card.group, card.slug))
    if options.json:
        keys = {"slug", "title", "asked_as", "confused_with", "related", "review_by"}
        print(
            json.dumps([card.model_dump(mode="json", include=keys) | {"group": card.group} for card in cards], ensure_ascii=False, indent=2)
        )
    else:
        for card in cards:
            print(f"{card.group:<12} {card.slug:<40} {card.title}")
    for problem in problems:
        print(f"askwell: {problem}", file=sys.stderr)
    return 1 if problems else 0


def run_new(options: argparse.Namespace) -> int:
    """Start a card."""
    path = new_card(options.slug, read_settings().knowledge_dir, group=options.group or COURSE_GROUPS[0], today=today())
    print(f"{path}: fill it in, then run 'askwell knowledge check'")
    return 0


def run_import(options: argparse.Namespace) -> int:
    """Turn an exported thread into draft cards, which answer nothing until a mentor moves them."""
    settings = read_settings()
    base, _ = read_knowledge(settings.knowledge_dir)
    imported = import_thread(options.file, base, settings.knowledge_dir / "drafts", today=today())
    for draft in imported.drafts:
        print(f"{draft.path}  ({'new' if draft.fresh else 'there already'})")
    for note in imported.notes:
        print(f"note: {note}")
    print(imported)
    return 0


def run_graph(options: argparse.Namespace) -> int:
    """Draw the picture of the concepts, and update the list of cards."""
    directory = read_settings().knowledge_dir
    base, _ = read_knowledge(directory)
    readme = directory / "README.md"
    try:
        options.out.write_text(svg(base, COURSE_GROUPS), encoding="utf-8")
        readme.write_text(render_readme(base, readme.read_text(encoding="utf-8"), COURSE_GROUPS), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"can't write {error.filename}: {error.strerror}") from error
    print(f"{options.out} and {readme}: {len(base.cards)} cards")
    return 0


def today() -> dt.date:
    """Return today's date."""
    return dt.datetime.now(dt.UTC).date()
