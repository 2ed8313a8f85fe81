"""The groups of the queue: what each question is about, in a name that a mentor can type, and which questions are like it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from knowledge.reading.card import Slug
from knowledge.words import STOP_WORDS, WORD, any_of

DANGER = "danger"
PERSON = "asks for a person"
OTHER = "other"
# What is asked about a course's running, the first that fits; each is a group of its own, since one reason declines it all.
COURSE = (
    ("deadlines", any_of(r"\bdeadlines?\b|\bdue\b|\bextension\b|\blate\b|\bsubmit\b|\bsubmission")),
    ("certificates", any_of(r"\bcertificate|\benrol|\bsign up\b|\bregister")),
    ("recordings and slides", any_of(r"\brecording|\bslides?\b|\bvideo|\blecture notes\b|\bwatch\b")),
    ("grades", any_of(r"\bgrad(?:e|es|ed|ing)\b|\bmarks?\b|\bmarked\b|\bscore\b|\bpoints\b|\bcredits\b|\bpass\b")),
    ("exams", any_of(r"\bexams?\b|\bmid-?term|\bfinals?\b|\bquiz|\btest(?:ed)?\b")),
)
COURSE_OTHER = "the course's running"
# With one of these words a question that no card settles is about the course, however it is asked.
COURSE_THING = any_of(
    r"\b(?:labs?|assignments?|home ?work|deadlines?|extensions?|mid-?term|exams?|certificates?|recordings?|slides|regrade|grades?|graded"
    r"|quiz(?:zes)?|passing grade|final project|late days?)\b"
)
HOMEWORK = any_of(
    r"\b(?:do|solve|write|finish|complete) my (?:\w+ )?(?:homework|assignment|lab|exercise|essay|project)\b",
    r"\b(?:homework|assignment|exercise|hw|lab) ?#?\d*\b.*\b(?:solution|answers?|solve|for me|code)\b",
    r"\b(?:solution|answers?|code) (?:to|for|of) (?:the )?(?:homework|assignment|exercise|hw|lab)\b",
)
NAME_WORDS = 3
# Words with which questions begin, none of which names anything.
OPENERS = frozenset(
    """what why how when where which who is are do does did can could should would will explain tell me about please pls question hi hello
    hey anyone know mean means meaning difference exactly actually really worth use need want get got use used using work works""".split()
)


def group_of(text: str, checks: Sequence[Mapping[str, Any]], *, card: tuple[Slug, str] | None) -> str:
    """Return the name of a question's group.

    `checks` are those of its answer; `card` is the card that it was answered or nearly answered from, with its title.
    """
    kinds = {str(check.get("check")): check for check in checks}
    if "care" in kinds:
        return DANGER
    if "person" in kinds:
        return PERSON
    if HOMEWORK.search(text):
        return "homework"
    if "course matter" in kinds or (card is None and "beyond" not in kinds and COURSE_THING.search(text)):
        return next((name for name, pattern in COURSE if pattern.search(text)), COURSE_OTHER)
    if "beyond" in kinds:
        return f"off course: {kinds['beyond'].get('topic')}"
    return f"card: {card[0]}" if card is not None else OTHER


def common_words(texts: Sequence[str]) -> str:
    """Return the words that most of several questions have, as a name; those of the first question where they share none.

    >>> common_words(["how big is the kv cache?", "kv cache size in memory", "why a kv cache"])
    'kv cache'
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({word for word in map(str.lower, WORD.findall(text)) if word not in STOP_WORDS and word not in OPENERS})
    order = [word.lower() for word in WORD.findall(" ".join(texts))]
    shared = [word for word, count in counts.items() if count * 2 > len(texts)]
    chosen = sorted(shared or counts, key=lambda word: (-counts[word], order.index(word)))[:NAME_WORDS]
    return " ".join(sorted(chosen, key=order.index))


def is_in(group: str, wanted: str) -> bool:
    """Return whether a group is the one that a mentor names, by its whole name or a part of it; marks alone name none."""
    words = re.sub(r"\W+", " ", wanted.lower()).strip()
    return bool(words) and words in re.sub(r"\W+", " ", group.lower())
