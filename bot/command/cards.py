"""`askwell knowledge`: check, list, start, import and confirm cards."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.app import open_service
from bot.command.arguments import Subparsers, add_command, add_group, progress_if_watched, to_stderr
from bot.command.ledgers import opened
from bot.command.reviewing.lines import plain
from bot.ledger.mentors import checked_name
from bot.review.card_work.edited_card import plan_of_confirmation
from bot.review.promotion.apply import carry_out
from bot.review.promotion.make_plan import Basis
from bot.settings import read_settings
from index.search.placing import place
from knowledge.card_list import in_order, render_readme
from knowledge.checking.advice import warnings
from knowledge.checking.rules import check
from knowledge.errors import UsageError
from knowledge.files import write_atomically
from knowledge.importing import import_thread
from knowledge.importing.placement import Placement
from knowledge.reading.base import read_knowledge
from knowledge.reading.card_file import card_paths
from knowledge.reading.template import new_card


def add_commands(commands: Subparsers) -> None:
    """Add `knowledge` and its subcommands."""
    group = add_group(commands, "knowledge", "check, list, start, import and confirm cards")
    add_command(group, "check", run_check, "every problem of every card, with file and line, and what should be written otherwise")
    listing = add_command(group, "list", run_list, "all cards by group")
    listing.add_argument("--json", action="store_true", help="as JSON")
    new = add_command(group, "new", run_new, "start a card from a template that explains itself")
    new.add_argument("slug", help="the card's name: lower-case words with hyphens")
    new.add_argument("--group", help="the folder for the card; needed where there are several")
    imported = add_command(group, "import", run_import, "turn an exported thread into draft cards")
    imported.add_argument("file", type=Path, help="a Discourse topic's JSON, a DiscordChatExporter JSON, or plain text")
    words = "confirm the wording of a card that a model drafted: its marks go, in your name"
    confirm = add_command(group, "confirm", run_confirm, words)
    confirm.add_argument("slug", metavar="SLUG", help="the card")
    confirm.add_argument("--as", dest="mentor", required=True, metavar="NAME", help="your name, as other mentors and git know you")
    add_command(group, "readme", run_readme, "bring the list of cards in the knowledge folder's README up to date")


def run_check(options: argparse.Namespace) -> int:
    """Print every problem and every warning; the status is 1 if there is a problem."""
    del options
    settings = read_settings()
    base, problems = check(settings.knowledge_dir, today=today())
    warned = warnings(base, settings.knowledge_dir)
    for warning in warned:
        print(f"warning: {settings.knowledge_dir}/{warning}", file=sys.stderr)
    for problem in problems:
        print(f"{settings.knowledge_dir}/{problem}", file=sys.stderr)
    also = f", {counted(len(warned), 'warning')}" if warned else ""
    if problems:
        print(f"{counted(len(problems), 'problem')} in {counted(len(base.cards), 'readable card')}{also}", file=sys.stderr)
        return 1
    print(f"{len(base.cards)} cards, {len(base.contrasts)} contrasts, {len(base.beyond)} topics beyond: no problems{also}")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Print all cards."""
    base, problems = read_knowledge(read_settings().knowledge_dir)
    cards = in_order(base)
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
    path = new_card(options.slug, read_settings().knowledge_dir, group=options.group, today=today())
    print(f"{path}: fill it in, then run 'askwell knowledge check'")
    return 0


def run_import(options: argparse.Namespace) -> int:
    """Turn an exported thread into draft cards, which answer nothing until a mentor moves them."""
    settings = read_settings()
    base, _ = read_knowledge(settings.knowledge_dir)

    def placed(questions: Sequence[str]) -> list[Placement]:
        # Nobody waits for the embedding model before the file is known to be a thread.
        return place(open_service(settings, with_ledger=False, progress=to_stderr).library, questions)

    imported = import_thread(options.file, base, settings.knowledge_dir / "drafts", placed, today=today())
    for draft in imported.drafts:
        print(f"{draft.path}  ({'new' if draft.fresh else 'there already'})")
    for note in imported.notes:
        print(f"note: {note}")
    print(imported)
    return 0


def run_confirm(options: argparse.Namespace) -> int:
    """Take the marks of a draft off a card."""
    settings = read_settings()
    mentor = checked_name(options.mentor)
    if all(path.stem != options.slug for path in card_paths(settings.knowledge_dir)):
        raise UsageError(f"there is no card '{options.slug}': 'askwell knowledge list' names them all")
    with opened(settings) as ledger:
        service = open_service(settings, with_ledger=False, progress=progress_if_watched())
        plan = plan_of_confirmation(Basis(service.library, settings.knowledge_dir, mentor, today()), options.slug)
        now = dt.datetime.now(dt.UTC)
        done = carry_out(ledger, plan, knowledge=settings.knowledge_dir, home=settings.home, now=now, refresh=service.refresh)
    committed = f"commit {done.commit[:10]}, author {plain(mentor)}" if done.commit else "not committed to git"
    print(f"The wording of {done.path} is confirmed, {committed}.")
    if done.note:
        print(f"Note: {done.note}.")
    return 0


def run_readme(options: argparse.Namespace) -> int:
    """Bring the list of cards up to date."""
    del options
    directory = read_settings().knowledge_dir
    base, _ = read_knowledge(directory)
    readme = directory / "README.md"
    try:
        write_atomically(readme, render_readme(base, readme.read_text(encoding="utf-8")).encode())
    except OSError as error:
        raise UsageError(f"can't write {readme}: {error.strerror or error}") from error
    print(f"{readme}: {counted(len(base.cards), 'card')}")
    return 0


def counted(number: int, thing: str) -> str:
    """Return a number of things in words."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def today() -> dt.date:
    """Return today's date."""
    return dt.datetime.now(dt.UTC).date()
