"""The terminal as a platform: a conversation on standard input and output."""

from __future__ import annotations

import re
import textwrap
import uuid
from typing import TextIO

from bot.answering.values import Answer, Composer, State, Status
from bot.record import Incoming
from bot.service import Service
from index.query import clean
from knowledge.errors import LedgerUnavailable

WIDTH = 92
WELCOME = "Ask about supervised and self-supervised training. An empty line or Ctrl-D ends the conversation."
WORDED = "For your question, in a model's words, each sentence checked against the cards:"
BY_MODEL = "draft: worded by a language model from the mentors' cards, not yet seen by a mentor"
STATE_WORDS = {
    State.DRAFT: "draft: put together from the mentors' cards, not yet seen by a mentor",
    State.CONFIRMED: "confirmed by a mentor",
    State.CORRECTED: "corrected by a mentor",
    State.WITHDRAWN: "withdrawn by a mentor",
}


def chat(service: Service, typed: TextIO, shown: TextIO) -> None:
    """Answer line after line until the input ends."""
    conversation = uuid.uuid4().hex
    turns: list[str] = []
    interactive = typed.isatty()
    shown.write(WELCOME + "\n")
    while True:
        shown.write("\n> ")
        shown.flush()
        line = typed.readline()
        if not line or (interactive and not line.strip()):
            shown.write("\n")
            return
        text = clean(line)
        if not text:
            continue
        if not interactive:
            shown.write(text + "\n")
        turns.append(text)
        result = reply(service, conversation, turns, shown)
        shown.write("\n" + plain(result, service.sources(result)) + "\n")
        if service.improves:
            shown.flush()
            worded = service.improve(result)
            if worded is not None:
                shown.write(f"\n{WORDED}\n\n" + plain(worded, service.sources(worded)) + "\n")


def reply(service: Service, conversation: str, turns: list[str], shown: TextIO) -> Answer:
    """Answer the newest turn; if the ledger is away, say so and answer all the same."""
    try:
        result = (
            service.ask(Incoming("console", f"{conversation}-{len(turns)}", conversation, "console", turns[-1])) if service.ledger else None
        )
    except LedgerUnavailable as error:
        shown.write(f"\n(not recorded: {error})\n")
        result = None
    return result or service.answer(tuple(turns), hands_over=False)


def plain(result: Answer, sources: list[str]) -> str:
    """Render an answer for a terminal: wrapped, marks dropped, code kept, cards and sources below."""
    lines = [wrap(result.answer)]
    if result.status is Status.ANSWERED:
        titles = {card.slug: card.title for card in result.cards}
        by_model = result.composer is Composer.MODEL
        shown = [
            f"{f'[{number}] ' if by_model else ''}{titles.get(slug, slug)} [{slug}]" for number, slug in enumerate(result.cited, start=1)
        ]
        state = BY_MODEL if by_model and result.state is State.DRAFT else STATE_WORDS[result.state]
        lines.append(f"— {state} · confidence {result.confidence:.2f}\n  cards: {', '.join(shown)}")
        lines += ["  source: " + re.sub(r"\[([^\]]+)\]\(<([^>]+)>\)", r"\1, \2", source) for source in sources[:3]]
    return "\n\n".join(lines[:2]) + "".join("\n" + line for line in lines[2:])


def wrap(markdown: str) -> str:
    """Wrap paragraphs to the terminal's width; leave code blocks as they are."""
    out: list[str] = []
    fenced = False
    for line in markdown.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced:
            out.append("    " + line)
        else:
            bare = re.sub(r"\*\*([^*]+)\*\*", r"\1", line).replace("||", "")
            out.append(textwrap.fill(bare, WIDTH) if bare.strip() else "")
    return "\n".join(out).strip("\n")
