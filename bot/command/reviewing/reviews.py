"""`askwell review`: the subcommands of the mentors' loop."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from bot.answering.picked_card import from_card
from bot.app import open_service
from bot.command.arguments import Subparsers, add_command, add_group, number, numbers, read_text
from bot.command.ledgers import opened
from bot.command.reviewing import promote
from bot.command.reviewing.decision_lines import delivery_plan_lines, outcome_lines
from bot.command.reviewing.lines import as_json, claimant, counted
from bot.command.reviewing.queue_lines import dossier_text, groups_text, queue_text, waiting_lines
from bot.command.reviewing.walk import Shown, read_key, read_line, walk
from bot.ledger.database import Ledger
from bot.ledger.questions import turns_of
from bot.ledger.tables import ReviewRow
from bot.review.decisions import decide
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.decisions.near_verdicts import keep_near_cases
from bot.review.decisions.outcomes import Outcome, outcome
from bot.review.decisions.undo import undo
from bot.review.dossier import MOST_LIKE, dossier
from bot.review.promotion.impact import regression_file
from bot.review.question_state import known_question
from bot.review.queue.claims import claim, release
from bot.review.queue.clusters import similar_questions
from bot.review.queue.gathering import keep_up
from bot.review.queue.triage import Wanted, numbers_in, whole_queue
from bot.review.stats.statistics import stats
from bot.review.stats.statistics import text as stats_text
from bot.settings import read_settings
from bot.values import Answer, CleanText
from knowledge.errors import Refused, UsageError
from knowledge.reading.card_file import card_paths

# The source of a decision, as the ledger keeps it.
SOURCE = "shell"
LISTED = 20


def add_commands(commands: Subparsers) -> None:
    """Add `review` and its subcommands."""
    group = add_group(commands, "review", "the mentors' loop: questions that wait, decisions on them, and new cards")
    add_looking(group)
    add_claiming(group)
    add_deciding(group)
    promote.add_commands(group)


def leaf(group: Subparsers, name: str, run: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
    """Add one subcommand about one question."""
    parser = add_command(group, name, run, words)
    parser.add_argument("id", type=number, metavar="ID", help="its number, as 'askwell review list' shows it")
    return parser


def add_looking(group: Subparsers) -> None:
    """Add the subcommands that change nothing."""
    listing = add_command(group, "list", run_list, "the questions that wait for a mentor, the most valuable first")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.add_argument("--groups", action="store_true", help="only the groups, each with its questions")
    listing.add_argument("--group", default="", metavar="G", help="only this group, all of its questions one by one")
    listing.add_argument("--search", default="", metavar="WORDS", help="only questions that have all of these words")
    listing.add_argument("--platform", default="", metavar="P", help="only questions from this platform")
    listing.add_argument("--why", default="", metavar="WORDS", help="only questions that wait for this reason, such as 'thumbs down'")
    listing.add_argument("--all", action="store_true", help="also messages that ask nothing: commands, links, spam, emoji")
    listing.add_argument("--most", type=number, default=LISTED, metavar="N", help=f"at most so many ({LISTED} by default)")
    add_name(add_command(group, "next", run_next, "walk through the queue: one question at a time, one key a decision"))
    show = leaf(group, "show", run_show, "all about one question: answers, evidence, decisions, messages, similar questions")
    show.add_argument("--json", action="store_true", help="as JSON")
    add_command(group, "stats", run_stats, "what is asked, what is missing, and how fast and how well it's answered")


def add_claiming(group: Subparsers) -> None:
    """Add claiming and releasing."""
    add_name(leaf(group, "claim", run_claim, "claim a question, so that no other mentor works on it for half an hour"))
    add_name(leaf(group, "release", run_release, "end a claim before it lapses"))


def add_deciding(group: Subparsers) -> None:
    """Add the decisions."""
    answer = leaf(group, "answer", run_answer, "answer a question in your own words")
    answer.add_argument("--text-file", required=True, metavar="F", help="the answer in Markdown; - reads standard input")
    confirm = leaf(group, "confirm", lambda options: carry_out(options, decide.confirm), "confirm the answer that a question has")
    near = leaf(group, "near", run_near, "say whether the nearest passage that a question was shown settles it")
    near.add_argument("verdict", choices=("yes", "no"), help="yes: it's the answer; no: it isn't shown for this question again")
    correct = leaf(group, "correct", run_correct, "replace the answer that a question has")
    instead = correct.add_mutually_exclusive_group(required=True)
    instead.add_argument("--text-file", metavar="F", help="the new answer in Markdown; - reads standard input")
    instead.add_argument("--card", metavar="SLUG", help="answer from this card instead")
    correct.add_argument("--reason", default="", metavar="R", help="why, for other mentors")
    decline = leaf(group, "decline", with_reason(decide.decline), "leave a question unanswered; its learner reads the reason")
    decline.add_argument("--reason", required=True, metavar="R", help="why; the learner reads it")
    withdraw = leaf(group, "withdraw", with_reason(decide.withdraw), "withdraw an answer without a new one")
    withdraw.add_argument("--reason", default="", metavar="R", help="why, for other mentors")
    second = leaf(group, "second-opinion", with_reason(decide.second_opinion), "ask other mentors to look too; the question stays open")
    second.add_argument("--reason", required=True, metavar="R", help="what you are unsure of, for other mentors")
    for parser in (answer, confirm, near, correct, decline, withdraw, second):
        add_name(parser)
        together = parser.add_mutually_exclusive_group()
        together.add_argument("--also", type=numbers, default=(), metavar="ID,ID", help="settle these questions with it")
        together.add_argument("--cluster", action="store_true", help="settle the open questions that 'show' lists as similar with it")
        together.add_argument(
            "--group", default="", metavar="G", help="settle the whole group of the queue with it; 'list --groups' has them"
        )
    undo = add_command(group, "undo", run_undo, "undo your decision before it's delivered")
    undo.add_argument("id", type=number, metavar="DECISION", help="its number, which was printed with it; 'askwell review show' has it too")
    add_name(undo)


def add_name(parser: argparse.ArgumentParser) -> None:
    """Add who decides."""
    parser.add_argument("--as", dest="mentor", required=True, metavar="NAME", help="your name, as other mentors and learners know you")


def run_list(options: argparse.Namespace) -> int:
    """Print the queue."""
    wanted = Wanted(options.group, options.search, options.platform, options.why)
    with opened(read_settings()) as ledger, up_to_date(ledger).transaction() as session:
        found = whole_queue(session, now=now(), most=options.most, wanted=wanted, everything=options.all)
    if options.groups:
        print(in_json(found.groups) if options.json else groups_text(found))
    else:
        print(in_json(found.listed) if options.json else queue_text(found, now()))
    return 0


def run_next(options: argparse.Namespace) -> int:
    """Walk through the queue."""
    last: dict[int, int] = {}
    with opened(read_settings()) as ledger:

        def following(skipped: set[int]) -> Shown | None:
            with ledger.transaction(only_reads=True) as session:
                found = whole_queue(session, now=now(), most=len(skipped) + 1)
            each = next((each for each in found.listed if each.question_id not in skipped), None)
            head = f"{found.total} wait{f', {len(skipped)} of them skipped' if skipped else ''}."
            return None if each is None else Shown(each.question_id, "\n".join([head, *waiting_lines(each, now(), whole=True)]))

        def decided(number: int, key: str, text: str) -> str:
            by: dict[str, Any] = {"mentor": options.mentor, "source": SOURCE, "now": now()}
            try:
                with ledger.transaction() as session:
                    if key == "u":
                        review = undo(session, last.get(number, 0), mentor=options.mentor, now=now())
                        return f"Decision {review.id} is undone, none of its messages will be sent."
                    if key == "g":
                        group = next(each for each in whole_queue(session, now=now()).groups if number in each.numbers)
                        by["also"] = [each for each in group.numbers if each != number]
                    known: dict[str, Callable[..., ReviewRow]] = {"y": decide.confirm, "n": decide.not_it, "a": decide.answer}
                    made = known.get(key, decide.decline)
                    given = {"a": {"text": text}, "d": {"reason": text}, "g": {"reason": text}}.get(key, {})
                    found = outcome(session, made(session, number, **by, **given))
                last[number] = found.review_id
                return "\n".join([*outcome_lines(found), *near_case_lines(found)])
            except (Refused, UsageError) as error:
                return f"askwell: {error}"

        walk(following, decided, read_key, read_line)
    return 0


def run_show(options: argparse.Namespace) -> int:
    """Print one question's dossier."""
    with opened(read_settings()) as ledger, ledger.transaction() as session:
        found = dossier(session, options.id)
    print(in_json(found) if options.json else dossier_text(found, now()))
    return 0


def run_stats(options: argparse.Namespace) -> int:
    """Print the statistics."""
    del options
    with opened(read_settings()) as ledger, ledger.transaction() as session:
        found = stats(session, now=now())
    print(stats_text(found))
    return 0


def run_claim(options: argparse.Namespace) -> int:
    """Claim a question."""
    with opened(read_settings()) as ledger, ledger.transaction() as session:
        row = claim(session, options.id, options.mentor, now=now())
    print(f"Question {options.id} is claimed by {claimant(options.mentor.strip(), row.until)}.")
    return 0


def run_release(options: argparse.Namespace) -> int:
    """End a claim."""
    with opened(read_settings()) as ledger, ledger.transaction() as session:
        there_was = release(session, options.id, options.mentor, now=now())
    print(f"Question {options.id} is free." if there_was else f"Nobody had claimed question {options.id}.")
    return 0


def run_answer(options: argparse.Namespace) -> int:
    """Answer in a mentor's words."""
    return carry_out(options, decide.answer, text=read_text(options.text_file))


def run_correct(options: argparse.Namespace) -> int:
    """Correct by a text or by another card."""
    replacement = mentor_answer(read_text(options.text_file)) if options.card is None else card_answer(options.id, options.card)
    return carry_out(options, decide.correct, replacement=replacement, reason=options.reason)


def run_near(options: argparse.Namespace) -> int:
    """Say whether the nearest passage settles a question."""
    return carry_out(options, decide.is_it if options.verdict == "yes" else decide.not_it)


def with_reason(decision: Callable[..., Any]) -> Callable[[argparse.Namespace], int]:
    """Return what makes a decision of which a mentor gives only the reason."""
    return lambda options: carry_out(options, decision, reason=options.reason)


def run_undo(options: argparse.Namespace) -> int:
    """Undo a decision with those made together with it."""
    with opened(read_settings()) as ledger, ledger.transaction() as session:
        review = undo(session, options.id, mentor=options.mentor, now=now())
        found = outcome(session, review)
    near_case_lines(None)
    print(f"Decision {options.id} is undone, none of its messages will be sent.")
    for line in delivery_plan_lines(found.queued, [each.question_id for each in found.questions]):
        print(line)
    return 0


def up_to_date(ledger: Ledger) -> Ledger:
    """Return a ledger after the facts for its queue were gathered."""
    keep_up(ledger)
    return ledger


def carry_out(options: argparse.Namespace, decision: Callable[..., Any], **given: Any) -> int:
    """Make one decision in one transaction, and print its outcome."""
    with opened(read_settings()) as ledger, up_to_date(ledger).transaction() as session:
        also = similar_questions(session, options.id)[0][:MOST_LIKE] if options.cluster else options.also
        if options.group:
            also = [each for each in numbers_in(session, options.group, now=now()) if each != options.id]
        review = decision(session, options.id, mentor=options.mentor, source=SOURCE, now=now(), also=also, **given)
        found = outcome(session, review)
    print("\n".join([*outcome_lines(found), *near_case_lines(found)]))
    return 0


def near_case_lines(found: Outcome | None) -> list[str]:
    """Bring the regression cases of nearest passages up to date, and return the lines on those that a decision made."""
    settings = read_settings()
    with opened(settings) as ledger:
        keep_near_cases(ledger, settings.home, settings.knowledge_dir)
    verdicts = [] if found is None else [each for each in found.questions if each.passage_of or found.decision == decide.Decision.NOT_IT]
    kind = "a regression case" if found is not None and found.decision == decide.Decision.CONFIRM else "a near miss"
    return (
        [f"Kept as {kind} in {regression_file(settings.home)}: {counted('question', [each.question_id for each in verdicts])}."]
        if verdicts
        else []
    )


def card_answer(question_id: int, slug: str) -> Answer:
    """Return the answer from a card that a mentor chose; only this decision needs the model.

    Raises:
        UsageError: there is no such question, or no such card.
    """
    settings = read_settings()
    with opened(settings) as ledger, ledger.transaction() as session:
        known_question(session, question_id)
        turns = turns_of(session, question_id)
    if all(path.stem != slug for path in card_paths(settings.knowledge_dir)):
        raise UsageError(f"there is no card '{slug}': 'askwell knowledge list' names them all")
    return from_card(tuple(map(CleanText, turns)), slug, open_service(settings, with_ledger=False).library)


def in_json(value: Any) -> str:
    """Return a value as JSON text."""
    return json.dumps(as_json(value), ensure_ascii=False, indent=2)


def now() -> dt.datetime:
    """Return the time."""
    return dt.datetime.now(dt.UTC)
