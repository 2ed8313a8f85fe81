"""The pieces of a card that an answer is composed of, and how well each fits the question."""

from __future__ import annotations

from bot.values import Piece
from index.search.library import Found
from index.store.passages import PassageKind, prose
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card, Slug
from knowledge.sentences import sentences
from knowledge.words import content_stems

# A piece with this share of its sentences said already would mostly repeat them.
SAID_ALREADY = 0.3
# A sentence with fewer content words than this is a heading.
SENTENCE_STEMS = 5
# A sentence with this share of a key fact's content words says it.
FACT_SAID = 0.75


def short_answer(card: Card, found: Found) -> Piece:
    """Return the card's short answer."""
    return Piece(card.slug, "short_answer", card.short_answer, found.cosine(card.slug, PassageKind.SECTION, "short_answer"))


def example(card: Card, found: Found) -> Piece:
    """Return the card's example."""
    return Piece(card.slug, "example", card.example, found.cosine(card.slug, PassageKind.SECTION, "example"))


def paragraphs(card: Card, found: Found) -> list[Piece]:
    """Return the paragraphs of the explanation, those that fit the question best first."""
    pieces = [
        Piece(card.slug, f"explanation:{number}", text, found.cosine(card.slug, PassageKind.SECTION, str(number)))
        for number, text in enumerate(card.paragraphs())
    ]
    return sorted(pieces, key=lambda piece: -piece.fit)


def corrections(card: Card, found: Found) -> list[Piece]:
    """Return the corrections of the card's misconceptions, that of the belief nearest to the question first."""
    pieces = [
        Piece(card.slug, f"misconception:{number}", each.correction, found.cosine(card.slug, PassageKind.MISCONCEPTION, str(number)))
        for number, each in enumerate(card.misconceptions)
    ]
    return sorted(pieces, key=lambda piece: -piece.fit)


def facts(card: Card, found: Found) -> list[Piece]:
    """Return the card's key facts, those nearest to the question first."""
    pieces = [
        Piece(card.slug, f"fact:{number}", text, found.cosine(card.slug, PassageKind.FACT, str(number)))
        for number, text in enumerate(card.key_facts)
    ]
    return sorted(pieces, key=lambda piece: -piece.fit)


def contrast(base: KnowledgeBase, first: Slug, second: Slug) -> Piece | None:
    """Return the statement of how two cards differ, if there is one."""
    text = base.contrast(first, second)
    return None if text is None else Piece(first, f"contrast:{second}", text, 1.0)


def says_fact(fact: Piece, said: list[Piece]) -> bool:
    """Return whether some pieces say a key fact already, in nearly the same words."""
    wanted = content_stems(fact.text)
    return any(
        len(wanted & content_stems(sentence)) >= FACT_SAID * len(wanted) for other in said for sentence in sentences(prose(other.text))
    )


def says_again(piece: Piece, said: list[Piece], least: float = SAID_ALREADY) -> bool:
    """Return whether other pieces say at least this share of a piece's sentences already, in nearly the same words."""
    before = [content_stems(sentence) for other in said for sentence in sentences(prose(other.text))]
    own = [stems for sentence in sentences(prose(piece.text)) if len(stems := content_stems(sentence)) >= SENTENCE_STEMS]
    again = sum(any(len(stems & earlier) >= FACT_SAID * len(stems) for earlier in before) for stems in own)
    return bool(own) and again / len(own) >= least
