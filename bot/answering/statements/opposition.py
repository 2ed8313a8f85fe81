"""Signs that two sentences in nearly the same words differ: a dropped "not", another number, or a word of an opposed pair."""

from __future__ import annotations

import re

from knowledge.words import WORD, content_stems, stem, words

NEGATION = re.compile(
    r"\b(?:not|no|nobody|none|never|nothing|neither|nor|without|cannot|hardly|instead of|rather than|unlike|except|false|wrong|incorrect"
    r"|mistaken|myth|misunderstanding|misconception)\b|n['’]t\b",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?<![\w.-])-?\d[\d,]*(?:\.\d+)?")
# Words that claim more than a sentence without them.
ABSOLUTE = frozenset(
    "always never all every any only must entirely completely exactly guarantee guarantees nothing everything impossible".split()
)
# A sentence that says one word of a row does not say another of it.
OPPOSED = tuple(
    tuple(frozenset(stem(word) for word in words(name)) for name in row.split(" | "))
    for row in (
        "supervised | selfsupervised | unsupervised | semisupervised | reinforcement | weak",
        "labelled | unlabelled",
        "frozen freeze freezes fixed unchanged | updated update updates changed change changes",
        "better | worse",
        "higher | lower",
        "more larger bigger longer | fewer less smaller shorter",
        "earlier previous preceding past | later future following",
        "left | right",
        "before | after",
        "first | last",
        "same | different",
        "human humans person people annotator annotators annotated hand | rule script program code automatically",
        "centre center | surrounding neighbours neighbour",
        "teacher | student",
        "encoder | decoder",
        "causal gpt gpt-2 llama autoregressive | masked bert roberta",
        "pretraining | finetuning",
        "inference | training",
        "validation | test",
        "prompt | completion response",
        "chosen | rejected",
        "positive | negative negatives",
        "random | pretrained",
        "minimum | maximum",
        "separate | joint",
        "thousand | million | billion | trillion",
    )
)


def negations(text: str) -> int:
    """Return how many words of a text negate it.

    >>> negations("It doesn't update the weights without data.")
    2
    """
    return len(NEGATION.findall(text))


def numbers(text: str) -> set[str]:
    """Return the numbers of a text, as digits.

    >>> sorted(numbers("BERT-2 hides 15% of 1,000 tokens"))
    ['1000', '15']
    """
    return {match.replace(",", "").rstrip(".") for match in NUMBER.findall(text)}


def absolutes(text: str) -> set[str]:
    """Return the words of a text that allow no exception."""
    return {word for word in WORD.findall(text.lower()) if word in ABSOLUTE}


def opposed(statement: str, sentence: str) -> set[str]:
    """Return the words of a statement in whose place the sentence has an opposed one.

    >>> sorted(opposed("MLM is supervised", "MLM is self-supervised, because a rule makes the targets."))
    ['supervis']
    """
    return opposed_stems(content_and_order(statement), content_and_order(sentence))


def content_and_order(text: str) -> frozenset[str]:
    """Return the content stems of a text, with the few words of order that count as stop words elsewhere."""
    return frozenset(content_stems(text) | {word for word in words(text) if word in {"before", "after", "same", "more"}})


def opposed_stems(said: frozenset[str], told: frozenset[str]) -> set[str]:
    """Return the stems said in whose place another of their row is told."""
    found: set[str] = set()
    for row in OPPOSED:
        for kind in row:
            if said & kind and not told & kind:
                others = [other for other in row if other is not kind]
                if any(told & other and not said & other for other in others):
                    found |= said & kind
    return found
