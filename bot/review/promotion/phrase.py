"""How a mentor's answer and a learner's question are put into a card's forms: tidied, cut into sentences, varied by rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

from knowledge.checking.rules import ASKED_AS_MAX, NEAR_DUPLICATE
from knowledge.sentences import sentences
from knowledge.words import STOP_WORDS, WORD

# A phrasing longer than this is a story: the sentences that ask stand for it.
PHRASING_MAX_CHARS = 240
PHRASINGS_MIN = 5
# Statements of the answer that are turned into questions, and how long one may be.
SAID_MOST = 3
SAID_MAX_CHARS = 160
VERDICT = re.compile(r"(?:yes|no|nope|yep|true|false|correct|right)\b\W*[,.:;!\u2013\u2014-]+\s*", re.IGNORECASE)
# What follows a verdict and leans on it can't stand alone.
LEANS = re.compile(
    r"(?:but|and|if|when|as|since|unless|because|though|although|only|not|it(?:'s)?|they|this|that(?:'s)?|you|we|i)\b", re.IGNORECASE
)
# Where a sentence can be cut so that both parts are statements.
CLAUSES = re.compile(r";\s+|,\s+(?:and|but|so)\s+(?=\w+(?:\s+\w+){3})")
# Words with which questions begin, none of which names anything.
OPENERS = frozenset(
    """what why how when where which who is are do does did can could should would will explain tell me about please pls question hi hello
    hey anyone know mean means meaning difference exactly actually really worth use need want""".split()
)


def tidy(text: str) -> str:
    """Return a text with one kind of line end, no invisible characters, and none of the marks that a card's own shape is made of.

    Headings become bold lines, and lines that are only a rule go; code blocks stay as they are, and one that is never closed is closed.

    >>> tidy("a\\r\\n## b\\r\\n---\\r\\nc")
    'a\\n**b**\\n\\nc'
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n"))
    kept = "".join(
        letter for letter in text if letter in "\n\t\u200d" or unicodedata.category(letter) not in {"Cc", "Cf", "Co", "Cs", "Cn"}
    )
    lines: list[str] = []
    fenced = False
    for line in kept.split("\n"):
        bare = line.strip()
        if bare.startswith("```") and "```" in bare[3:]:
            # A block opened and closed in one line is read as one that stays open.
            lines.append(line.replace("```", "`").rstrip())
            continue
        fenced ^= bare.startswith("```")
        lines.append(line.rstrip() if fenced else as_prose(line))
    if fenced:
        lines.append("```")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n").strip()


def as_prose(line: str) -> str:
    """Return a line of Markdown as it may stand in a card: a heading in bold, a rule as nothing."""
    if re.fullmatch(r"([-*_=])(?:\s*\1){2,}", line.strip()):
        return ""
    return re.sub(r"^\s{0,3}#{1,6}\s+(.+?)[\s#]*$", r"**\1**", line).rstrip()


def one_line(text: str) -> str:
    """Return a text as one line of words: no line breaks, no code fences."""
    return re.sub(r"\s+", " ", tidy(text).replace("```", " ")).strip()


def beginning(text: str, most_chars: int) -> str:
    """Return the beginning of a text, on one line.

    >>> beginning("what is \\n a label?", 9)
    'what is …'
    """
    line = " ".join(text.split())
    return line if len(line) <= most_chars else f"{line[: most_chars - 1]}…"


def without_verdict(text: str) -> str:
    """Return a text without the bare "Yes," or "No." at its start, where what follows is a statement by itself.

    >>> without_verdict("No, dropout is off at test time.")
    'Dropout is off at test time.'
    """
    match = VERDICT.match(text)
    rest = text[match.end() :] if match else ""
    return rest[:1].upper() + rest[1:] if rest and not LEANS.match(rest) else text


def statements(prose: Sequence[str], *, least: int, most: int) -> list[str]:
    """Choose statements out of sentences: the sentences, cut at clauses where there are too few; at last all of them as one."""
    chosen = [each for each in dict.fromkeys(prose) if len(WORD.findall(each)) >= 3][:most]
    for each in list(chosen):
        if len(chosen) >= least:
            break
        parts = [part.strip() for part in CLAUSES.split(each)]
        if len(parts) > 1 and all(len(WORD.findall(part)) >= 4 for part in parts):
            place = chosen.index(each)
            chosen[place : place + 1] = [closed(part) for part in parts]
    if 0 < len(chosen) < least:
        chosen.append(" ".join(chosen))
    return chosen[:most]


def closed(part: str) -> str:
    """Return a clause as a sentence."""
    return part[:1].upper() + part[1:] + ("" if part.endswith((".", "!", "?")) else ".")


def asking(question: str) -> str:
    """Return what of a message asks: the whole when it's short, else its questions."""
    whole = one_line(question)
    if len(whole) <= PHRASING_MAX_CHARS:
        return whole
    asked = [each for each in sentences(whole) if each.endswith("?")] or sentences(whole)[-1:]
    short = " ".join(asked[-2:])
    return short if len(short) <= PHRASING_MAX_CHARS else short[:PHRASING_MAX_CHARS].rsplit(" ", 1)[0]


def keywords(text: str) -> str:
    """Return the telling words of a text in their order, as somebody types who saves words."""
    kept = [word for word in WORD.findall(text) if word.lower() not in STOP_WORDS and word.lower() not in OPENERS]
    return " ".join(dict.fromkeys(kept))


def subject(slug: str, *texts: str) -> str:
    """Return a slug's words as the texts write them.

    >>> subject("kv-cache-size", "how big is the KV cache?")
    'KV cache size'
    """
    written: dict[str, str] = {}
    for word in (word for text in texts for word in WORD.findall(text)):
        # Capitals past the first letter are a name's own; one at the front may be only the sentence's.
        if word[1:] != word[1:].lower():
            written.setdefault(word.lower(), word)
    return " ".join(written.get(part, part) for part in slug.split("-"))


def variations(question: str, subject_words: str, said: Sequence[str]) -> list[str]:
    """Return other ways to ask what a question asks, made by rules: by its subject, by its telling words, by what the answer says."""
    asked = asking(question)
    words = keywords(asked)
    begins = subject_words.split(" ", 1)[0].lower()
    names = begins not in OPENERS and begins not in STOP_WORDS
    forms = [words, f"what is {subject_words}?" if names else f"{subject_words}?", f"{subject_words} explained"]
    parts = [each for each in sentences(asked) if len(WORD.findall(each)) >= 4]
    forms += parts if len(parts) > 1 else []
    own = set(subject_words.lower().split())
    rest = " ".join(word for word in words.split() if word.lower() not in own)
    forms += [f"I don't understand {subject_words}" if names else "", f"{subject_words}, {rest}" if rest else ""]
    forms += [f"is it right that {lowered(each.rstrip('.!'))}?" for each in said if len(each) <= SAID_MAX_CHARS][:SAID_MOST]
    return [form for form in forms if len(WORD.findall(form)) >= 2]


def lowered(sentence: str) -> str:
    """Return a sentence to go on with after other words; a name keeps its capitals."""
    first = re.match(r"[^\W\d_]+", sentence)
    ordinary = first and first.group()[1:].islower() and first.group().lower() in STOP_WORDS
    return sentence[:1].lower() + sentence[1:] if ordinary else sentence


def distinct(phrasings: Iterable[str], taken: Sequence[str], *, most: int = ASKED_AS_MAX) -> list[str]:
    """Keep the phrasings that are not nearly the same as an earlier one or as one that is taken, as `knowledge check` tells."""
    kept: list[str] = []
    for phrasing in phrasings:
        if len(kept) == most:
            break
        if phrasing and nearly_the_same(phrasing, taken) is None and nearly_the_same(phrasing, kept) is None:
            kept.append(phrasing)
    return kept


def nearly_the_same(phrasing: str, others: Sequence[str]) -> int | None:
    """Return the place of a phrasing that `knowledge check` would take for this one, None if there is none."""
    words = normal(phrasing)
    return next((place for place, other in enumerate(others) if fuzz.token_sort_ratio(words, normal(other)) >= NEAR_DUPLICATE), None)


def normal(phrasing: str) -> str:
    """Return a phrasing as it's compared with others."""
    return " ".join(re.findall(r"[\w-]+", phrasing.lower()))
