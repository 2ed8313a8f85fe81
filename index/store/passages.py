"""Passages: the searchable pieces of cards that a question is matched against."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card, Slug


class PassageKind(StrEnum):
    """The part of a card that a passage is; index files and `--explain` show the value."""

    PHRASING = "phrasing"
    MISCONCEPTION = "misconception"
    CORRECTION = "correction"
    FACT = "fact"
    SECTION = "section"
    BEYOND = "beyond"


# So many words of a belief name its correction.
BELIEF_WORDS = 6
CODE = re.compile(r"```(?:\w*\n)?|`+")
LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
MARKS = re.compile(r"[|>#]+|(?<!\s)\*+|\*+(?!\s)|(?<!\w)_+|_+(?!\w)")
KINDS = {kind.value: kind for kind in PassageKind}


class Passage(NamedTuple):
    """One searchable piece: of a card (`slug`), or of a topic beyond the course (`slug` is the topic).

    `place` names the piece within its card: the misconception's or paragraph's number from 0, or a section's name.
    """

    slug: str
    kind: PassageKind
    place: str
    text: str

    def content_hash(self) -> str:
        """Return the SHA-256 of what is embedded; equal texts share one vector."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def card_passages(card: Card) -> list[Passage]:
    """Cut one card into its passages: title and phrasings, beliefs, facts, sections."""
    pieces = [(PassageKind.PHRASING, "title", card.title)]
    pieces += [(PassageKind.PHRASING, str(number), text) for number, text in enumerate(card.asked_as)]
    pieces += [(PassageKind.MISCONCEPTION, str(number), each.belief) for number, each in enumerate(card.misconceptions)]
    pieces += [(PassageKind.CORRECTION, str(number), prose(each.correction)) for number, each in enumerate(card.misconceptions)]
    pieces += [(PassageKind.FACT, str(number), text) for number, text in enumerate(card.key_facts)]
    pieces.append((PassageKind.SECTION, "short_answer", prose(card.short_answer)))
    pieces += [(PassageKind.SECTION, str(number), prose(text)) for number, text in enumerate(card.paragraphs())]
    pieces.append((PassageKind.SECTION, "example", prose(card.example)))
    return [Passage(card.slug, kind, place, text) for kind, place, text in pieces if text]


def shown_passages(card: Card) -> dict[str, tuple[PassageKind, str]]:
    """Return the passages of a card that can be shown as an answer, each as its kind and place, by the names that labels use.

    A paragraph is named by its bold name and a correction by its belief, so that an edit elsewhere in the card changes no name.

    >>> label_name("**The sign.** The sign of overfitting is ...")
    'the-sign'
    """
    named = {"short": (PassageKind.SECTION, "short_answer")}
    for number, text in enumerate(card.paragraphs()):
        named.setdefault(label_name(text), (PassageKind.SECTION, str(number)))
    for number, each in enumerate(card.misconceptions):
        named.setdefault(f"not-{'-'.join(hyphenated(each.belief).split('-')[:BELIEF_WORDS])}", (PassageKind.CORRECTION, str(number)))
    if card.example:
        named["example"] = (PassageKind.SECTION, "example")
    return named


def label_name(paragraph: str) -> str:
    """Return the name by which labels know a paragraph: its bold name, or its first words where it has none."""
    bold = re.match(r"\*\*(.+?)\*\*", paragraph, re.DOTALL)
    return hyphenated(bold[1]) if bold else "-".join(hyphenated(paragraph).split("-")[:BELIEF_WORDS])


def hyphenated(text: str) -> str:
    """Return a text's letters and figures in lower case, joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def all_passages(base: KnowledgeBase, known: Mapping[Slug, Sequence[Passage]] | None = None) -> list[Passage]:
    """Cut a whole knowledge base, cards first, each card's passages together; of some cards they may be known already."""
    known = known or {}
    passages = [passage for slug, card in base.cards.items() for passage in known.get(slug) or card_passages(card)]
    for topic in base.beyond:
        texts = (topic.topic, *topic.asked_as)
        passages += [Passage(topic.topic, PassageKind.BEYOND, str(number), text) for number, text in enumerate(texts)]
    return passages


def prose(markdown: str) -> str:
    """Drop Markdown's marks, keep its words, and code as it is typed: what an embedding should read.

    >>> prose("**Loss** of `2 * num_labels` in [PyTorch](https://pytorch.org)")
    'Loss of 2 * num_labels in PyTorch'
    """
    parts = CODE.split(markdown)
    parts[::2] = [MARKS.sub(" ", LINK.sub(r"\1", part)) for part in parts[::2]]
    return re.sub(r"\s+", " ", "".join(parts)).strip()
