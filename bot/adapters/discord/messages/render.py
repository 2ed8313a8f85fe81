"""The look of an answer in Discord: its text, and below it its state, the cited cards and the sources."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.adapters.discord.messages.split import MAX_CHARACTERS, length, spans, split
from bot.values import Answer, Composer, State, Status
from knowledge.short_line import short_line

# Small grey text: Discord's "subtext".
SMALL = "-# "
MAX_QUOTED = 300

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
MARKS = re.compile(r"[\\`*_~|\[\]<]|\A[#>-]")


def messages(
    answer: Answer,
    sources: Sequence[str],
    *,
    asked: str | None = None,
    hint: str | None = None,
    lead: str = "",
    note: str = "",
    author: str = "",
) -> list[str]:
    """Render an answer as the messages that carry it, in order; the last one has the state, the cards and the sources.

    `asked` is quoted above the answer where the platform does not show the question, and `lead` comes above that, with its mentions;
    `note` is what changed in the answer; `hint` is a line about what to do next; `author` is the mentor who wrote it, to be named.
    """
    above, below = split_note(answer, note)
    quoted = f"> {quote(without_pings(asked))}" if asked else ""
    body = prose(answer.answer)
    parts = split("\n\n".join(part for part in (lead, quoted, prose(above), body) if part), MAX_CHARACTERS)
    foot = without_pings(footer(answer, sources, hint, below, author))
    if not foot:
        return parts
    if parts and length(f"{parts[-1]}\n\n{foot}") <= MAX_CHARACTERS:
        return [*parts[:-1], f"{parts[-1]}\n\n{foot}"]
    return [*parts, *split(foot, MAX_CHARACTERS)]


def split_note(answer: Answer, note: str) -> tuple[str, str]:
    """Return the notes above an answer and in its small print; above goes what nobody should miss."""
    if answer.state is State.WITHDRAWN:
        return f"**{note or STATE_WORDS[State.WITHDRAWN]}**", ""
    return ("", note) if answer.status is Status.ANSWERED else (note, "")


def footer(answer: Answer, sources: Sequence[str], hint: str | None = None, note: str = "", author: str = "") -> str:
    """Render the state, what changed, the cited cards and the sources, a line each, in small text."""
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
    """Return a text for Discord without pings and link previews."""
    return without_previews(without_pings(text.strip()))


def pointer(question: str, link: str) -> list[str]:
    """Render what is left of a message that said that a mentor was asked: the question, and where the answer is."""
    return [f"> {quote(without_pings(question))}\n\nA mentor has answered this question: [read the answer]({link})"]


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
