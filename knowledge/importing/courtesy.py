"""Greetings, thanks and signatures, told from the content of a post."""

from __future__ import annotations

import re

from knowledge.importing.posts import pieces
from knowledge.sentences import sentences

WORDS_OF_A_COURTESY = 16

_ALL = "there|all|everyone|everybody|folks|guys|team|again|community|mentors?|friends?|sirs?|madam|ma'?am|professor|prof|dr"
# "Hi!", "Hello everyone,", "Hi Ana," and "hey can someone": the last two only where a name's capital or a question's start gives them away.
GREETING = re.compile(
    rf"(?i:hi+|hello+|hey+|dear|respected|greetings|good (?:morning|afternoon|evening|day))"
    rf"(?:(?:,?\s+(?:(?i:{_ALL}|and|&)|(?:learner|mentor) \d+|[A-Z][\w.-]*)){{0,5}}\s*(?:[,.!:–—]+\s*|$)"
    rf"|(?: (?i:{_ALL}))+\s+|\s+(?=(?i:i|i'm|can|could|is|are|does|do|what|why|how|who|where|when|which)\b))"
)
SIGN_OFF = re.compile(
    r"(?:please )?feel free to\b|happy (?:learning|coding|studying|to help)\b|(?:i )?hope (?:this|that|it) (?:helps|clarifies|makes sense)"
    r"|(?:please |just )?let (?:me|us) know\b|(?:good luck|best of luck)\b|have a (?:nice|great|good)\b|keep (?:learning|it up)\b"
    r"|(?:you'?re|you are) (?:very |most )?welcome\b|no (?:problem|worries)\b|welcome to the\b|does (?:this|that|it) (?:help|make sense)\b"
    r"|(?:with )?(?:best|kind(?:est)?|warm(?:est)?) (?:regards|wishes)\b|regards\b|cheers\b|sincerely\b|all the best\b|see you\b"
    r"|(?:great|good|nice) question\W*$"
    r"|thank you for (?:asking|reaching out|your question)\b|(?:any|your) help (?:would be|is|will be) (?:\w+ )?appreciated"
    r"|reach out\b|bump\W*$|\+1\W*$|following\W*$",
    re.I,
)
THANKS = re.compile(
    r"(?:ok(?:ay)?,? )?(?:(?:many|much|a lot of) )?(?:thanks?|thx|ty|tysm)\b(?! to \w+ (?!all|both|every))(?: you)?|much appreciated\b",
    re.I,
)
EDITED = re.compile(r"\(?(?:edit(?:ed)?|update)\)?\s*\d*\s*(?:[:–—-]+\s*|$)", re.I)
EMOJI = re.compile(r":[a-z][a-z0-9_+-]*(?:_[a-z0-9_]+)*:(?::t\d:)?|[\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F]")


def cleaned(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Return a post's content, and each piece of courtesy left out with its reason; code is never touched."""
    kept: list[str] = []
    left_out: list[tuple[str, str]] = []
    signed = False
    for code, piece in pieces(text):
        if code:
            kept.append(piece)
            continue
        if signed and is_name(piece):
            left_out.append(("signature", piece.strip()))
            continue
        line, found = cleaned_line(piece, first=not any(each.strip() for each in kept))
        left_out += found
        signed = any(reason in {"sign-off", "thanks"} for reason, _ in found) and not line.strip()
        if line.strip() or not piece.strip():
            kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip(), left_out


def cleaned_line(line: str, *, first: bool) -> tuple[str, list[tuple[str, str]]]:
    """Return one line without its courtesies, and those."""
    left_out: list[tuple[str, str]] = []
    rest = EMOJI.sub("", line)
    indent = rest[: len(rest) - len(rest.lstrip())]
    rest = rest.strip()
    edit = EDITED.match(rest)
    if edit:
        left_out.append(("mark of an edit", edit.group().strip()))
        rest = rest[edit.end() :]
    greeting = GREETING.match(rest) if first else None
    if greeting and greeting.group():
        left_out.append(("greeting", greeting.group().strip()))
        rest = rest[greeting.end() :]
    kept: list[str] = []
    for sentence in sentences(rest):
        reason = courtesy(sentence)
        if reason:
            left_out.append((reason, sentence))
        else:
            kept.append(sentence)
    return indent + " ".join(kept) if kept else "", left_out


def courtesy(sentence: str) -> str | None:
    """Return the kind of courtesy that a whole sentence is, None if it's none."""
    bare = sentence.strip(" *_-–—")
    if len(bare.split()) > WORDS_OF_A_COURTESY:
        return None
    if SIGN_OFF.match(bare):
        return "sign-off"
    if THANKS.match(bare) and not bare.endswith("?"):
        return "thanks"
    return None


def is_name(line: str) -> bool:
    """Return whether a line under a sign-off is somebody's name."""
    bare = line.strip(" *_-–—,.")
    return (
        bool(bare)
        and len(bare.split()) <= 3
        and all(word[:1].isupper() or word in {"learner", "mentor"} or word.isdigit() for word in bare.split())
    )
