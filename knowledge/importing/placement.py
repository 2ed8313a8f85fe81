"""The place of an exchange of a thread: the card that settles its question or is about the same thing, or a new card."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from knowledge.reading.card import SLUG_PATTERN, Slug
from knowledge.words import STOP_WORDS, content_stems, stem, words

NEW_SLUG_WORDS = 5
NEW_SLUG_MAX_CHARS = 60
# Words of a question that name no topic, so that they don't end up in a slug.
NO_TOPIC = frozenset(
    words(
        """ask asked asking question questions explain explains please tell know mean means meant understand example examples give
    wonder wondering anyone someone somebody help different difference differences actually really still say says said exactly
    confused confusion think got able try tried trying want need work works way good one two here anybody nobody goes going mean"""
    )
)
NO_TOPIC_STEMS = frozenset(map(stem, NO_TOPIC))


@dataclass(frozen=True)
class NearCard:
    """A card that a question may belong to, and the chance that it settles the question."""

    slug: Slug
    chance: float


@dataclass(frozen=True)
class Placement:
    """The card that settles a question or is about the same thing, if there is one, the next nearest, and the topic beyond the course
    that the question may be about instead."""

    card: NearCard | None
    nearest: tuple[NearCard, ...] = ()
    beyond: str | None = None


# Places questions, a follow-up together with the question before it. Shapes: one placement per question, in their order.
Place = Callable[[Sequence[str]], list[Placement]]


def topic_stems(text: str) -> frozenset[str]:
    """Return the stems of the words of a text that name a topic."""
    return frozenset(content_stems(text)) - NO_TOPIC_STEMS


def new_slug(question: str, taken: Iterable[str]) -> Slug:
    """Make a slug of the words of a question that name its topic.

    >>> new_slug("Can you please explain what warm-up steps do in the scheduler?", [])
    'warm-up-steps-scheduler'
    """
    told = re.sub(r"<[^<>]*>|`+", " ", question)
    topic = [word for word in words(told) if word not in STOP_WORDS and word not in NO_TOPIC]
    parts = SLUG_PATTERN.findall("-".join(dict.fromkeys(topic[:NEW_SLUG_WORDS])).replace("'", ""))
    slug = "-".join(parts)[:NEW_SLUG_MAX_CHARS].strip("-") or "question"
    used, number, name = set(taken), 2, slug
    while name in used:
        name, number = f"{slug}-{number}", number + 1
    return Slug(name)
