"""How an exported thread becomes draft cards: read, split, matched to cards, written for mentors to finish."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.base import KnowledgeBase
from knowledge.errors import UsageError
from knowledge.importing.cleaning import cleaned
from knowledge.importing.drafts import draft, mark, marks_in, publish
from knowledge.importing.exchanges import Exchange, exchanges
from knowledge.importing.files import read_thread
from knowledge.importing.posts import Dropped, Post, Thread
from knowledge.importing.proposals import FLOOR, Proposal, Vocabulary, new_slug, proposals, vocabulary
from knowledge.model import Slug
from knowledge.words import words


@dataclass(frozen=True)
class Draft:
    """One draft card on disk: the proposal it was written under, and whether an earlier import wrote it."""

    path: Path
    slug: Slug
    known: bool
    score: float
    question: str
    answered: bool
    fresh: bool


@dataclass(frozen=True)
class Imported:
    """What an import made of a file, with everything that it left out."""

    source: str
    format: str
    posts: int
    drafts: tuple[Draft, ...]
    dropped: tuple[Dropped, ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        fresh = sum(each.fresh for each in self.drafts)
        reasons = Counter(each.reason for each in self.dropped)
        left_out = ", ".join(f"{count} x {reason}" for reason, count in sorted(reasons.items()))
        old = f", {len(self.drafts) - fresh} there already" if fresh < len(self.drafts) else ""
        return f"{self.source}: {self.format}, {self.posts} posts, {fresh} drafts{old}; left out: {left_out or 'nothing'}"


def import_thread(path: Path, base: KnowledgeBase, drafts: Path, *, course: Mapping[str, str], today: dt.date) -> Imported:
    """Turn an exported thread into draft cards; `course` maps each slug of the curriculum to its question.

    Raises:
        UsageError: the file is no thread, or there is nothing in it to make a card of.
        KnowledgeError: the folder of drafts can't be written.
    """
    ordinary = frozenset(word for card in base.cards.values() for word in words(" ".join((*card.asked_as, card.body()))))
    thread = read_thread(path, ordinary)
    posts, courtesies = without_courtesies(thread)
    found = exchanges(posts)
    if not found:
        raise UsageError(f"{path}: no question or answer in it ({len(thread.posts)} posts, all courtesy): export the whole thread")
    known_words = vocabulary(base, course)
    written = marks_in(drafts)
    made: list[Draft] = []
    for exchange in found:
        ranked = proposed(exchange, known_words)
        best = ranked[0]
        earlier = written.get(mark(exchange))
        text = draft(exchange, ranked, base, source=path.name, title=thread.title, today=today)
        made.append(
            Draft(
                earlier or publish(text, best.slug, drafts),
                best.slug,
                best.known,
                best.score,
                exchange.question,
                bool(exchange.answers),
                earlier is None,
            )
        )
    dropped = tuple(sorted((*thread.dropped, *courtesies), key=lambda each: each.post))
    return Imported(path.name, thread.format, len(thread.posts), tuple(made), dropped, thread.notes)


def without_courtesies(thread: Thread) -> tuple[list[Post], list[Dropped]]:
    """Return a thread's posts without greetings, thanks and signatures, and all of those; a post of nothing else goes whole."""
    posts: list[Post] = []
    dropped: list[Dropped] = []
    for post in thread.posts:
        text, left_out = cleaned(post.text)
        dropped += [Dropped(post.number, reason, piece) for reason, piece in left_out]
        if text:
            posts.append(replace(post, text=text))
        elif not left_out:
            dropped.append(Dropped(post.number, "empty post", "(no text)"))
    return posts, dropped


def proposed(exchange: Exchange, known_words: Vocabulary) -> list[Proposal]:
    """Rank the cards for an exchange; a new slug stands first where none reaches the floor."""
    ranked = proposals(exchange.question, exchange.answer, known_words)
    if ranked and ranked[0].score >= FLOOR:
        return ranked
    return [Proposal(new_slug(exchange.question or exchange.answer, known_words.text), 0.0, False), *ranked]
