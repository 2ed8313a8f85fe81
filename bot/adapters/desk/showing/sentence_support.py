"""Each sentence of an answer beside the sentence of a card that it is nearest to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process

from bot.review.dossier import ShownAnswer
from index.store.passages import prose
from knowledge.reading.card import Card, Slug
from knowledge.sentences import sentences

# Of 100: from here on a sentence is the card's own, give or take a mark.
SAME = 95.0
# Below this, no sentence of the card is worth a look.
NEAR = 55.0


@dataclass(frozen=True)
class SupportedSentence:
    """One sentence of an answer; `said` is the nearest sentence of the card `slug`, `same` whether it's the card's own.

    `why` has the check's reason where a model wrote the sentence; `cut` ones were not shown.
    """

    text: str
    cut: bool
    why: str
    slug: str
    title: str
    said: str
    same: bool


def supported_sentences(answer: ShownAnswer, cards: Mapping[Slug, Card]) -> list[SupportedSentence]:
    """Return each sentence of an answer with its ground: by the check of a model's draft, or else by comparing it with the cited cards."""
    checks = [check for check in answer.checks if "sentence" in check]
    if checks:
        return [checked_sentence(check, cards) for check in checks]
    return [beside(text, answer.cited, cards) for text in sentences_in(answer.text)] if answer.cited else []


def checked_sentence(check: Mapping[str, Any], cards: Mapping[Slug, Card]) -> SupportedSentence:
    """Return a sentence that was judged."""
    found = beside(str(check["sentence"]), [str(slug) for slug in check.get("cards", ())], cards)
    return SupportedSentence(
        found.text, check.get("verdict") == "cut", str(check.get("why", "")), found.slug, found.title, found.said, found.same
    )


def beside(text: str, slugs: Iterable[str], cards: Mapping[Slug, Card]) -> SupportedSentence:
    """Return a sentence beside the nearest one of some cards."""
    choices = [(card, said) for slug in slugs if (card := cards.get(Slug(slug))) for said in sentences_of_card(card)]
    best = process.extractOne(prose(text), [said for _, said in choices], scorer=fuzz.token_set_ratio, score_cutoff=NEAR)
    if best is None:
        return SupportedSentence(text, False, "", "", "", "", False)
    card, said = choices[best[2]]
    return SupportedSentence(text, False, "", card.slug, card.title, said, fuzz.ratio(prose(text), said) >= SAME)


def sentences_of_card(card: Card) -> Sequence[str]:
    """Return all that a card says, sentence by sentence."""
    corrections = [each.correction for each in card.misconceptions]
    return sentences_in("\n\n".join([card.body(), *card.key_facts, *corrections]))


def sentences_in(markdown: str) -> list[str]:
    """Return the sentences of a text without Markdown's marks."""
    return [sentence for paragraph in markdown.split("\n\n") for sentence in sentences(prose(paragraph))]
