"""A mentor's answer as text for a card: tidied, on one line, or without a bare verdict at its start."""

from __future__ import annotations

import re
import unicodedata

VERDICT = re.compile(r"(?:yes|no|nope|yep|true|false|correct|right)\b\W*[,.:;!\u2013\u2014-]+\s*", re.IGNORECASE)
# A sentence that begins with one of these words leans on the verdict before it, and can't do without it.
LEANS = re.compile(
    r"(?:but|and|if|when|as|since|unless|because|though|although|only|not|it(?:'s)?|they|this|that(?:'s)?|you|we|i)\b", re.IGNORECASE
)


def tidy(text: str) -> str:
    """Return a text with one kind of line end, no invisible characters, and none of the marks that structure a card.

    Headings become bold lines and rules are removed. Code blocks are left alone; one that is never closed is closed.

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
            # A block that opens and closes in one line would be read as one that stays open.
            lines.append(line.replace("```", "`").rstrip())
            continue
        fenced ^= bare.startswith("```")
        lines.append(line.rstrip() if fenced else as_prose(line))
    if fenced:
        lines.append("```")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n").strip()


def as_prose(line: str) -> str:
    """Return a line of Markdown as a card can have it: a heading in bold, a rule as nothing."""
    if re.fullmatch(r"([-*_=])(?:\s*\1){2,}", line.strip()):
        return ""
    return re.sub(r"^\s{0,3}#{1,6}\s+(.+?)[\s#]*$", r"**\1**", line).rstrip()


def one_line(text: str) -> str:
    """Return a text as one line, without code fences."""
    return re.sub(r"\s+", " ", tidy(text).replace("```", " ")).strip()


def without_verdict(text: str) -> str:
    """Return a text without a bare "Yes," or "No." at its start, if the rest is a statement by itself.

    >>> without_verdict("No, dropout is off at test time.")
    'Dropout is off at test time.'
    """
    match = VERDICT.match(text)
    rest = text[match.end() :] if match else ""
    return rest[:1].upper() + rest[1:] if rest and not LEANS.match(rest) else text
