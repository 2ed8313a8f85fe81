"""`askwell chat` and `askwell ask`: questions from the terminal or a file."""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from pathlib import Path
from typing import Any

from bot.adapters.console.terminal import chat, show
from bot.answering.message.read_turn import MAX_CHARS
from bot.app import open_service
from bot.background.upkeep import start_upkeep
from bot.command.arguments import Subparsers, add_command, progress_if_watched, to_stderr
from bot.record import Incoming
from bot.service import Service
from bot.settings import read_settings
from bot.values import Answer
from index.search.query import clean
from knowledge.errors import UsageError
from knowledge.json_lines import read_json_lines
from knowledge.reading.course import read_course
from knowledge.watching import signature, watch


def add_commands(commands: Subparsers) -> None:
    """Add `chat` and `ask`."""
    talk = add_command(commands, "chat", run_chat, "a conversation in the terminal: no account, no key, no server")
    talk.add_argument("--no-log", action="store_true", help="write nothing into the ledger")
    ask = add_command(commands, "ask", run_ask, "one question, or a file of them")
    ask.add_argument("question", nargs="?", help="the question, in quotes")
    ask.add_argument("--json", action="store_true", help="print the answer object")
    ask.add_argument("--explain", action="store_true", help="show how the answer was made")
    ask.add_argument("--batch", type=Path, metavar="IN.jsonl", help='a line each: {"id", "question"} or {"id", "turns": [...]}')
    ask.add_argument("--out", type=Path, metavar="OUT.jsonl", help="the file for the answers of --batch, in the same order")
    ask.add_argument("--no-log", action="store_true", help="write nothing into the ledger")


def run_chat(options: argparse.Namespace) -> int:
    """Talk until the input ends."""
    settings = read_settings()
    before = signature(settings.knowledge_dir)
    service = open_service(settings, with_ledger=not options.no_log, progress=to_stderr)
    watch(settings.knowledge_dir, service.refresh, served=before)
    start_upkeep(service.enter_spooled)
    chat(service, sys.stdin, sys.stdout)
    return 0


def run_ask(options: argparse.Namespace) -> int:
    """Answer one question, or every line of a batch."""
    if options.batch is not None:
        return run_batch(options)
    if options.out is not None:
        raise UsageError("--out goes with --batch IN.jsonl")
    if options.question is None:
        course, _ = read_course(read_settings().knowledge_dir)
        raise UsageError(f'what is the question? askwell ask "{course.example_question or "What is ...?"}"')
    text = checked_question(options.question)
    service = open_service(read_settings(), with_ledger=not options.no_log, progress=progress_if_watched())
    curated = ask_curated(service, (text,), log=not options.no_log)
    explanation = service.explain((text,)) if options.explain else ""
    if options.json:
        print(json.dumps(service.finish(curated).model_dump(mode="json"), ensure_ascii=False, indent=2))
        if explanation:
            print(f"\n{explanation}", file=sys.stderr)
    else:
        show(service, curated, sys.stdout, explanation)
    return 0


def checked_question(question: str) -> str:
    """Return a question in clean text.

    Raises:
        UsageError: it's empty or too long.
    """
    text = clean(question)
    if not text:
        raise UsageError("the question is empty")
    if len(text) > MAX_CHARS:
        raise UsageError(f"the question has {len(text):,} characters; ask in at most {MAX_CHARS:,}")
    return text


def ask_curated(service: Service, turns: tuple[str, ...], *, log: bool) -> Answer:
    """Answer a conversation's last turn without the model; each turn goes into the ledger unless `log` is off."""
    if not log:
        return service.answer(turns, hands_over=False)
    conversation = uuid.uuid4().hex
    result: Answer | None = None
    for number, turn in enumerate(turns):
        result = service.ask(Incoming("console", f"{conversation}-{number}", conversation, "console", turn))
    if result is None:
        raise UsageError("there is no turn to answer")
    return result


def run_batch(options: argparse.Namespace) -> int:
    """Answer every line of a file in order; report broken lines before anything is answered."""
    if options.out is None:
        raise UsageError("--batch needs --out OUT.jsonl")
    if options.json or options.explain:
        raise UsageError("--batch writes answer objects already: --json and --explain go with one question")
    if options.question is not None:
        raise UsageError("give a question or --batch, not both")
    rows = read_batch(options.batch)
    service = open_service(read_settings(), with_ledger=not options.no_log, progress=progress_if_watched())
    try:
        # An id can have half a surrogate pair as a JSON escape; backslashreplace writes it as that escape again.
        with options.out.open("w", encoding="utf-8", errors="backslashreplace") as out:
            for row_id, turns in rows:
                result = service.finish(ask_curated(service, turns, log=not options.no_log))
                out.write(json.dumps({"id": row_id, **result.model_dump(mode="json")}, ensure_ascii=False) + "\n")
                out.flush()
    except OSError as error:
        raise UsageError(f"can't write {options.out}: {error.strerror}") from error
    return 0


def read_batch(path: Path) -> list[tuple[str | int, tuple[str, ...]]]:
    """Read a batch file.

    Raises:
        UsageError: it can't be read, or has lines that are no questions; all of these are named.
    """
    return read_json_lines(path, batch_row)


def batch_row(row: Any) -> tuple[str | int, tuple[str, ...]]:
    """Return one line's id and turns.

    Raises:
        ValueError: it has none.
    """
    if not isinstance(row, dict) or not isinstance(row.get("id"), str | int):
        raise ValueError("needs an object with an 'id'")
    if isinstance(row.get("question"), str):
        return row["id"], (row["question"],)
    turns = row.get("turns")
    if isinstance(turns, list) and turns and all(isinstance(turn, str) for turn in turns):
        return row["id"], tuple(turns)
    raise ValueError("needs 'question' (a text) or 'turns' (a list of texts)")
