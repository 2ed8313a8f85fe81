"""The terminal as a platform: a conversation on standard input and output; spoilers are hidden until asked for."""

from __future__ import annotations

import re
import shutil
import textwrap
import uuid
from collections.abc import Sequence
from typing import TextIO

from bot.record import Incoming
from bot.service import Service
from bot.values import Answer, Composer, State, Status
from index.search.query import clean
from knowledge.errors import LedgerUnavailable

# Lines longer than this are hard to read; a narrower terminal has shorter ones.
WIDTH = 92
WIDTH_LEAST = 20
WELCOME = "Ask about {name}. Ctrl-D ends the conversation."
WORDED = "For your question, in a model's words, each sentence checked against the cards:"
CHOSEN = "A model chose these of the mentors' explanations for your question:"
BY_MODEL = "draft: worded by a language model from the mentors' cards, not yet seen by a mentor"
# Terminals have no portable concealed text, so a spoiler is left out and shown on request.
SHOW = "/show"
TYPE_SHOW = "type /show"
FURTHER_DOWN = "further down"
NOTHING_HIDDEN = "Nothing is hidden in the last answer."
ANSWERS_BELOW = "Answers, further down:"
LINES_BETWEEN = 12
# Bars in code mark no spoiler.
FENCE = r"```(?s:.*?)(?:```|\Z)"
INLINE_CODE = r"`[^`\n]+`"
CODE_OR_SPOILER = re.compile(rf"{FENCE}|{INLINE_CODE}|\|\|(?P<hidden>(?>{FENCE}|{INLINE_CODE}|(?!\|\|)(?s:.))++)\|\|")
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
    hidden: list[str] = []
    interactive = typed.isatty()
    shown.write(WELCOME.format(name=service.library.base.course.name or "the course") + "\n")
    while True:
        shown.write("\n> ")
        shown.flush()
        line = typed.readline()
        if not line:
            shown.write("\n")
            return
        text = clean(line)
        # A pasted text may have empty lines.
        if not text:
            continue
        if not interactive:
            shown.write(text + "\n")
        if text.lower() == SHOW:
            shown.write("\n" + (render_hidden(hidden) or NOTHING_HIDDEN) + "\n")
            continue
        turns.append(text)
        result = reply(service, conversation, turns, shown)
        shown.write("\n")
        hidden = write(service, result, shown, opened_by=TYPE_SHOW)


def show(service: Service, curated: Answer, shown: TextIO, explanation: str = "") -> None:
    """Write the answer to a single question, and how it was made; its spoilers come last, out of sight."""
    hidden = write(service, curated, shown, opened_by=FURTHER_DOWN)
    if explanation:
        shown.write(f"\n{explanation}\n")
    if hidden:
        shown.write(f"\n{ANSWERS_BELOW}" + "\n" * (LINES_BETWEEN + 1) + render_hidden(hidden) + "\n")


def write(service: Service, curated: Answer, shown: TextIO, *, opened_by: str) -> list[str]:
    """Write the curated answer at once, and the model's below it if that passes; return their spoilers in order.

    `opened_by` tells the learner how to see them.
    """
    text, hidden = hide_spoilers(curated.answer, opened_by)
    shown.write(plain(curated.model_copy(update={"answer": text}), service.sources(curated)) + "\n")
    if service.improves:
        shown.flush()
        worded = service.improve(curated)
        if worded is not None:
            text, more = hide_spoilers(worded.answer, opened_by, before=len(hidden))
            hidden += more
            lead = WORDED if worded.composer is Composer.MODEL else CHOSEN
            shown.write(f"\n{lead}\n\n" + plain(worded.model_copy(update={"answer": text}), service.sources(worded)) + "\n")
    return hidden


def hide_spoilers(markdown: str, opened_by: str, *, before: int = 0) -> tuple[str, list[str]]:
    """Replace each spoiler by a numbered placeholder; return the text and the spoilers.

    >>> hide_spoilers("It's ||a **mask**||, not `a || b`.", "type /show")
    ("It's [hidden 1: type /show], not `a || b`.", ['a **mask**'])
    """
    hidden: list[str] = []

    def placeholder(found: re.Match[str]) -> str:
        if found["hidden"] is None:
            return found.group()
        hidden.append(found["hidden"].strip())
        return f"[hidden {before + len(hidden)}: {opened_by}]"

    return CODE_OR_SPOILER.sub(placeholder, markdown), hidden


def render_hidden(hidden: Sequence[str]) -> str:
    """Render spoilers, each with the number of its placeholder."""
    # A part of several lines begins on a new line, so that `wrap` sees a code block in it.
    gaps = ["\n" if "\n" in part else " " for part in hidden]
    return "\n".join(wrap(f"[{number}]{gap}{part}") for number, (gap, part) in enumerate(zip(gaps, hidden, strict=True), start=1))


def reply(service: Service, conversation: str, turns: list[str], shown: TextIO) -> Answer:
    """Answer the newest turn, with a note if the ledger is away."""
    try:
        result = (
            service.ask(Incoming("console", f"{conversation}-{len(turns)}", conversation, "console", turns[-1])) if service.ledger else None
        )
    except LedgerUnavailable as error:
        shown.write(f"\n(not recorded: {error})\n")
        result = None
    return result or service.answer(tuple(turns), hands_over=False)


def plain(result: Answer, sources: list[str]) -> str:
    """Render an answer for a terminal, with its state, cards and sources below."""
    lines = [wrap(result.answer)]
    if result.status in {Status.ANSWERED, Status.NEAR}:
        titles = {card.slug: card.title for card in result.cards}
        by_model = result.composer is Composer.MODEL
        shown = [
            f"{f'[{number}] ' if by_model else ''}{titles.get(slug, slug)} [{slug}]" for number, slug in enumerate(result.cited, start=1)
        ]
        state = BY_MODEL if by_model and result.state is State.DRAFT else STATE_WORDS[result.state]
        below = [f"— {state} · confidence {result.confidence:.2f}", f"  cards: {', '.join(shown)}"]
        below += ["  source: " + re.sub(r"\[([^\]]+)\]\(<([^>]+)>\)", r"\1, \2", source) for source in sources[:3]]
        lines.append("\n".join(hanging(line) for line in below))
    return "\n\n".join(lines)


def columns() -> int:
    """Return how long a line may be: as the terminal is wide, and no longer than is easy to read."""
    return max(WIDTH_LEAST, min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns))


def hanging(line: str) -> str:
    """Wrap a line below an answer, what follows further in; an address stays whole, so that it can be clicked."""
    return textwrap.fill(line, columns(), subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def wrap(markdown: str) -> str:
    """Wrap paragraphs to the terminal's width and drop bold marks; leave code blocks alone."""
    out: list[str] = []
    fenced = False
    for line in markdown.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced:
            out.append("    " + line)
        else:
            bare = re.sub(r"\*\*([^*]+)\*\*", r"\1", line)
            out.append(textwrap.fill(bare, columns()) if bare.strip() else "")
    return "\n".join(out).strip("\n")
