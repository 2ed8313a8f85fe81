"""`askwell review`: the mentors' loop from a shell; the desk and Discord call the same functions."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from bot.answering.picked import from_card
from bot.app import open_service
from bot.command import promote
from bot.command.arguments import number, numbers, read_text
from bot.command.decision_lines import done_lines, owed_lines
from bot.command.ledgers import opened
from bot.command.lines import as_json, held
from bot.command.queue_lines import listed, shown
from bot.ledger.questions import asked
from bot.review.decisions import decide
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.decisions.outcomes import outcome
from bot.review.decisions.undo import undo
from bot.review.dossier import MOST_LIKE, dossier
from bot.review.question_state import known_question
from bot.review.queue.claims import claim, release
from bot.review.queue.clusters import similar_questions
from bot.review.queue.triage import queue
from bot.review.stats.statistics import stats
from bot.review.stats.statistics import text as stats_text
from bot.settings import read_settings
from bot.values import Answer, CleanText
from knowledge.errors import UsageError
from knowledge.reading.card_file import card_paths

Subparsers = Any
Run = Callable[[argparse.Namespace], int]

# From where a decision was made, as the ledger keeps it.
SOURCE = "shell"
LISTED = 20


def add_commands(commands: Subparsers) -> None:
    """Add `review` and its subcommands."""
    words = "the mentors' loop: what waits, what a mentor decides, what becomes a card"
    group = commands.add_parser("review", help=words, description=words).add_subparsers(
        dest="subcommand", required=True, metavar="SUBCOMMAND"
    )
    add_looking(group)
    add_claiming(group)
    add_deciding(group)
    promote.add_commands(group)


def leaf(group: Subparsers, name: str, run: Run, words: str, *, named: str = "ID") -> argparse.ArgumentParser:
    """Add one subcommand about one question, or none."""
    parser: argparse.ArgumentParser = group.add_parser(name, help=words, description=words)
    if named:
        parser.add_argument("id", type=number, metavar=named, help="its number, as 'askwell review list' shows it")
    parser.set_defaults(run=run)
    return parser


def add_looking(group: Subparsers) -> None:
    """Add what changes nothing."""
    listing = leaf(group, "list", run_list, "the questions that wait for a mentor, those of most worth first", named="")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.add_argument("--most", type=number, default=LISTED, metavar="N", help=f"at most so many ({LISTED} by default)")
    show = leaf(group, "show", run_show, "all that is known of one question: answers, evidence, decisions, messages, questions like it")
    show.add_argument("--json", action="store_true", help="as JSON")
    leaf(group, "stats", run_stats, "what is asked, what is missing, how fast and how rightly it's answered", named="")


def add_claiming(group: Subparsers) -> None:
    """Add claiming and releasing."""
    add_name(leaf(group, "claim", run_claim, "take a question, so that no other mentor works on it for half an hour"))
    add_name(leaf(group, "release", run_release, "give up a claim before it lapses"))


def add_deciding(group: Subparsers) -> None:
    """Add the decisions."""
    answer = leaf(group, "answer", run_answer, "answer a question in your own words")
    answer.add_argument("--text-file", required=True, metavar="F", help="the answer in Markdown; - reads standard input")
    confirm = leaf(group, "confirm", run_confirm, "stand behind the answer that a question has")
    correct = leaf(group, "correct", run_correct, "put another answer in the place of the one that a question has")
    instead = correct.add_mutually_exclusive_group(required=True)
    instead.add_argument("--text-file", metavar="F", help="the new answer in Markdown; - reads standard input")
    instead.add_argument("--card", metavar="SLUG", help="answer out of this card instead")
    correct.add_argument("--reason", default="", metavar="R", help="why, for other mentors")
    decline = leaf(group, "decline", run_decline, "leave a question unanswered; its learner hears the reason")
    decline.add_argument("--reason", required=True, metavar="R", help="why; the learner reads it")
    withdraw = leaf(group, "withdraw", run_withdraw, "take an answer back without another in its place")
    withdraw.add_argument("--reason", default="", metavar="R", help="why, for other mentors")
    second = leaf(group, "second-opinion", run_second_opinion, "ask other mentors to look too; the question stays open")
    second.add_argument("--reason", required=True, metavar="R", help="what you are unsure of, for other mentors")
    for parser in (answer, confirm, correct, decline, withdraw, second):
        add_name(parser)
        together = parser.add_mutually_exclusive_group()
        together.add_argument("--also", type=numbers, default=(), metavar="ID,ID", help="settle these questions with it")
        together.add_argument("--cluster", action="store_true", help="settle with it the open questions that 'show' lists as like it")
    add_name(leaf(group, "undo", run_undo, "take your decision back, until it's delivered", named="DECISION"))


def add_name(parser: argparse.ArgumentParser) -> None:
    """Add who decides."""
    parser.add_argument("--as", dest="mentor", required=True, metavar="NAME", help="your name, as other mentors and learners know you")


def run_list(options: argparse.Namespace) -> int:
    """Print the queue."""
    with opened(read_settings()) as ledger, ledger.transaction() as session:
        waiting = queue(session, now=now(), most=options.most)
    print(in_json(waiting) if options.json else listed(waiting, now()))
    return 0


def run_show(options: argparse.Namespace) -> int:
    """Print one question's dossier."""
    with opened(read_settings()) as ledger, ledger.transaction() as session:
        found = dossier(session, options.id)
    print(in_json(found) if options.json else shown(found, now()))
    return 0


def run_stats(options: argparse.Namespace) -> int:
    """Print what mentors learn."""
    del options
    with opened(read_settings()) as ledger, ledger.transaction() as session:
        found = stats(session, now=now())
    print(stats_text(found))
    return 0


def run_claim(options: argparse.Namespace) -> int:
    """Take a question."""
    with opened(read_settings()) as ledger, ledger.transaction() as session:
        row = claim(session, options.id, options.mentor, now=now())
    print(f"Question {options.id} is claimed by {held(options.mentor.strip(), row.until)}.")
    return 0


def run_release(options: argparse.Namespace) -> int:
    """Give a question up."""
    with opened(read_settings()) as ledger, ledger.transaction() as session:
        there_was = release(session, options.id, options.mentor, now=now())
    print(f"Question {options.id} is free." if there_was else f"Nobody had claimed question {options.id}.")
    return 0


def run_answer(options: argparse.Namespace) -> int:
    """Answer in a mentor's words."""
    return carry_out(options, decide.answer, text=read_text(options.text_file))


def run_confirm(options: argparse.Namespace) -> int:
    """Confirm the answer."""
    return carry_out(options, decide.confirm)


def run_correct(options: argparse.Namespace) -> int:
    """Correct by a text or by another card."""
    replacement = mentor_answer(read_text(options.text_file)) if options.card is None else picked(options.id, options.card)
    return carry_out(options, decide.correct, replacement=replacement, reason=options.reason)


def run_decline(options: argparse.Namespace) -> int:
    """Decline with a reason."""
    return carry_out(options, decide.decline, reason=options.reason)


def run_withdraw(options: argparse.Namespace) -> int:
    """Withdraw the answer."""
    return carry_out(options, decide.withdraw, reason=options.reason)


def run_second_opinion(options: argparse.Namespace) -> int:
    """Ask for a second opinion."""
    return carry_out(options, decide.second_opinion, reason=options.reason)


def run_undo(options: argparse.Namespace) -> int:
    """Undo a decision with all that were made together with it."""
    with opened(read_settings()) as ledger, ledger.transaction() as session:
        review = undo(session, options.id, mentor=options.mentor, now=now())
        found = outcome(session, review)
    print(f"Decision {options.id} is undone, nothing of it will be sent.")
    for line in owed_lines(found.queued, [each.question_id for each in found.questions]):
        print(line)
    return 0


def carry_out(options: argparse.Namespace, decision: Callable[..., Any], **given: Any) -> int:
    """Make one decision in one transaction, and say what it came to."""
    with opened(read_settings()) as ledger, ledger.transaction() as session:
        also = similar_questions(session, options.id)[0][:MOST_LIKE] if options.cluster else options.also
        review = decision(session, options.id, mentor=options.mentor, source=SOURCE, now=now(), also=also, **given)
        found = outcome(session, review)
    print("\n".join(done_lines(found)))
    return 0


def picked(question_id: int, slug: str) -> Answer:
    """Return the answer out of a card that a mentor picked; only this decision needs the model.

    Raises:
        UsageError: there is no such question, or no such card.
    """
    settings = read_settings()
    with opened(settings) as ledger, ledger.transaction() as session:
        known_question(session, question_id)
        turns = asked(session, question_id)
    if all(path.stem != slug for path in card_paths(settings.knowledge_dir)):
        raise UsageError(f"there is no card '{slug}': 'askwell knowledge list' names them all")
    return from_card(tuple(map(CleanText, turns)), slug, open_service(settings, with_ledger=False).library)


def in_json(value: Any) -> str:
    """Return a value as JSON's text."""
    return json.dumps(as_json(value), ensure_ascii=False, indent=2)


def now() -> dt.datetime:
    """Return the time."""
    return dt.datetime.now(dt.UTC)
