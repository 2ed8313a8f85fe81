"""Signs that a message leans on earlier ones, or turns away from them to something new."""

from __future__ import annotations

import re

from knowledge.words import stem, stems

TURNS_AWAY = (
    r"forget (?:that|it|this|about it)(?: one)?",
    r"never ?mind(?: that)?",
    r"(?:different|another|new|other|unrelated|separate|next) (?:question|topic)",
    r"one more(?: (?:question|thing))?",
    r"change of (?:topic|subject)|switching (?:topic|subject)s?|moving on",
    r"on (?:another|a different) (?:note|topic)",
)
# They turn away only if something new begins after them: "is there one more way to do it?" does not.
BEGINS = r"(?:[:,.;!?)–—-]+|(?=(?:what|how|why|who|whose|which|when|where|is|are|do|does|did|can|could|so|now|about|explain|tell)\b))"
# They are near the start of a message, after a few words such as "thanks, that helps"; "by the way" is always first.
SWITCH = re.compile(rf"^\W*(?:(?:by the way|btw)\b\W*|(?:[\w']+\W+){{0,5}}?(?:{'|'.join(TURNS_AWAY)})\b\s*{BEGINS}\s*)", re.IGNORECASE)
# Words that point back at earlier messages.
LEANING = re.compile(
    r"\b(?:it|its|it's|this|that|that's|they|them|their|these|those|both|same|then|there|one|ones|such|here|former|latter|above"
    r"|either|neither|instead|too|also|again|still|earlier|you said|he|she|what about|how about|second|first|other)\b",
    re.IGNORECASE,
)
OPENING = re.compile(
    r"^\W*(?:and|but|so|ok(?:ay)?|then|because|or|also|hm+|wait|yes|yeah|no|why|how so|sorry|thanks|thank you|got it|right|sure|well"
    r"|honestly|i still|still)\b",
    re.IGNORECASE,
)


# Words of a request that name no topic.
SAYS_NOTHING = frozenset(
    stem(word)
    for word in """example examples give show instance explain again mean means understand simpler simple deeper detail details more
    tell case not happen work matter come exactly concrete real clear different difference ok okay sorry thanks thank question say said
    please sense actually""".split()
)
# A turn with more content words than this names its own topic.
NAMES_ITS_TOPIC = 6


def after_switch(turn: str) -> str | None:
    """Return the rest of a message that turns away from its conversation, else None.

    >>> after_switch("ok forget that one, what does the 15% thing mean")
    'what does the 15% thing mean'
    """
    match = SWITCH.match(turn)
    if match is None:
        return None
    rest = turn[match.end() :].strip()
    return rest if stems(rest) else None


def own_words(turn: str) -> set[str]:
    """Return the stems by which a message names its own topic."""
    return set(stems(turn)) - SAYS_NOTHING


def points_back(turn: str) -> bool:
    """Return whether a message has a word that points back at what was said before it, or goes on from there."""
    return bool(OPENING.match(turn) or LEANING.search(turn))


def leaning(turn: str) -> float:
    """Return how much a message leans on earlier ones: 0 is clear by itself, 1 means nothing by itself.

    >>> leaning("why?")
    1.0
    """
    content = len(own_words(turn))
    points = 0.0
    if content <= 1:
        points += 0.7
    elif content <= 3:
        points += 0.3
    elif content <= 6:
        points += 0.1
    if OPENING.match(turn):
        points += 0.3
    if LEANING.search(turn):
        points += 0.3
    return min(points, 1.0) * (0.5 if content > NAMES_ITS_TOPIC else 1.0)
