"""The passages for a conversation's questions, and their sentences as numbered notes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot.answering.compose import pieces
from bot.answering.compose.sections import NOT_SO, piece_of
from bot.values import Piece
from bot.wording.prompt.budget import inert, tokens, unnumbered
from index.search.library import Found
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug, split_paragraphs
from knowledge.sentences import sentences

# The most passages; more would mislead a small model.
MOST = 12
# A correction goes in where a learner may well hold the belief: the question is this near to it, and its card among the first few.
NEAR_BELIEF = 0.6
NEAR_CARDS = 8
CORRECTION_PLACE = 3
# A shorter sentence says nothing by itself.
LEAST_WORDS = 3
# A contrast, or the correction of a belief, is there because the question names it.
UNREAD = 1.0
# The bold name of a paragraph says what it's about and nothing more.
_NAME = re.compile(r"\A\*\*.+?\*\*\s*")
_BULLET = re.compile(r"^(?:[-*+•]|\d{1,2}[.)])\s+")


@dataclass(frozen=True)
class Offered:
    """A passage for the notes, with its card's title and the numbers, from 0, of the questions that it was found for.

    There are none of a curated piece that none of several questions found. The fit of its piece is the chance that it settles one of them,
    and UNREAD where the reader has not read it.
    """

    piece: Piece
    title: str
    asked: frozenset[int]


@dataclass(frozen=True)
class Note:
    """One sentence of a card, or one block of code, that a model may use; `asked` as of its passage."""

    slug: Slug
    title: str
    text: str
    asked: frozenset[int]


def offered(founds: Sequence[Found], curated: Sequence[Piece], base: KnowledgeBase) -> list[Offered]:
    """Return the best passages for several questions, those of each question in turn; the curated answer's own are among them.

    Where a question is near to a belief that a card calls false, the correction is one of the first. A curated piece of a card that is
    gone meanwhile is left out.
    """
    lists = [[(piece_of(read, base), frozenset({number})) for read in found.read] for number, found in enumerate(founds)]
    # Of several questions nobody knows which one the curated answer is about; those that found a piece of it have it anyway.
    unread = frozenset({0}) if len(founds) == 1 else frozenset[int]()
    known = [each for each in curated if each.slug in base.cards]
    lists.append([(Piece(each.slug, each.name, each.text.removeprefix(NOT_SO), each.fit), unread) for each in known])
    wanted = [each for row in zip_longest(*lists) for each in row if each is not None]
    correction = nearest_correction(founds, base)
    if correction is not None:
        wanted.insert(CORRECTION_PLACE, correction)
    asked: dict[tuple[Slug, str], frozenset[int]] = {}
    for piece, numbers in wanted:
        asked[piece.key] = asked.get(piece.key, frozenset()) | numbers
    texts = {piece.key: piece.text for piece, _ in wanted}
    chances: dict[tuple[Slug, str], float] = {}
    for found in founds:
        for read in found.read:
            chances[read.slug, read.name] = max(chances.get((read.slug, read.name), 0.0), read.chance)
    pieces_of = {key: Piece(*key, texts[key], chances.get(key, UNREAD)) for key in list(asked)[:MOST]}
    return [Offered(piece, base.cards[piece.slug].title, asked[key]) for key, piece in pieces_of.items()]


def nearest_correction(founds: Sequence[Found], base: KnowledgeBase) -> tuple[Piece, frozenset[int]] | None:
    """Return the correction of the belief that a question is nearest to, with that question's number, if it's near."""
    near = [
        (piece, frozenset({number}))
        for number, found in enumerate(founds)
        for hit in found.hits[:NEAR_CARDS]
        for piece in pieces.corrections(base.cards[hit.slug], found)[:1]
    ]
    best = max(near, key=lambda each: each[0].fit, default=None)
    return best if best is not None and best[0].fit >= NEAR_BELIEF else None


def notes_of(passage: Offered) -> Iterator[Note]:
    """Yield the sentences and the blocks of code of a passage."""
    text = _NAME.sub("", passage.piece.text) if passage.piece.name.startswith("explanation") else passage.piece.text
    for block in split_paragraphs(text):
        said = [block] if block.lstrip().startswith(("```", "~~~")) else [_BULLET.sub("", each) for each in sentences(block)]
        for each in said:
            bare = each.replace("**", "").strip()
            if len(bare.split()) >= LEAST_WORDS:
                yield Note(passage.piece.slug, passage.title, bare, passage.asked)


def in_order(taken: Sequence[Offered]) -> tuple[Note, ...]:
    """Return the notes of passages, those of a card together, each sentence once."""
    asked: dict[tuple[Slug, str], frozenset[int]] = {}
    titles = {each.piece.slug: each.title for each in taken}
    for slug in titles:
        for passage in taken:
            if passage.piece.slug == slug:
                for note in notes_of(passage):
                    asked[slug, note.text] = asked.get((slug, note.text), frozenset()) | note.asked
    return tuple(Note(slug, titles[slug], text, numbers) for (slug, text), numbers in asked.items())


def markdown(notes: Sequence[Note]) -> str:
    """Render notes, numbered from 1, under the titles of their cards."""
    lines: list[str] = []
    before = None
    for number, note in enumerate(notes, start=1):
        if note.slug != before:
            lines += [""] * bool(lines) + [shown(note.title)]
        before = note.slug
        lines.append(f"[{number}] {shown(note.text)}")
    return "\n".join(lines)


def shown(text: str) -> str:
    """Return a card's text in which nothing ends the notes or begins another note."""
    return unnumbered(inert(text)).strip()


def passage_tokens(passage: Offered) -> int:
    """Return the most tokens that a passage's notes take, title and numbers included."""
    return tokens(shown(passage.title)) + 3 + sum(tokens(shown(note.text)) + 6 for note in notes_of(passage))
