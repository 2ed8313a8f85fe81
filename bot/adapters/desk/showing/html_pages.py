"""The templates of the pages, with what they call."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.adapters.desk.posted_form import UPLOAD_MB
from bot.adapters.desk.showing.safe_markdown import html_of
from bot.review.queue.worth import span
from knowledge.short_line import short_line

TEMPLATES = Path(__file__).parent.parent / "templates"

PAGES = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def rendered(template: str, **values: Any) -> str:
    """Return a page."""
    return PAGES.get_template(template).render(**values)


def time_tag(at: dt.datetime, now: dt.datetime) -> Markup:
    """Return a moment as people say it, with the exact one to hover over and to read out."""
    exact = f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    length = now - at
    words = f"{span(length)} ago" if length >= dt.timedelta(0) else f"in {span(-length)}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.astimezone(dt.UTC).isoformat(timespec="seconds"), exact, words)


def counted_words(number: int, thing: str, things: str = "") -> str:
    """Return a number of things in words.

    >>> counted_words(1, "question"), counted_words(2, "reply", "replies")
    ('1 question', '2 replies')
    """
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def in_words(name: str) -> str:
    """Return a name of the ledger as words.

    >>> in_words("handed_over")
    'handed over'
    """
    return name.replace("_", " ")


# Each kind of a change of a card, as a heading says it.
PAGES.globals["kind_words"] = {
    "new": "A new card",
    "phrasing": "Another phrasing",
    "amend": "More in a card",
    "replace": "A better short answer",
    "edit": "Edit",
}
PAGES.globals["most_mb"] = UPLOAD_MB
PAGES.filters["hours"] = lambda hours: span(dt.timedelta(hours=hours))
PAGES.filters["ago"] = time_tag
PAGES.filters["markdown"] = html_of
PAGES.filters["short"] = short_line
PAGES.filters["counted"] = counted_words
PAGES.filters["words"] = in_words
