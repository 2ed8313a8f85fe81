"""Words as evidence: content words, and the forms that count as the same word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import snowballstemmer

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*", re.UNICODE)

STOP_WORDS = frozenset(
    """a about after again all also am an and any are aren't arent as at be because been before being both but by can can't cant
    could couldn't couldnt did didn't didnt do does doesn't doesnt doing don't dont down during each even few for from further
    get gets got had has hasn't hasnt have havent having he her here hers him his how i i'd i'll i'm i've if im in into is isn't
    isnt it it's its itself ive just let like lot may me might more most much must my myself of off on once one only or other
    our out over own please pls plz same she should shouldn't shouldnt so some such than that that's thats the their them then
    there there's theres these they thing things think this those through thx to too under until up us use used uses using very
    via was wasn't wasnt we were weren't werent what what's whats when where which while who whom whose why will with won't wont
    would wouldn't wouldnt you your yours""".split()
)

_STEMMER = snowballstemmer.stemmer("english")

# Spellings of the same English word, in lower case.
SAME_WORD = {
    "labeled": "labelled", "labeling": "labelling", "modeling": "modelling", "summarise": "summarize", "generalise": "generalize",
}  # fmt: skip
# It matches nowhere.
NOTHING = re.compile(r"(?!)")


class CourseWords:
    """The spellings, compounds and synonyms that courses add to English; `learn` fills the one that this process has."""

    def __init__(self) -> None:
        self.spellings = dict(SAME_WORD)
        self.compounds: dict[str, str] = {}
        self.synonyms: dict[str, str] = {}
        self.compound = NOTHING

    def add(self, compounds: Mapping[str, str], spellings: Mapping[str, str], synonyms: Iterable[Sequence[str]]) -> None:
        """Add the words of one course."""
        self.spellings |= spellings
        if not compounds.items() <= self.compounds.items():
            self.compounds |= compounds
            starts = (re.escape(each).replace(r"\-", "[ -]") for each in sorted(self.compounds, key=len, reverse=True))
            self.compound = re.compile(rf"(?<![\w'-])(?:{'|'.join(starts)})")
        self.synonyms |= {stem(word): stem(row[0]) for row in synonyms for word in row}


COURSE_WORDS = CourseWords()


def learn(*, compounds: Mapping[str, str], spellings: Mapping[str, str], synonyms: Iterable[Sequence[str]]) -> None:
    """Let the words of a course count as it says, wherever this process compares words from now on.

    Words are compared in places that know no course, so this is kept for the whole process. Reading a knowledge base calls it. It only
    adds: the words of a course read earlier stay known, and the same words may be learnt again.
    """
    COURSE_WORDS.add(compounds, spellings, synonyms)


def words(text: str) -> list[str]:
    """Return the words of a text, lower-cased, one spelling each, in their order.

    >>> words("Labeled data isn’t well-known!")
    ['labelled', 'data', "isn't", 'well-known']
    """
    lowered = text.lower().replace("’", "'")
    joined = COURSE_WORDS.compound.sub(lambda found: COURSE_WORDS.compounds[found.group().replace(" ", "-")], lowered)
    return [COURSE_WORDS.spellings.get(word, word) for word in WORD.findall(joined)]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the stem of one lower-cased word (Snowball English).

    Source: Porter (2001), the Snowball English stemmer, by the library snowballstemmer.
    """
    return str(_STEMMER.stemWord(word))


def stems(text: str) -> list[str]:
    """Return the stems of the content words of a text, in their order."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS]


def content_stems(text: str) -> set[str]:
    """Return the set of stems of the content words of a text."""
    return set(stems(text))


def synonym(stemmed: str) -> str:
    """Return the one stem for all words of one meaning in the course, or the stem itself."""
    return COURSE_WORDS.synonyms.get(stemmed, stemmed)


def any_word(listed: Iterable[str]) -> str:
    """Return the pattern of any of some words or phrases; `*` is the rest of a word. An empty list matches nothing.

    >>> re.findall(any_word(["bak*", "rye flour"]), "baking with rye flour")
    ['baking', 'rye flour']
    """
    patterns = [re.escape(each).replace(r"\*", r"\w*") for each in listed]
    return f"(?:{'|'.join(patterns)})" if patterns else NOTHING.pattern


def any_of(*patterns: str) -> re.Pattern[str]:
    """Compile patterns of which any may match, whatever the case."""
    return re.compile("|".join(patterns), re.IGNORECASE)
