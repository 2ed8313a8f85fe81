"""Proposals: which promotions fit a mentor's answer, best first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.review.promotion.phrasings import asking, keywords, nearly_the_same
from index.search.library import Library
from knowledge.reading.card import SLUG_PATTERN, Slug
from knowledge.words import content_stems

# An answer adds nothing to a card that has this share of its content words.
SAID = 0.8
SLUG_WORDS = 4


@dataclass(frozen=True)
class Proposal:
    """One way to promote an answer, in the form that `promote --as` takes, and why."""

    wanted: str
    why: str


def propose(question: str, answer: str, library: Library) -> list[Proposal]:
    """Return the promotions that fit an answer, best first."""
    found = library.search(question)
    new = Proposal(f"new:{free_slug(question, library)}", "no card is about this")
    if not found.hits:
        return [new]
    owner = same_phrasing(question, library)
    card = library.base.cards[owner or found.hits[0].slug]
    wanted, said = content_stems(answer), content_stems(card.body() + " " + " ".join(card.key_facts))
    adds = bool(wanted) and len(wanted & said) / len(wanted) < SAID
    amend = Proposal(f"amend:{card.slug}", f"'{card.title}' is the nearest card, and the answer says more than it does")
    rewrite = Proposal(f"replace:{card.slug}", f"if the short answer of '{card.title}' is not good enough")
    if owner is not None:
        why = f"'{card.title}' has this question among its phrasings already, or one nearly the same"
        return [replace(amend, why=f"{why}, and the answer says more"), rewrite] if adds else [replace(rewrite, why=why), amend]
    phrasing = Proposal(f"phrasing:{card.slug}", f"'{card.title}' answers this, asked in other words")
    phrasings = [phrasing]
    if found.settled < library.reader.weights.settled_from:
        return [new, *phrasings, amend]
    return [amend, *phrasings, rewrite, new] if adds else [*phrasings, amend, rewrite, new]


def same_phrasing(question: str, library: Library) -> Slug | None:
    """Return the card that has a phrasing nearly the same as a question, None if there is none."""
    owners = [(slug, phrasing) for slug, card in library.base.cards.items() for phrasing in card.asked_as]
    found_at = nearly_the_same(asking(question), [phrasing for _, phrasing in owners])
    return None if found_at is None else owners[found_at][0]


def free_slug(question: str, library: Library) -> str:
    """Return a slug made of a question's content words that no card has."""
    words = [word for word in keywords(asking(question)).lower().split() if SLUG_PATTERN.fullmatch(word)]
    slug = "-".join(words[:SLUG_WORDS]) or "new-card"
    return slug if slug not in library.base.cards else f"{slug}-2"
