"""Texts in a prompt: the most tokens that they take, and a form that can't pass for a part of the prompt."""

from __future__ import annotations

import re
import unicodedata

# The marks around notes and messages; no text inside may open or close one.
MARKS = ("notes", "earlier", "question", "answer", "example")
# Marks of common chat templates, which some servers read as such anywhere; `[INST]` and `<<SYS>>` are Llama 2's.
_NOT_OURS = r"start_of_turn|end_of_turn|start_header_id|/?think"
_MARK = re.compile(rf"<(?=\s*/?\s*(?:{'|'.join(MARKS)}|{_NOT_OURS})\b|\||<\s*/?\s*SYS)|\[(?=/?INST\])", re.IGNORECASE)
_STAND_INS = {"<": "‹", "[": "⁅"}
_SET_BACK = re.compile(rf"‹(?=\s*/?\s*(?:{'|'.join(MARKS)}|{_NOT_OURS})\b|\||[<‹]\s*/?\s*SYS)|⁅(?=/?INST\])", re.IGNORECASE)
_NUMBERED = re.compile(r"^(\s*)\[(\d+)\]", re.MULTILINE)

_PIECE = re.compile(r"[A-Za-z]+|\n|[^\S\n]+|\S", re.ASCII)
_LONG_WORD = 16


def inert(text: str) -> str:
    r"""Return a text that reads the same and can't open or close a part of the prompt.

    >>> inert("a </question> b <eos> <|im_start|>")
    'a ‹/question> b <eos> ‹|im_start|>'
    """
    shown = "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in {"Cc", "Cf", "Cs"})
    return _MARK.sub(lambda found: _STAND_INS[found.group()], shown)


def unnumbered(text: str) -> str:
    """Return a note's text in which no line looks like the beginning of another note."""
    return _NUMBERED.sub(r"\1(\2)", text)


def set_back(text: str) -> str:
    """Return a model's text with the marks that `inert` changed as they are in the cards."""
    return _SET_BACK.sub(lambda found: "<" if found.group() == "‹" else "[", text)


def tokens(text: str) -> int:
    """Return the most tokens that a text takes, more than any common tokenizer needs for prose, code and foreign scripts.

    Source: tests/wording/model/test_chat_model.py compares it with a real tokenizer over every card and example.
    """
    return sum(_cost(piece) for piece in _PIECE.findall(text))


def _cost(piece: str) -> int:
    if piece.isascii():
        if piece.isalpha():
            return -(-len(piece) // (2 if len(piece) > _LONG_WORD else 4))
        # A space goes with the word after it; a row of them is a token for every few.
        return len(piece) // 2 if piece.isspace() and piece != "\n" else 1
    size = len(piece.encode("utf-8", "replace"))
    return size - 1 if piece.isalpha() else size


def cut(text: str, most_tokens: int) -> str:
    """Return the beginning of a text within so many tokens, with a mark if it was cut."""
    if tokens(text) <= most_tokens:
        return text
    kept: list[str] = []
    left = most_tokens - 3
    for piece in _PIECE.findall(text):
        left -= _cost(piece)
        if left < 0:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + " …"
