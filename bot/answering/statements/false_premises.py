"""Premises that a question takes for granted and that the cards call wrong."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.answering.statements.evidence import nearest_facts
from bot.answering.statements.verdict import settled
from bot.values import Piece
from index.search.library import Library
from knowledge.reading.course import Course
from knowledge.sentences import sentences
from knowledge.words import any_word

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
# Questions of quantity or means take no such thing for granted: "how many", "how can I".
OPEN = re.compile(r"^(?:many|much|long|often|big|large|far|can|could|should|would|to|i|we|you|do (?:i|we|you))\b", re.IGNORECASE)


@lru_cache(maxsize=8)
def asking_who(people: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of what a question takes for granted of people: "Who labels the pretraining text?"; somebody does."""
    return re.compile(
        rf"(?:^|[.!,:]\s*|\b(?:so|but|and|then)\s+)(?:who|which (?:people|person|humans?|{any_word(people)}))\s+"
        r"(?P<premise>[^?]{8,160})\?",
        re.IGNORECASE,
    )


def premises_of(question: str, course: Course) -> list[str]:
    """Return the premises of a question as statements.

    >>> premises_of("Since salt kills yeast, who salts the dough first?", Course())
    ['salt kills yeast', 'people salts the dough first']
    >>> premises_of("Does salt kill yeast?", Course())
    []
    """
    found = []
    for sentence in sentences(question):
        if not sentence.endswith("?") or len(sentence.split()) > MOST_WORDS:
            continue
        given = BEFORE.search(sentence) or AFTER.search(sentence)
        if given is not None:
            found.append(given.group("premise"))
        who = asking_who(course.people).search(sentence)
        if who is not None:
            found.append("people " + who.group("premise"))
        presumed = PRESUMED.search(sentence)
        if presumed is not None and not OPEN.match(presumed.group("premise")) and given is None:
            found.append(("not " if presumed.group("negated") else "") + presumed.group("premise"))
    return [premise.strip() for premise in found]


def false_premise(question: str, library: Library) -> Piece | None:
    """Return the correction of the first premise of a question that a card says is not so."""
    course = library.base.course
    for premise in premises_of(question, course):
        verdict = settled(premise, nearest_facts(premise, library, READ), course)
        if verdict is not None and not verdict.so:
            card = library.base.cards[verdict.by.slug]
            beliefs = [each.belief for each in card.misconceptions]
            name = f"misconception:{beliefs.index(verdict.by.text)}" if verdict.by.text in beliefs else f"said:{verdict.by.text}"
            return Piece(verdict.by.slug, name, verdict.why, 1.0)
    return None
