"""A card's short answer as learners see it in Discord and on the forum: the very texts that are sent, in a likeness of each platform."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from markupsafe import Markup

from bot.adapters.desk.showing.safe_markdown import html_of
from bot.values import Answer, FoundCard, State, Status
from knowledge.reading.card import Card, Source

# Returns the messages of an answer, with its sources, by the name of the platform.
PlatformTexts = Callable[[Answer, Sequence[Source]], dict[str, list[str]]]

# Discord's small print, and a forum's.
SMALL_PRINT = re.compile(r"^(?:-# (.*)|<small>(.*)</small>)$")
SPOILER_TAG = re.compile(r"\[/?spoiler\]")
DETAILS = re.compile(r'\[details="([^"]*)"\]\n(.*?)\n\[/details\]', re.DOTALL)
RAISED = re.compile(r"</?sup>")


def no_platforms(_: Answer, __: Sequence[Source]) -> dict[str, list[str]]:
    """Know of no platform."""
    return {}


def looks_of(card: Card, texts: PlatformTexts) -> list[tuple[str, list[Markup]]]:
    """Return the messages of a card's short answer as each platform shows them."""
    answer = Answer(
        question="",
        status=Status.ANSWERED,
        answer=card.short_answer,
        state=State.CONFIRMED,
        confidence=1.0,
        cards=(FoundCard(slug=card.slug, title=card.title, score=1.0),),
        cited=(card.slug,),
    )
    return [(name, [likeness(text) for text in messages]) for name, messages in texts(answer, card.sources).items()]


def likeness(text: str) -> Markup:
    """Return a platform's text as HTML: its small print small, what it folds unfolded, its spoilers marked."""
    plain = RAISED.sub("", SPOILER_TAG.sub("||", DETAILS.sub(r"**\1**\n\n\2", text)))
    parts: list[Markup] = []
    said: list[str] = []
    for line in [*plain.split("\n"), "-# "]:
        small = SMALL_PRINT.match(line)
        if small is None:
            said.append(line)
            continue
        if any(each.strip(" -") for each in said):
            parts.append(html_of("\n".join(said).rstrip().removesuffix("---")))
        said = []
        printed = small[1] or small[2]
        parts += [Markup('<div class="hint">{}</div>').format(html_of(printed))] if printed else []
    return Markup("").join(parts)
