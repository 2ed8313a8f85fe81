"""The curated composer chooses the sections of the cards that answer a question, and their order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.answering.card_names import names_of, spelt
from bot.answering.compose import pieces as parts
from bot.answering.message.form import Form
from bot.values import Piece
from index.search.library import Found
from index.search.reader import SECOND_FROM, ReadPassage
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card, Slug
from knowledge.sentences import sentences
from knowledge.words import content_stems

# The most words of an answer outside code blocks; a learner reads no more in a chat.
MAX_WORDS = 150
# A second passage is added where the answer stays this short.
SECOND_UP_TO = 130
PASSAGES = 2
# What was shown before is said again where the next best passage is less likely than this share of it to settle the question.
AGAIN_FROM = 0.5
# This goes before the correction of a false premise.
NOT_SO = "**That is not so:** "
# The lowest rank of a neighbour whose contrast is told, or whose example is shown since the message names it.
NEIGHBOURS = 5


@dataclass(frozen=True)
class Composed:
    """A curated answer: its Markdown and the pieces it was made of, in order."""

    text: str
    pieces: tuple[Piece, ...]

    @property
    def cited(self) -> tuple[Slug, ...]:
        """Return the cards that the pieces come from, in order."""
        return tuple(dict.fromkeys(piece.slug for piece in self.pieces))


Shown = frozenset[tuple[Slug, str]]


def compose(
    form: Form,
    found: Found,
    base: KnowledgeBase,
    shown: Shown = frozenset(),
    *,
    premise: Piece | None = None,
    most: int = PASSAGES,
) -> Composed:
    """Compose an answer of the passages that settle the question: the best one, and the next where both are short; `most` passages at most.

    `shown` are pieces that this conversation has shown, which come again only where nothing else settles the question nearly as well.
    `premise` corrects what the question wrongly takes for granted, and goes first.
    """
    chosen: list[Piece] = [] if premise is None else [replace(premise, text=NOT_SO + premise.text)]
    wanted = [piece_of(each, base) for each in found.read]
    if form is Form.EXAMPLE and found.hits:
        card = exemplified(found, base)
        wanted = [*([parts.example(card, found)] if card.example else []), parts.short_answer(card, found)]
    between = contrast_between(found, base) if form is Form.CONTRAST else None
    wanted = [*([between] if between else []), *wanted]
    least = SECOND_FROM * found.read[0].chance if found.read else 0.0
    for piece in fresh(wanted, shown):
        if len(chosen) >= most + (premise is not None):
            break
        first = not chosen
        room = prose_words(chosen) + prose_words([piece]) <= (MAX_WORDS if first else SECOND_UP_TO)
        if first or (room and piece.fit >= least and not parts.says_again(piece, chosen)):
            chosen.append(piece)
    return Composed("\n\n".join(piece.text for piece in chosen), tuple(chosen))


def fresh(wanted: Sequence[Piece], shown: Shown) -> list[Piece]:
    """Return the pieces that were not shown, behind the best one if that was and settles the question far better."""
    new = [piece for piece in wanted if piece.key not in shown] or list(wanted)
    return [wanted[0], *new] if wanted and new[0].fit < AGAIN_FROM * wanted[0].fit else new


def piece_of(read: ReadPassage, base: KnowledgeBase) -> Piece:
    """Return a passage that was read as a piece of an answer; its fit is the chance that it settles the question."""
    card = base.cards[read.slug]
    kind, _, place = read.name.partition(":")
    if kind == "explanation":
        text = card.paragraphs()[int(place)]
    elif kind == "misconception":
        text = card.misconceptions[int(place)].correction
    else:
        text = card.example if kind == "example" else card.short_answer
    return Piece(read.slug, read.name, text, read.chance)


def prose_words(pieces: Sequence[Piece]) -> int:
    """Count the words of pieces outside their code blocks."""
    return sum(len(re.sub(r"```.*?```", " ", piece.text, flags=re.DOTALL).split()) for piece in pieces)


def exemplified(found: Found, base: KnowledgeBase) -> Card:
    """Return the card that an example is wanted of: one that the message names, if it's about as good as the best, or else the best."""
    said = spelt(found.query)
    best = found.hits[0].score
    for hit in found.hits[:NEIGHBOURS]:
        if hit.score >= AGAIN_FROM * best and any(has_in_row(said, name) for name in names_of(base.cards[hit.slug], base)):
            return base.cards[hit.slug]
    return base.cards[found.hits[0].slug]


def has_in_row(words: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Return whether a message has a name's words one behind the other."""
    return any(words[start : start + len(name)] == name for start in range(len(words) - len(name) + 1))


def contrast_between(found: Found, base: KnowledgeBase) -> Piece | None:
    """Return how the best card differs from a neighbour whose title the question names; None if it names none."""
    best = found.hits[0].slug
    wanted = content_stems(found.query)
    own = content_stems(base.cards[best].title)
    named: list[tuple[int, Piece]] = []
    for hit in found.hits[1:NEIGHBOURS]:
        words = (content_stems(base.cards[hit.slug].title) - own - base.course.generic_stems) & wanted
        piece = parts.contrast(base, best, hit.slug)
        if words and piece is not None:
            named.append((len(words), piece))
    return max(named, key=lambda pair: pair[0])[1] if named and own & wanted else None


def one_each(pieces: Sequence[Piece], most: int = MAX_WORDS) -> Composed:
    """Answer several questions of one message, each with the piece that settles it, in so many words at most: long pieces are cut."""
    chosen = list(pieces)
    lengths = [prose_words([piece]) for piece in chosen]
    if sum(lengths) > most:
        chosen = [cut(piece, share) for piece, share in zip(chosen, shares(lengths, most), strict=True)]
    return Composed("\n\n".join(piece.text for piece in chosen), tuple(chosen))


def shares(lengths: Sequence[int], most: int) -> list[int]:
    """Return how many words each of some pieces may have: an equal share, and what the shorter ones leave of theirs.

    >>> shares([20, 90, 90], 150)
    [20, 65, 65]
    """
    given = [0] * len(lengths)
    left = most
    for number, place in enumerate(sorted(range(len(lengths)), key=lambda place: lengths[place])):
        given[place] = min(lengths[place], left // (len(lengths) - number))
        left -= given[place]
    return given


def cut(piece: Piece, most: int) -> Piece:
    """Return the first sentences of a piece, as many as so many words hold, and one at least; its code stays."""
    code = "\n\n".join(re.findall(r"```.*?```", piece.text, flags=re.DOTALL))
    first, *rest = sentences(re.sub(r"```.*?```", " ", piece.text, flags=re.DOTALL))
    kept = first
    for sentence in rest:
        if len(f"{kept} {sentence}".split()) > most:
            break
        kept = f"{kept} {sentence}"
    return replace(piece, text="\n\n".join(filter(None, (kept, code))))
