"""Draft cards: their text, and their files, of which none overwrites another."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from knowledge.errors import KnowledgeError
from knowledge.files import write_new
from knowledge.importing.exchanges import BELIEF, GAP, Exchange, is_question, spoken
from knowledge.importing.placement import Placement, topic_stems
from knowledge.importing.posts import Post, pieces
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug
from knowledge.reading.template import a_year_after

PHRASINGS_MAX = 6
BELIEFS_MAX = 3
PHRASING_MAX_CHARS = 300
TITLE_MAX_CHARS = 80
# A question with fewer words of its own than this can't be found by them.
TELLING_STEMS = 2
SECTIONS = """
## Short answer

<2 to 4 sentences, 20 to 50 words, shown by themselves; a verdict as a statement that is true by itself, no bare "Yes" or "No">

## Explanation

{explanation}

## Example

<real data: the input and the target side by side, in a code block>

## Check yourself

<one question>

||<its answer, on this line>||
"""


@dataclass(frozen=True)
class SourcePage:
    """The web page of a thread, which its drafts name as a source, and who gave the accepted answer there, if somebody did."""

    url: str
    year: int
    answered_by: str = ""


def draft(
    exchange: Exchange,
    slug: Slug,
    place: Placement,
    base: KnowledgeBase,
    *,
    source: str,
    title: str | None,
    today: dt.date,
    page: SourcePage | None = None,
) -> str:
    """Write a draft's text, as a mentor finds it."""
    card = base.cards.get(slug)
    related = [] if card else [each.slug for each in place.nearest]
    heading = card.title if card else shortened(title or (phrasings(exchange, None) or [exchange.question])[0], TITLE_MAX_CHARS)
    lines = [
        "---",
        *comments(exchange, slug, place, base, origin=f"{source}, imported on {today}"),
        *([] if page is None else credits_of(page)),
        f"slug: {slug}",
        f"title: {scalar(heading)}",
        "asked_as:",
        *(f"  - {scalar(each)}" for each in phrasings(exchange, title)),
        "  - <another wording of the same question; 5 or more in all, no two alike>",
        "misconceptions:" if beliefs(exchange) else "misconceptions: []",
    ]
    for belief in beliefs(exchange):
        lines += [f"  - belief: {scalar(belief)}", "    correction: <what holds and why, in 2 to 4 sentences>"]
    lines += [
        "key_facts:",
        "  - <one checkable sentence that the text below says too; 3 to 6 of them>",
        "confused_with: []",
        f"related: [{', '.join(related)}]",
        *sources(page, title),
        f"review_by: {a_year_after(today)}",
        "---",
    ]
    return "\n".join(lines) + SECTIONS.replace("{explanation}", explanation(exchange))


def sources(page: SourcePage | None, title: str | None) -> list[str]:
    """Return the lines for a draft's sources: the thread's page if it has one."""
    if page is None:
        return ["sources: []  # <at least one: {title: ..., authors: ..., year: 2024, url: ...}>"]
    named = scalar(shortened(title or "A question on the forum", TITLE_MAX_CHARS))
    return [
        "sources:  # <a paper or the course's notes too>",
        f"  - title: {named}",
        "    authors: The course's forum",
        f"    year: {page.year}",
        f"    url: {scalar(page.url)}",
    ]


def credits_of(page: SourcePage) -> list[str]:
    """Return the comment that says where the thread is, and who answered."""
    by = f" The accepted answer is by {page.answered_by}: thank them, and ask before you name them." if page.answered_by else ""
    return [f"# Read it there: {page.url}.{by}"]


def comments(exchange: Exchange, slug: Slug, place: Placement, base: KnowledgeBase, *, origin: str) -> list[str]:
    """Return the comments at a draft's head: where it comes from, where it belongs, and what was asked in full."""
    nearest = ", ".join(f"{each.slug} ({each.chance:.2f})" for each in place.nearest) or "none"
    lines = [f"# A draft, never answered from: exchange {exchange.number} of {origin}."]
    if place.card:
        lines += [
            f"# Proposed card: {slug}, which exists: {base.cards[slug].path} (chance to settle it {place.card.chance:.2f}).",
            "# Read that card first. Put into it what it lacks (often only a phrasing for asked_as), then delete this draft.",
        ]
    else:
        lines += [
            f"# Proposed card: {slug}, a new one (no card is near enough).",
            "# Fill each <...>, check every sentence, then move the file to its group's folder as <slug>.md.",
        ]
    if place.beyond:
        lines += [
            f"# It sounds like '{place.beyond}', which beyond.yaml leaves out of the course.",
            "# Delete this draft, unless the course takes that topic up.",
        ]
    lines.append(f"# Next nearest: {nearest}.")
    if exchange.follows:
        lines.append(f"# It follows on exchange {exchange.follows}, so read that one's draft with it.")
    by = f" by {exchange.asked[0].author}" if exchange.asked[0].author else ""
    lines += [f"# Mark: {mark(exchange)}", f"# Asked{by}, in full:"]
    return lines + [f"#   {line}".rstrip() for line in exchange.question.splitlines()]


def marks_in(directory: Path) -> dict[str, Path]:
    """Return the drafts of earlier imports by their marks; a draft that can't be read has none."""
    found: dict[str, Path] = {}
    for path in sorted(directory.glob("*.md")):
        try:
            match = re.search(r"^# Mark: ([0-9a-f]{16})$", path.read_text(encoding="utf-8"), re.M)
        except (OSError, UnicodeDecodeError):
            continue
        if match:
            found[match.group(1)] = path
    return found


def write_draft(text: str, slug: str, directory: Path) -> Path:
    """Write a draft under the first free number of its slug, whole and over no other, and return its path.

    Raises:
        KnowledgeError: the folder can't be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            path = directory / f"{slug}-{number}.md"
            try:
                write_new(path, text.encode())
            except FileExistsError:
                number += 1
            else:
                return path
    except OSError as error:
        raise KnowledgeError(f"{directory}: the draft '{slug}' can't be written: {error.strerror or error}") from error


def phrasings(exchange: Exchange, title: str | None) -> list[str]:
    """Return the asker's questions that make sense alone, as they were typed; a thread's title is one of its first exchange."""
    found = [title] if title and exchange.number == 1 else []
    said = [spoken(post.text) for post in exchange.asked]
    found += [each for post in said for each in post if is_question(each)]
    any_asked = any(telling(each) for each in found)
    # What adds to a question (an example, a correction) is no phrasing of it; a statement alone is, and so is a quiz's gap.
    stated = [" ".join(post) for post in said if not any(map(is_question, post))]
    found += [each for each in stated if GAP.search(each)] if any_asked else [" ".join(stated)]
    unique = {" ".join(each.split()).lower(): " ".join(each.split()) for each in found if telling(each)}
    return [shortened(each, PHRASING_MAX_CHARS) for each in unique.values()][:PHRASINGS_MAX]


def telling(sentence: str) -> bool:
    """Return whether a sentence says what it is about, without those before it."""
    return len(topic_stems(sentence)) >= TELLING_STEMS


def beliefs(exchange: Exchange) -> list[str]:
    """Return what the asker says they believe: a mentor decides whether it is a misconception."""
    said = [each for post in exchange.asked for each in spoken(post.text)]
    return [shortened(each, PHRASING_MAX_CHARS) for each in said if BELIEF.search(each) and not is_question(each) and telling(each)][
        :BELIEFS_MAX
    ]


def explanation(exchange: Exchange) -> str:
    """Return the answers word for word, an accepted one first, each under a place that names who gave it."""
    if not exchange.answers:
        return "<nobody answered in the thread: say it in 3 to 6 paragraphs of one point each>"
    ordered = sorted(exchange.answers, key=lambda post: not post.accepted)
    parts: list[str] = []
    said_by: str | None = None
    for post in ordered:
        if said_by is None or post.author is not None:
            parts.append(f"<{origin(post, exchange)}>")
        said_by = post.author or "nobody known"
        parts.append(below_headings(post.text))
    return "\n\n".join(parts)


def origin(post: Post, exchange: Exchange) -> str:
    """Return who gave an answer, in words."""
    if post.author is None:
        return f"from the thread, post {post.number} and on: check it, then delete this line"
    who = post.author
    asker = ", who asked" if who == exchange.asked[0].author else ""
    return f"{who}{asker}, post {post.number}{', the accepted answer' if post.accepted else ''}: check it, then delete this line"


def below_headings(text: str) -> str:
    """Return a text whose headings are bold lines, since a card has four headings of its own."""
    return "\n".join(piece if code else re.sub(r"^\s*#{1,6}\s+(.+?)\s*#*$", r"**\1**", piece) for code, piece in pieces(text))


def mark(exchange: Exchange) -> str:
    """Return a fingerprint of an exchange, by which an import that is repeated knows its own drafts."""
    return hashlib.sha256(f"{exchange.question}\0{exchange.answer}".encode()).hexdigest()[:16]


def scalar(text: str) -> str:
    """Return a text as one YAML value on one line, quoted where YAML needs it."""
    written = yaml.safe_dump(" ".join(text.split()), allow_unicode=True, width=100_000)
    return written.removesuffix("\n").removesuffix("\n...")


def shortened(text: str, max_chars: int) -> str:
    """Cut a text at a word, with an ellipsis, so that it fits."""
    flat = " ".join(text.split())
    return flat if len(flat) <= max_chars else flat[: max_chars - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
