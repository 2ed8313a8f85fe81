"""A learner's message turned into what is searched for: cleaned, typos mended, foreign course words put into English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from knowledge.sentences import sentences
from knowledge.words import WORD

# MiniLM reads 256 word pieces; a question's own words come last or first in a long post, so both ends are read.
MAX_VIEW_WORDS = 90
# How an explanation is wanted says nothing of what it is about.
MANNER = re.compile(
    r"\W*\b(?:in (?:very |really |just |more )?(?:simple|simpler|plain|easy|lay(?:man'?s?)?|everyday|non-?technical|few|a few) "
    r"(?:words?|terms?|english|language)|in a nutshell|briefly|tl;?dr|eli ?5|explain (?:it )?(?=like\b)"
    r"|like i(?:'?m| am| was| were) (?:an? )?(?:\d+|five|ten|child|kid|beginner|dummy|idiot)(?: years? old| yo)?"
    r"|for (?:dummies|beginners|noobs))\b",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """Return a message without what no reader sees: control and format characters, odd spaces, mentions' ids.

    >>> clean("what\\x00 is\\u200b   MLM?")
    'what is MLM?'
    """
    normal = unicodedata.normalize("NFKC", text)
    kept = "".join(
        letter if letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cf", "Co", "Cs", "Cn"} else "" for letter in normal
    )
    kept = re.sub(r"<[@#][!&]?\d+>", " ", kept)
    kept = re.sub(r"[^\S\n]+", " ", kept)
    return re.sub(r"\n{3,}", "\n\n", kept).strip()


def without_manner(text: str) -> str:
    """Return a question without the words for how it should be explained, unless nothing else is said.

    >>> without_manner("what does fine-tuning mean in simple words?")
    'what does fine-tuning mean?'
    """
    rest = MANNER.sub("", text)
    return rest if WORD.search(rest) else text


class Speller:
    """Mends words that are neither English nor the course's, towards the course's own words."""

    def __init__(self, course_words: Iterable[str], known_words: Collection[str]) -> None:
        self._course = sorted({word for word in course_words if len(word) >= 4 and word.isascii()})
        self._known = {*known_words, *self._course}
        self._mended = lru_cache(maxsize=16_384)(self._mend)

    def mend(self, text: str) -> str:
        """Return the text with its misspelt words replaced; everything else stays as typed."""
        return WORD.sub(lambda match: self._mended(match.group(0)), text)

    def _mend(self, word: str) -> str:
        lowered = word.lower()
        if len(word) < 4 or lowered in self._known or not word.isascii() or any(letter.isdigit() for letter in word):
            return word
        if re.search(r"[a-z][A-Z]", word) or all(part in self._known for part in re.split(r"['-]", lowered) if part):
            return word
        allowed = 1 if len(word) <= 5 else 2
        near = process.extractOne(lowered, self._course, scorer=DamerauLevenshtein.distance, score_cutoff=allowed)
        if near is None or near[0][0] != lowered[0]:
            return word
        return str(near[0])


class Glossary:
    """Course words in other languages, and what they are in English."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        self._spaced: dict[tuple[str, ...], str] = {}
        unspaced: dict[str, str] = {}
        for key, value in entries.items():
            if is_unspaced(key):
                unspaced[key] = value
            else:
                self._spaced[tuple(WORD.findall(key.lower()))] = value
        self._longest = max((len(key) for key in self._spaced), default=0)
        self._unspaced = unspaced
        longest_first = sorted(unspaced, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def english(self, text: str) -> str:
        """Return the text with every course word of another language put into English."""
        if self._pattern is not None and not text.isascii():
            text = self._pattern.sub(lambda match: f" {self._unspaced[match.group(0)]} ", text)
        matches = list(WORD.finditer(text))
        lowered = [match.group(0).lower() for match in matches]
        out: list[str] = []
        end = place = 0
        while place < len(matches):
            length = self._match(lowered, place)
            if length:
                out += [text[end : matches[place].start()], self._spaced[tuple(lowered[place : place + length])]]
                end = matches[place + length - 1].end()
            place += length or 1
        return re.sub(r"[^\S\n]+", " ", "".join([*out, text[end:]])).strip()

    def _match(self, lowered: list[str], place: int) -> int:
        """Return how many words from a place on are an entry, the longest entry first; 0 if none is."""
        for length in range(min(self._longest, len(lowered) - place), 0, -1):
            if tuple(lowered[place : place + length]) in self._spaced:
                return length
        return 0


def is_unspaced(text: str) -> bool:
    """Return whether a text is in a script that puts no spaces between words."""
    return any(unicodedata.name(letter, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "THAI")) for letter in text)


def drop_foreign(text: str) -> str:
    """Return only the words in Latin letters: what is left of a foreign question once its course words are in English."""
    return re.sub(r"\s+", " ", re.sub(r"[^\x00-\x7f]+", " ", text)).strip()


def is_foreign(text: str) -> bool:
    """Return whether most letters of a text are not Latin ones."""
    letters = [letter for letter in text if letter.isalpha()]
    return bool(letters) and sum(not letter.isascii() for letter in letters) > 0.3 * len(letters)


def views(text: str) -> list[str]:
    """Return what of a message is searched: the whole when it's short; of a long one its questions and its two ends.

    Shapes: 1 to 5 texts, the most telling first.
    """
    if len(text.split()) <= MAX_VIEW_WORDS // 2:
        return [text]
    parts = sentences(text)
    asking = [part for part in parts if part.endswith(("?", "？")) and len(part.split()) >= 4]
    tail = " ".join(parts[-3:])
    whole = " ".join(text.split()[:MAX_VIEW_WORDS])
    end = " ".join(text.split()[-MAX_VIEW_WORDS:])
    return list(dict.fromkeys([whole, *asking[-2:], tail if not asking else " ".join(asking), end]))[:5]
