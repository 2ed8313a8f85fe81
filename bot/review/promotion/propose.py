"""Proposals: which promotions fit a mentor's answer, best first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.review.promotion.phrasings import asking, nearly_the_same
from index.search.library import Library
from knowledge.reading.card import Slug
from knowledge.words import content_stems

# An answer adds nothing to a card that has this share of its content words.
SAID = 0.8
# The slug is the mentor's to choose: one made of a message's words is noise.
NEW = "new:SLUG"


@dataclass(frozen=True)
class Proposal:
    """One way to promote an answer, in the form that `promote --as` takes, and why."""

    wanted: str
    why: str


def propose(question: str, answer: str, library: Library) -> list[Proposal]:
    """Return the promotions that fit an answer, best first; of the cards only those that are about the question."""
    found = library.search(question)
    new = Proposal(NEW, "no card is about this: SLUG is a short name that you choose for what the answer explains")
    owner = same_phrasing(question, library)
    if owner is None and (not found.hits or found.hits[0].score < library.reader.weights.near_from):
        return [new]
    card = library.base.cards[owner or found.hits[0].slug]
    wanted, said = content_stems(answer), content_stems(card.body() + " " + " ".join(card.key_facts))
    adds = bool(wanted) and len(wanted & said) / len(wanted) < SAID
    amend = Proposal(f"amend:{card.slug}", f"'{card.title}' is the nearest card, and the answer says more than it does")
    rewrite = Proposal(f"replace:{card.slug}", f"if the short answer of '{card.title}' is not good enough")
    if owner is not None:
        why = f"'{card.title}' has this question among its phrasings already, or one nearly the same"
        return [replace(amend, why=f"{why}, and the answer says more"), rewrite] if adds else [replace(rewrite, why=why), amend]
    phrasing = Proposal(f"phrasing:{card.slug}", f"'{card.title}' answers this, asked in other words")
    new = replace(new, why="if the answer is about something else than the nearest card")
    if found.settled < library.reader.weights.settled_from:
        return [new, amend, phrasing]
    return [amend, phrasing, rewrite, new] if adds else [phrasing, amend, rewrite, new]


def same_phrasing(question: str, library: Library) -> Slug | None:
    """Return the card that has a phrasing nearly the same as a question, None if there is none."""
    owners = [(slug, phrasing) for slug, card in library.base.cards.items() for phrasing in card.asked_as]
    found_at = nearly_the_same(asking(question), [phrasing for _, phrasing in owners])
    return None if found_at is None else owners[found_at][0]
