"""People removed from a thread: labels for authors, no mentions, addresses and numbers masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from knowledge.importing.posts import Person, pieces
from knowledge.words import STOP_WORDS

MENTOR_WORDS = re.compile(r"\b(mentor|staff|moderator|mod|admin|teacher|instructor|tutor|lecturer|teaching assistant|ta)s?\b", re.I)
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# As numbers are dialled: with a plus, with an area in brackets, in groups after a zero or with dashes, or after a word that announces one.
# Runs of plain figures (token ids, shapes, degrees) stay.
PHONE = re.compile(
    r"(?<![\w./=+-])(?:\+\d[\d ().-]{7,17}\d|\(\d{2,5}\)[ .-]?\d[\d .-]{4,12}\d"
    r"|\d{3}[.-]\d{3}[.-]\d{4}|0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,5})(?![\w.-]*\d)"
)
ANNOUNCED_PHONE = re.compile(r"\b((?:phone|tel|mobile|whatsapp|call me)(?: number| at| on| is)*[.: ]*)\d[\d ().-]{5,16}\d", re.I)
# As universities number their students: 21f3001234, s1234567.
STUDENT_NUMBER = re.compile(r"(?<![\w.#-])(?:\d{2}[A-Za-z]{1,2}\d{6,8}|[A-Za-z]{1,2}\d{7,9})(?![\w.-]*\w)")
# Whoever a web address is about: its part after "u", "users" and the like.
USER_IN_URL = re.compile(r"(https?://\S*?/(?:u|user|users|profile|people|members?|@me)/)[^/\s?#)<>\]]+", re.I)
# Before or after one of these a name is a method's, or a cited author's.
TERM_BEFORE = re.compile(r"\b(?:the|an?|with|using|of|like|called|named)\s+$", re.I)
TERM_AFTER = re.compile(
    r"^(?:'s|’s)?\s*(?:paper|optimi[sz]er|optimi[sz]ation|model|loss|method|algorithm|update|step|variant|encoder|embeddings?"
    r"|and \w+ \(|et al|&|\(\d{4}|\d{4}\b)",
    re.I,
)
MENTION = re.compile(r"(?<![\w`/.@])@[A-Za-z0-9_][\w.-]*\w(?:#\d{4})?[,:]?[ \t]*")
SHORTEST_NAME = 3


def is_mentor(*titles: str | None) -> bool:
    """Return whether a role, title or group of a person says that they teach."""
    return any(title and MENTOR_WORDS.search(title.replace("_", " ").replace("-", " ")) for title in titles)


def labels(people: Iterable[Person]) -> dict[str, str]:
    """Number mentors and learners in the order in which they first posted."""
    found: dict[str, str] = {}
    counts = {True: 0, False: 0}
    for person in people:
        if person.key not in found:
            counts[person.mentor] += 1
            found[person.key] = f"{'mentor' if person.mentor else 'learner'} {counts[person.mentor]}"
    return found


@dataclass(frozen=True)
class Veil:
    """The patterns that hide the people of one thread: compiled once, since a channel may have thousands of authors."""

    mention: re.Pattern[str]
    name: re.Pattern[str]
    in_url: re.Pattern[str]
    label: Mapping[str, str]

    def over(self, text: str) -> str:
        """Return a text without mentions, with authors' names as labels, and with addresses and numbers masked."""
        hidden = EMAIL.sub("<e-mail>", self.mention.sub("", text))
        hidden = USER_IN_URL.sub(r"\1<user>", self.in_url.sub("<user>", hidden))
        hidden = STUDENT_NUMBER.sub("<number>", ANNOUNCED_PHONE.sub(r"\1<number>", PHONE.sub("<number>", hidden)))
        hidden = "\n".join(piece if code else without_mentions(piece) for code, piece in pieces(hidden))
        return self.name.sub(self._labelled, hidden)

    def _labelled(self, found: re.Match[str]) -> str:
        """Return the label of whoever a name is of; the name itself where it's a method's or a cited author's."""
        before, after = found.string[: found.start()][-20:], found.string[found.end() :][:20]
        if TERM_AFTER.match(after) and (TERM_BEFORE.search(before) or not after.startswith(("'", "’"))):
            return found.group()
        return self.label[found.group().lower()]


def veil(people: Iterable[Person], named: Mapping[str, str], ordinary: Set[str]) -> Veil:
    """Make the veil for some people by their labels.

    A name that is an ordinary word of the course (a user called 'Label') is left alone outside mentions.
    """
    whole: dict[str, str] = {}
    parts: dict[str, str] = {}
    for person in people:
        for name in person.names:
            whole.setdefault(name, named[person.key])
            for part in (name, *name.split()):
                if len(part) >= SHORTEST_NAME and re.search(r"[^\W\d_]", part) and not {part.lower()} & (ordinary | STOP_WORDS):
                    parts.setdefault(part.lower(), named[person.key])
    return Veil(
        re.compile(rf"(?<!\w)@(?:{any_of(whole)})(?!\w)[,:]?[ \t]*", re.I),
        re.compile(rf"(?<![\w/.-])(?:{any_of(parts)})(?![\w/-])", re.I),
        re.compile(rf"(?<=/)@?(?:{any_of(whole)})(?=[/?#\s)>\]]|$)", re.I),
        parts,
    )


def any_of(names: Iterable[str]) -> str:
    """Return a pattern for any of some names, the longest first; one that never matches if there are none."""
    return "|".join(re.escape(name) for name in sorted(names, key=lambda each: (-len(each), each))) or r"(?!)"


def without_mentions(line: str) -> str:
    """Return a line without mentions; a decorator in code is none."""
    return "".join(part if part.startswith("`") else MENTION.sub("", part) for part in re.split(r"(`[^`]*`)", line))
