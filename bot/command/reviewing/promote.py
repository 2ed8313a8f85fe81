"""`askwell review promote` and `unpromote`: a mentor's answer becomes knowledge, shown first as a diff with its impact; and back."""

from __future__ import annotations

import argparse
import datetime as dt
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from bot.app import open_service
from bot.command.arguments import Subparsers, add_command, number, numbers, progress_if_watched, read_text
from bot.command.ledgers import opened
from bot.command.reviewing.decision_lines import delivery_plan_lines
from bot.command.reviewing.lines import counted, plain
from bot.ledger.database import Ledger
from bot.review.decisions.outcomes import answered_by, decided_by, queued_messages
from bot.review.promotion.apply import FAILED, Done, carry_out, finish_cut_short
from bot.review.promotion.impact import labelled_questions, past_questions, regression_file
from bot.review.promotion.make_plan import make_plan
from bot.review.promotion.new_card import is_draft
from bot.review.promotion.plan import Plan, PromotedQuestion, PromotionKind, promoted_question, read_wanted
from bot.review.promotion.plan import text as plan_text
from bot.review.promotion.propose import propose
from bot.review.taking_back.take_back import TakenBack, finish_taking_back, take_back
from bot.service import Service
from bot.settings import Settings, read_settings
from index.search.library import Library
from knowledge.errors import Refused, UsageError


@dataclass(frozen=True)
class Wanted:
    """The answer to be promoted, and its author; `mentor` is empty where only proposals are wanted."""

    asked: PromotedQuestion
    answer: str
    mentor: str


def add_commands(group: Subparsers) -> None:
    """Add `promote` and `unpromote`."""
    words = "turn a mentor's answer into knowledge; without --as, list what it could become"
    promote = add_command(group, "promote", run_promote, words)
    promote.add_argument("id", type=number, metavar="ID", help="the question's number")
    promote.add_argument(
        "--as",
        dest="wanted",
        metavar="KIND:SLUG",
        help="new:SLUG, phrasing:SLUG, amend:SLUG or replace:SLUG; see docs/mentors/promoting.md",
    )
    promote.add_argument("--by", dest="mentor", metavar="NAME", help="the author; by default the mentor who answered")
    promote.add_argument("--dry-run", action="store_true", help="show it all and change nothing")
    promote.add_argument("--text-file", metavar="F", help="a text for the card instead of the answer that was sent; - reads standard input")
    promote.add_argument("--own-words", action="store_true", help="a new card in the mentor's own words, though a model could draft it")
    promote.add_argument("--title", default="", metavar="T", help="a new card's title")
    promote.add_argument("--group", default="", metavar="G", help="a new card's folder; by default that of the nearest card")
    promote.add_argument("--also", action="append", default=[], metavar="Q", help="a new card's question in other words; may be repeated")
    promote.add_argument("--fact", action="append", default=[], metavar="F", help="a key fact that an amendment adds; may be repeated")
    promote.add_argument(
        "--must-not",
        type=numbers,
        default=(),
        metavar="N,N",
        help="questions that --dry-run lists beside a new card's, and it must not answer",
    )
    words = "undo a promotion: card, index, regression case and candidate, and open again what was answered from it"
    back = add_command(group, "unpromote", run_unpromote, words)
    back.add_argument(
        "id", type=number, metavar="PROMOTION", help="its number, which was printed with it; 'askwell review show' has it too"
    )
    back.add_argument("--as", dest="mentor", required=True, metavar="NAME", help="your name, as other mentors and git know you")


def run_promote(options: argparse.Namespace) -> int:
    """Print what an answer could become, or carry a promotion out after showing it."""
    settings = read_settings()
    if options.wanted is not None:
        read_wanted(options.wanted)
    text = None if options.text_file is None else read_text(options.text_file)
    with opened(settings) as ledger:
        if not options.dry_run:
            finish(ledger, settings)
        wanted = wanted_of(ledger, options, text)
        progress = progress_if_watched()
        service = open_service(settings, with_ledger=False, progress=progress)
        if options.wanted is None:
            print("\n".join(proposal_lines(wanted, service.library)))
            return 0
        progress("Asking past and labelled questions again, with the cards as they would be …")
        made = planned(ledger, settings, options, wanted, service)
        print(plan_text(made))
        if options.dry_run:
            print("\nNothing was changed (--dry-run).")
            return 1 if made.problems else 0
        if is_draft(made.text) and not made.problems and sys.stdin.isatty() and not agreed():
            print("Nothing was changed.")
            return 0
        done = carry_out(
            ledger, made, knowledge=settings.knowledge_dir, home=settings.home, now=dt.datetime.now(dt.UTC), refresh=service.refresh
        )
        with ledger.transaction() as session:
            left = queued_messages(session, [made.question.number])
    print(
        "\n" + "\n".join([*written_lines(made, done, settings.home), *(delivery_plan_lines(left, [made.question.number]) if left else [])])
    )
    return 0


def run_unpromote(options: argparse.Namespace) -> int:
    """Undo a promotion and print what is as before."""
    settings = read_settings()
    with opened(settings) as ledger:
        finish(ledger, settings)
        done = take_back(
            ledger, options.id, mentor=options.mentor, knowledge=settings.knowledge_dir, home=settings.home, now=dt.datetime.now(dt.UTC)
        )
    print("\n".join(taken_back_lines(done, options.mentor.strip())))
    open_service(settings, with_ledger=False, progress=progress_if_watched())
    print("The index is without it now; a running bot follows within seconds.")
    return 0


def taken_back_lines(done: TakenBack, mentor: str) -> list[str]:
    """Return the lines on an undone promotion."""
    committed = f"commit {done.commit[:10]}, author {plain(mentor)}" if done.commit else "not committed to git"
    lines = [f"Promotion {done.promotion_id} is undone: {' and '.join(done.paths)} as if it had not been, {committed}."]
    lines += [f"Note: {done.note}."] if done.note else []
    lines.append("Its regression case and its candidate example are removed.")
    if done.reopened:
        lines.append(f"Answered from it, and in the queue again: {counted('question', done.reopened)}.")
    return lines


def finish(ledger: Ledger, settings: Settings) -> None:
    """Finish promotions and undoings that were cut short, and print them."""
    for undone in finish_taking_back(ledger, knowledge=settings.knowledge_dir, home=settings.home):
        print(f"promotion {undone.promotion_id}, whose undoing was cut short before, is undone now: {', '.join(undone.paths)}")
    for each in finish_cut_short(ledger, knowledge=settings.knowledge_dir, home=settings.home):
        became = "could not be finished" if each.state == FAILED else "is finished now"
        print(f"promotion {each.promotion_id}, cut short before, {became}: {each.path}{f' ({each.note})' if each.note else ''}")


def wanted_of(ledger: Ledger, options: argparse.Namespace, text: str | None) -> Wanted:
    """Read the question with its mentor's answer, before the model is loaded for it.

    Raises:
        UsageError: there is no such question, or nobody to be the author.
        Refused: no mentor's answer is there to be promoted.
    """
    with ledger.transaction() as session:
        asked = promoted_question(session, options.id)
        author = decided_by(session, options.id) if asked.answer_id is None else answered_by(session, asked.answer_id)
    answer = asked.answer if text is None else text
    if options.wanted is None:
        return Wanted(asked, answer, "")
    if not answer.strip() and read_wanted(options.wanted)[0] is not PromotionKind.PHRASING:
        raise Refused(f"question {options.id} has no mentor's answer in force: answer or correct it first, or give the text by --text-file")
    if options.mentor is None and author is None:
        raise UsageError(f"no mentor's answer to question {options.id} says whose promotion this is: give your name by --by NAME")
    return Wanted(asked, answer, author or "" if options.mentor is None else options.mentor)


def planned(ledger: Ledger, settings: Settings, options: argparse.Namespace, wanted: Wanted, service: Service) -> Plan:
    """Plan the promotion, with its impact on past and labelled questions."""
    with ledger.transaction() as session:
        past = past_questions(session)
    return make_plan(
        options.wanted,
        wanted.asked,
        library=service.library,
        knowledge=settings.knowledge_dir,
        mentor=wanted.mentor,
        today=dt.datetime.now(dt.UTC).date(),
        questions=[*past, *labelled_questions(regression_file(settings.home))],
        answer=wanted.answer,
        title=options.title,
        group=options.group,
        facts=options.fact,
        also=options.also,
        must_not=options.must_not,
        draft=service.draft_card if service.improves and not options.own_words else None,
    )


def agreed() -> bool:
    """Ask the mentor, who has just read a draft for the first time: another run may draft it otherwise."""
    return input("\nWrite this card? [y/N] ").strip().lower() in {"y", "yes"}


def proposal_lines(wanted: Wanted, library: Library) -> list[str]:
    """Return the lines on what an answer could become, best first, and the next step."""
    found = propose(wanted.asked.text, wanted.answer, library)
    asked = wanted.asked.number
    if not wanted.answer.strip():
        found = [each for each in found if each.wanted.startswith(f"{PromotionKind.PHRASING}:")]
        hint = f"Question {asked} has no mentor's answer in force: answer or correct it, and that can become knowledge."
    else:
        hint = f"To see what one would do: askwell review promote {asked} --as {found[0].wanted} --dry-run"
    width = max((len(each.wanted) for each in found), default=0)
    return [*(f"{each.wanted:<{width}}  {plain(each.why)}" for each in found), hint]


def written_lines(made: Plan, done: Done, home: Path) -> list[str]:
    """Return the lines on what was written where."""
    committed = f"commit {done.commit[:10]}, author {made.mentor}" if done.commit else "not committed to git"
    lines = [f"Promotion {done.promotion_id}: {done.path} is written, {committed}."]
    lines += [f"Note: {done.note}."] if done.note else []
    kept = f"{regression_file(home)} has the question as a regression case"
    candidate = home / "candidates" / f"{made.slug}-{done.promotion_id}.md"
    lines.append(f"{kept}; {candidate} has the answer as a candidate example." if candidate.exists() else f"{kept}.")
    lines.append("The index has it now; a running bot serves it within seconds.")
    return [*lines, f"To undo it: askwell review unpromote {done.promotion_id} --as {shlex.quote(made.mentor)}"]
