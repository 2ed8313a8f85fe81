"""Words as evidence: content words, and the forms that count as the same word."""

from __future__ import annotations

import re
from functools import lru_cache

import snowballstemmer

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*", re.UNICODE)

STOP_WORDS = frozenset(
    """a about after again all also am an and any are aren't as at be because been before being both but by can can't could couldn't
    did didn't do does doesn't doing don't down during each even few for from further get gets got had has hasn't have having he her here
    hers him his how i i'd i'll i'm i've if in into is isn't it it's its itself just let like lot may me might more most much must my
    myself of off on once one only or other our out over own please same she should so some such than that that's the their them then
    there there's these they thing things think this those through to too under until up us use used uses using very via was wasn't we
    were what what's when where which while who whom whose why will with won't would you your yours""".split()
)

_STEMMER = snowballstemmer.stemmer("english")

# Spellings of the same word in this field, in lower case.
SAME_WORD = {
    "pre-training": "pretraining", "pre-train": "pretrain", "pre-trained": "pretrained", "pretraning": "pretraining",
    "fine-tuning": "finetuning", "fine-tune": "finetune", "fine-tuned": "finetuned", "fine-tunes": "finetunes",
    "labeled": "labelled", "unlabeled": "unlabelled", "labeling": "labelling", "modeling": "modelling",
    "un-labelled": "unlabelled", "self-supervision": "selfsupervised", "self-supervised": "selfsupervised",
    "semi-supervised": "semisupervised", "un-supervised": "unsupervised", "ground-truth": "groundtruth",
    "word2vec": "word2vec", "zeroshot": "zero-shot", "fewshot": "few-shot", "oneshot": "one-shot",
    "summarise": "summarize", "generalise": "generalize", "tokenisation": "tokenization", "tokenise": "tokenize",
}  # fmt: skip


def words(text: str) -> list[str]:
    """Return the words of a text, lower-cased, one spelling each, in their order.

    >>> words("Pre-training isn't fine tuning!")
    ['pretraining', "isn't", 'finetuning']
    """
    lowered = text.lower().replace("’", "'")
    lowered = re.sub(
        r"\b(pre|fine|self|semi|un|ground|zero|one|few|in)[ -](train|tun|supervis|label|truth|shot|context)", r"\1-\2", lowered
    )
    found = []
    for word in WORD.findall(lowered):
        same = SAME_WORD.get(word, word)
        if same == word and re.match(r"(pre|fine|self|semi|un|ground)-(train|tun|supervis|label|truth)", word):
            same = word.replace("-", "", 1)
        found.append(same)
    return found


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


def any_of(*patterns: str) -> re.Pattern[str]:
    """Compile patterns of which any may match, whatever the case."""
    return re.compile("|".join(patterns), re.IGNORECASE)
