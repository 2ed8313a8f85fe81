"""Exported threads turned into draft cards: read, split, matched to cards, written for mentors to finish."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.errors import UsageError
from knowledge.importing.courtesy import cleaned, is_name
from knowledge.importing.drafts import SourcePage, draft, mark, marks_in, write_draft
from knowledge.importing.exchanges import Exchange, exchanges_of
from knowledge.importing.formats import read_thread
from knowledge.importing.placement import Place, Placement, new_slug, topic_stems
from knowledge.importing.posts import Dropped, ExportedThread, Post
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug
from knowledge.words import words

# A question with so few words that name a topic is about that of the question before it.
FEW_STEMS = 2


@dataclass(frozen=True)
class DraftFile:
    """One draft card on disk: the slug it was written under and where it belongs, and whether an earlier import wrote it."""

    path: Path
    slug: Slug
    place: Placement
    question: str
    answered: bool
    fresh: bool


@dataclass(frozen=True)
class Imported:
    """The result of an import, with everything that it left out."""

    source: str
    format: str
    posts: int
    drafts: tuple[DraftFile, ...]
    dropped: tuple[Dropped, ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        fresh = sum(each.fresh for each in self.drafts)
        reasons = Counter(each.reason for each in self.dropped)
        left_out = ", ".join(f"{count} x {reason}" for reason, count in sorted(reasons.items()))
        old = f", {len(self.drafts) - fresh} there already" if fresh < len(self.drafts) else ""
        return f"{self.source}: {self.format}, {self.posts} posts, {fresh} drafts{old}; left out: {left_out or 'nothing'}"


def import_thread(path: Path, base: KnowledgeBase, drafts: Path, place: Place, *, today: dt.date) -> Imported:
    """Turn an exported thread into draft cards, each with the card that `place` finds for it.

    Raises:
        UsageError: the file is no thread, or there is nothing in it to make a card of.
        KnowledgeError: the folder of drafts can't be written.
    """
    imported = draft_thread(read_thread(path, ordinary_words(base)), base, drafts, place, source=path.name, today=today)
    if not imported.drafts:
        raise UsageError(f"{path}: no question or answer in it ({imported.posts} posts, all courtesy): export the whole thread")
    return imported


def ordinary_words(base: KnowledgeBase) -> frozenset[str]:
    """Return the words of the cards, which are no people's names."""
    return frozenset(word for card in base.cards.values() for word in words(" ".join((*card.asked_as, card.body()))))


def draft_thread(
    thread: ExportedThread,
    base: KnowledgeBase,
    drafts: Path,
    place: Place,
    *,
    source: str,
    today: dt.date,
    page: SourcePage | None = None,
    accepted_alone: bool = False,
) -> Imported:
    """Turn a thread into draft cards; with `accepted_alone` only the exchanges that somebody accepted an answer in.

    Raises:
        KnowledgeError: the folder of drafts can't be written.
    """
    posts, courtesies = without_courtesies(thread)
    found = exchanges_of(posts)
    places = place([in_context(each, found) for each in found])
    written = marks_in(drafts)
    made: list[DraftFile] = []
    for exchange, placed in zip(found, places, strict=True):
        if accepted_alone and not any(post.accepted for post in exchange.answers):
            continue
        earlier = written.get(mark(exchange))
        slug = placed.card.slug if placed.card else new_slug(exchange.question, base.cards)
        text = draft(exchange, slug, placed, base, source=source, title=thread.title, today=today, page=page)
        written_to = earlier or write_draft(text, slug, drafts)
        made.append(DraftFile(written_to, slug, placed, exchange.question, bool(exchange.answers), earlier is None))
    dropped = tuple(sorted((*thread.dropped, *courtesies), key=lambda each: each.post))
    return Imported(source, thread.format, len(thread.posts), tuple(made), dropped, thread.notes)


def in_context(exchange: Exchange, found: Sequence[Exchange]) -> str:
    """Return a question as it's placed: one with few words of its own together with the question that it follows on."""
    alone = not exchange.follows or len(topic_stems(exchange.question)) > FEW_STEMS
    return exchange.question if alone else f"{found[(exchange.follows or 1) - 1].question} {exchange.question}"


def without_courtesies(thread: ExportedThread) -> tuple[list[Post], list[Dropped]]:
    """Return a thread's posts without greetings, thanks and signatures, and all of those; a post of nothing else goes whole."""
    posts: list[Post] = []
    dropped: list[Dropped] = []
    signed = False
    for post in thread.posts:
        text, left_out = cleaned(post.text)
        if signed and post.author is None and is_name(text):
            text, left_out = "", [("signature", text)]
        signed = not text and any(reason == "sign-off" for reason, _ in left_out)
        dropped += [Dropped(post.number, reason, piece) for reason, piece in left_out]
        if text:
            posts.append(replace(post, text=text))
        elif not left_out:
            dropped.append(Dropped(post.number, "empty post", "(no text)"))
    return posts, dropped
