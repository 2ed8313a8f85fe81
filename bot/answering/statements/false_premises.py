"""Premises that a question takes for granted and that the cards call wrong."""

from __future__ import annotations

import re

from bot.answering.statements.evidence import nearest_facts
from bot.answering.statements.verdict import settled
from bot.values import Piece
from index.search.library import Library
from knowledge.sentences import sentences

# A longer question says more than one thing.
MOST_WORDS = 40
READ = 3
CLAUSE = r"(?P<premise>[^,;?]{12,160})"
GIVEN = r"(?:since|because|as|given(?: that)?|considering(?: that)?|seeing that|now that|if)"
# "Since MLM is supervised, who labels the masks?" and "Who labels the masks, since MLM is supervised?"
BEFORE = re.compile(rf"(?:^|[.!:]\s*|\b(?:so|but|and|ok|hi|hey),?\s+){GIVEN}\s+{CLAUSE}[,;]\s*(?=\S[^?]*\?)", re.IGNORECASE)
AFTER = re.compile(rf"\S[^?]*?[,;]?\s+(?:since|given that|considering that|seeing that|when)\s+{CLAUSE}\?", re.IGNORECASE)
# "Why does LoRA rewrite the base model's files?" takes for granted that it does.
PRESUMED = re.compile(
    r"(?:^|[.!,:]\s*|\b(?:so|but|and|then)\s+)(?:why|how come|how|when|where|at which point)(?: exactly)?\s+"
    r"(?:(?:is|are|was|were|does|do|did|has|have|can|will|would|must|should)(?P<negated>n['’]?t| not)?\s+)?(?P<premise>[^?]{8,160})\?",
    re.IGNORECASE,
)
# "Who labels the pretraining text?" takes for granted that somebody does.
WHO = re.compile(
    r"(?:^|[.!,:]\s*|\b(?:so|but|and|then)\s+)(?:who|which (?:people|person|humans?|annotators?))\s+(?P<premise>[^?]{8,160})\?",
    re.IGNORECASE,
)
# Questions of quantity or means take no such thing for granted: "how many", "how can I".
OPEN = re.compile(r"^(?:many|much|long|often|big|large|far|can|could|should|would|to|i|we|you|do (?:i|we|you))\b", re.IGNORECASE)


def premises_of(question: str) -> list[str]:
    """Return the premises of a question as statements.

    >>> premises_of("Since MLM is supervised, who labels the masks?")
    ['MLM is supervised', 'people labels the masks']
    >>> premises_of("Is MLM supervised?")
    []
    """
    found = []
    for sentence in sentences(question):
        if not sentence.endswith("?") or len(sentence.split()) > MOST_WORDS:
            continue
        given = BEFORE.search(sentence) or AFTER.search(sentence)
        if given is not None:
            found.append(given.group("premise"))
        who = WHO.search(sentence)
        if who is not None:
            found.append("people " + who.group("premise"))
        presumed = PRESUMED.search(sentence)
        if presumed is not None and not OPEN.match(presumed.group("premise")) and given is None:
            found.append(("not " if presumed.group("negated") else "") + presumed.group("premise"))
    return [premise.strip() for premise in found]


def false_premise(question: str, library: Library) -> Piece | None:
    """Return the correction of the first premise of a question that a card says is not so."""
    for premise in premises_of(question):
        verdict = settled(premise, nearest_facts(premise, library, READ))
        if verdict is not None and not verdict.so:
            card = library.base.cards[verdict.by.slug]
            beliefs = [each.belief for each in card.misconceptions]
            name = f"misconception:{beliefs.index(verdict.by.text)}" if verdict.by.text in beliefs else f"said:{verdict.by.text}"
            return Piece(verdict.by.slug, name, verdict.why, 1.0)
    return None
