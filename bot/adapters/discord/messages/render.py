"""The look of an answer in Discord: its text in a frame coloured by its state; below it state, cards, sources and buttons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from discord.ui import Item

from bot.adapters.discord.messages.panels import MOST_TEXT, PER_ROW, Link, Panel
from bot.adapters.discord.messages.plain_formulas import without_tex
from bot.adapters.discord.messages.plain_tables import without_tables
from bot.adapters.discord.messages.split import FENCE, INLINE_CODE, length, spans, split
from bot.values import WAITING, Answer, Composer, State, Status
from knowledge.reading.card import Source
from knowledge.short_line import short_line

# Small grey text: Discord's "subtext".
SMALL = "-# "
MAX_QUOTED = 300
# Source: Discord's API, "button": a label has up to 80 characters, an address up to 512.
MOST_LABEL, MOST_ADDRESS = 80, 512
MOST_LINKS = 2 * PER_ROW

# The colours of the frame; the small print says the same in words.
DRAFT, MODEL_DRAFT, BY_MENTOR, WITHDRAWN, WAITS = 0x8A94A6, 0x5B7FDB, 0x2F9E5B, 0xC93C37, 0xD9962B
COLOURS = {State.CONFIRMED: BY_MENTOR, State.CORRECTED: 0x1B8A8F, State.WITHDRAWN: WITHDRAWN}

DRAFT_WORDS = {
    Composer.CURATED: "Draft: put together from the mentors' cards, not yet seen by a mentor",
    Composer.MODEL: "Draft: worded by a language model from the mentors' cards, not yet seen by a mentor",
    Composer.MENTOR: "Written by a mentor",
}
STATE_WORDS = {
    State.CONFIRMED: "Confirmed: a mentor has read this answer and stands behind it",
    State.CORRECTED: "Corrected: a mentor has changed this answer",
    State.WITHDRAWN: "Withdrawn: a mentor has withdrawn this answer",
}
BARE_LINK = re.compile(r"(?<!<)\bhttps?://[^\s<>)\]“”]+[^\s<>)\].,;:!?'\"*“”]")
MARKDOWN_LINK = re.compile(r"\[([^\]\n]*)\]\((https?://[^)\s]+)\)")
# Discord reads these as a ping of everyone, a person or a role, or as the name of a channel.
PING = re.compile(r"@(?=everyone|here)|(?<=<)[@#](?=[!&]?\d)", re.IGNORECASE)
FENCES = re.compile(f"({FENCE})")
CODE = re.compile(f"({FENCE}|{INLINE_CODE})")
MARKS = re.compile(r"[\\`*_~|\[\]<]|\A[#>-]")


def panels(
    answer: Answer,
    sources: Sequence[Source],
    *,
    buttons: Sequence[Item[Any]] = (),
    asked: str | None = None,
    hint: str | None = None,
    lead: str = "",
    note: str = "",
    author: str = "",
) -> list[Panel]:
    """Render an answer as the messages that carry it, in order; the last one has the state, the cards, the sources and the buttons.

    `asked` is quoted above the answer where the platform does not show the question, and `lead` comes above that, with its mentions;
    `note` is what changed in the answer; `hint` is a line about what to do next; `author` is the mentor who wrote it, to be named.
    """
    above, below = split_note(answer, note)
    quoted = f"> {quote(without_pings(asked))}" if asked else ""
    parts = split("\n\n".join(part for part in (lead, quoted, prose(above), prose(answer.answer)) if part), MOST_TEXT)
    linked, told = linked_sources(sources if answer.status is Status.ANSWERED else ())
    small = split(without_pings(footer(answer, told, hint, below, author)), MOST_TEXT)
    last = parts.pop() if parts and length(parts[-1]) + sum(map(length, small[:1])) <= MOST_TEXT else ""
    texts = [(part, "") for part in parts] + [(last, small[0] if small else "")] + [("", part) for part in small[1:]]
    *before, (text, foot) = [each for each in texts if any(each)] or [("", "")]
    colour = colour_of(answer)
    shown = [Panel(text, foot, colour) for text, foot in before]
    return [*shown, Panel(text, foot, colour, linked, tuple(buttons))]


def colour_of(answer: Answer) -> int | None:
    """Return the colour of the frame: by a mentor's decision, else by what the answer is; None if nothing was answered or handed over."""
    if answer.state in COLOURS:
        return COLOURS[answer.state]
    if answer.status in WAITING:
        return WAITS
    if answer.status is not Status.ANSWERED:
        return None
    return {Composer.CURATED: DRAFT, Composer.MODEL: MODEL_DRAFT, Composer.MENTOR: BY_MENTOR}[answer.composer]


def linked_sources(sources: Sequence[Source]) -> tuple[tuple[Link, ...], list[str]]:
    """Return the sources as links, and as lines those that can't be links or are too many."""
    can = [source for source in sources if source.leads_somewhere and len(str(source.url)) <= MOST_ADDRESS][:MOST_LINKS]
    links = tuple(Link(label_of(source), str(source.url)) for source in can)
    return links, [source.markdown() for source in sources if source not in can]


def label_of(source: Source) -> str:
    """Name a source on a button: with its authors if there is room."""
    whole = without_pings(f"{source.title} ({source.authors}, {source.year})")
    year = f" ({source.year})"
    return whole if length(whole) <= MOST_LABEL else short_line(without_pings(source.title), MOST_LABEL - len(year)) + year


def split_note(answer: Answer, note: str) -> tuple[str, str]:
    """Return the notes above an answer and in its small print; above goes what nobody should miss."""
    if answer.state is State.WITHDRAWN:
        return f"**{note or STATE_WORDS[State.WITHDRAWN]}**", ""
    return ("", note) if answer.status is Status.ANSWERED else (note, "")


def footer(answer: Answer, sources: Sequence[str] = (), hint: str | None = None, note: str = "", author: str = "") -> str:
    """Render the state, what changed, the cited cards and the sources that are no links, a line each, in small text."""
    lines = [state_line(answer, author), *map(without_previews, note.splitlines())]
    if answer.status is Status.ANSWERED:
        lines += [f"Cards: {' · '.join(cards)}"] if (cards := cited(answer)) else []
    lines += [f"Source: {without_previews(source)}" for source in sources]
    lines += [hint] if hint else []
    return "\n".join(SMALL + " ".join(line.split()) for line in lines if line)


def cited(answer: Answer) -> list[str]:
    """Return the titles of the cited cards, numbered if a model's text cites them by number."""
    titles = {card.slug: card.title for card in answer.cards}
    numbered = answer.composer is Composer.MODEL
    return [f"[{number}] " * numbered + titles.get(slug, slug) for number, slug in enumerate(answer.cited, start=1)]


def prose(text: str) -> str:
    """Return a text for Discord: no pings, no link previews, and neither TeX nor tables, which it shows as they are typed."""
    return without_previews(without_pings(readable(text.strip())))


def readable(text: str) -> str:
    """Write the formulas and tables of a text, outside of its code, in plain text."""
    parts = FENCES.split(text)
    parts[::2] = map(without_tables, parts[::2])
    pieces = CODE.split("".join(parts))
    pieces[::2] = map(without_tex, pieces[::2])
    return "".join(pieces)


def pointer(question: str, link: str) -> list[Panel]:
    """Render what is left of a message that said that a mentor was asked: the question, and where the answer is."""
    text = f"> {quote(without_pings(question))}\n\nA mentor has answered this question."
    return [Panel(text, colour=BY_MENTOR, links=(Link("Read the answer", link),))]


def state_line(answer: Answer, author: str = "") -> str:
    """Return the words for an answer's state; a question back or a handover has none, and a mentor's text names who wrote it."""
    if answer.status is not Status.ANSWERED and answer.state is State.DRAFT:
        return ""
    if answer.composer is Composer.MENTOR and answer.state is not State.WITHDRAWN:
        corrected = "Corrected: written" if answer.state is State.CORRECTED else "Written"
        return f"{corrected} by a mentor" + f", {quote(author)}" * bool(author)
    return STATE_WORDS.get(answer.state, DRAFT_WORDS[answer.composer])


def without_pings(text: str) -> str:
    r"""Break pings with a zero-width space, in code too, so that a copied text can't ping either.

    >>> without_pings("@everyone <@7> <@&8> me@example.org")
    '@\u200beveryone <@\u200b7> <@\u200b&8> me@example.org'
    """
    return PING.sub("\\g<0>\u200b", text)


def without_previews(text: str) -> str:
    """Put links outside of code into angle brackets, so that Discord shows no preview of them."""
    return "".join(shown_span(kind, span) for kind, span in spans(text))


def shown_span(kind: str, span: str) -> str:
    """Put the links of one span into angle brackets, also under a spoiler, but not in code."""
    if kind == "spoiler":
        return f"||{without_previews(span[2:-2])}||"
    return span if kind in {"fence", "code"} else bracketed(span)


def bracketed(text: str) -> str:
    """Put the links of a text without code into angle brackets.

    >>> bracketed("See https://example.org/a. And [this](https://example.org/b).")
    'See <https://example.org/a>. And [this](<https://example.org/b>).'
    """
    return BARE_LINK.sub(r"<\g<0>>", MARKDOWN_LINK.sub(r"[\1](<\2>)", text))


def quote(question: str) -> str:
    r"""Quote a learner's question in one line, with its marks escaped.

    >>> quote("is\n*this* it?")
    'is \\*this\\* it?'
    """
    return bracketed(MARKS.sub(r"\\\g<0>", short_line(question, MAX_QUOTED)))
