"""A post's own words: its quotes told apart, its pictures left out, and whom it mentions."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Source: Discourse's BBCode: [quote="ada, post:1, topic:57"]; quotes may be nested, and the innermost has no other in it.
QUOTE = re.compile(r"""\[quote(?:=["“]?(?P<name>[^",\]\n”]*)[^\]\n]*)?\](?P<text>(?:(?!\[quote[=\]]).)*?)\[/quote\]""", re.DOTALL | re.I)
CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`", re.DOTALL)
PICTURE = re.compile(r"!\[[^\]\n]*\]\([^)\s]*\)|\[[^\]\n]*\|attachment\]\([^)\s]*\)")
# A line that Markdown shows as a quotation; `>>>` begins a line of Python's prompt.
QUOTED_LINE = re.compile(r"^[ \t]*>(?!>>)[ \t]?(?P<text>.*)\n?", re.MULTILINE)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# Source: Discourse's username rules: letters, digits, underscores, dots and hyphens.
MENTION = re.compile(r"(?<![\w@/.`-])@(?P<name>\w[\w.-]*\w|\w)")


@dataclass(frozen=True)
class Quote:
    """Words that a post repeats, and whose they are; no name where the post doesn't say."""

    name: str
    text: str


@dataclass(frozen=True)
class OwnWords:
    """What a post says itself, what it quotes, and the names it mentions in lower case."""

    text: str
    quotes: tuple[Quote, ...]
    mentions: frozenset[str]


def own_words(raw: str) -> OwnWords:
    """Read a post's Markdown.

    >>> own_words('[quote="ada, post:1, topic:5"]\\nOld.\\n[/quote]\\n@askwell is that so?').quotes
    (Quote(name='ada', text='Old.'),)
    """
    quotes: list[Quote] = []

    def taken(found: re.Match[str]) -> str:
        quotes.append(Quote((found["name"] or "").strip(), found["text"].strip()))
        return "\n"

    kept, code = without_code(COMMENT.sub("", raw))
    while (shorter := QUOTE.sub(taken, kept)) != kept:
        kept = shorter
    lines = "\n".join(found["text"] for found in QUOTED_LINE.finditer(kept)).strip()
    if lines:
        quotes.append(Quote("", lines))
        kept = QUOTED_LINE.sub("", kept)
    kept = PICTURE.sub("", kept)
    mentions = frozenset(found["name"].lower().rstrip(".-") for found in MENTION.finditer(kept))
    return OwnWords(with_code(kept, code).strip(), tuple(Quote(each.name, with_code(each.text, code)) for each in quotes), mentions)


def without_code(raw: str) -> tuple[str, list[str]]:
    """Replace code by marks that nothing else is, and return it apart: an @ or a > in it is neither a mention nor a quote."""
    code: list[str] = []

    def mark(found: re.Match[str]) -> str:
        code.append(found.group())
        return f"\x00{len(code) - 1}\x00"

    return CODE.sub(mark, raw.replace("\x00", "")), code


def with_code(text: str, code: list[str]) -> str:
    """Put the code back."""
    return re.sub(r"\x00(\d+)\x00", lambda found: code[int(found[1])], text)


def without_name(text: str, username: str) -> str:
    """Take a name's mention out of a text.

    >>> without_name("@askwell, is MLM supervised?", "askwell")
    'is MLM supervised?'
    """
    return re.sub(rf"(?<![\w@/.`-])@{re.escape(username)}(?![\w-])", " ", text, flags=re.I).strip().lstrip(",:;").strip()
