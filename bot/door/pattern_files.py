"""The YAML files of what people write when they need help, one per concern, read once and compiled per language."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from bot.door.folding import without_accents
from knowledge.errors import UsageError

# By language; `other` holds phrasings of languages in which nothing is answered.
Patterns = dict[str, re.Pattern[str]]

# The key of a file's word lists: `{near}` in a pattern matches any word of the list `near`.
WORDS = "words"
WORD_LIST = re.compile(r"\{([a-z_]+)\}")


@cache
def read_patterns(concern: str) -> Patterns:
    """Read the patterns of one concern; they match folded texts.

    Raises:
        UsageError: the file is not YAML, or a pattern is no regular expression; the error names the pattern.
    """
    name = f"{concern}.yaml"
    return compile_patterns(name, files("bot.door").joinpath("care_patterns", name).read_text(encoding="utf-8"))


def compile_patterns(name: str, text: str) -> Patterns:
    """Compile the text of a pattern file.

    >>> compile_patterns("greeting.yaml", "words: {who: [you, all]}\\nen: ['hi {who}']")["en"].search("hi all").group()
    'hi all'

    Raises:
        UsageError: it is not YAML, or a pattern is no regular expression.
    """
    try:
        content: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"{name} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict) or not all(isinstance(each, list) for key, each in content.items() if key != WORDS):
        raise UsageError(f"{name} must map each language to a list of patterns")
    lists: dict[str, str] = {}
    for key, words in content.pop(WORDS, {}).items():
        lists[key] = f"(?:{'|'.join(filled(name, word, lists) for word in words)})"
    return {
        language: re.compile("|".join(checked(name, language, filled(name, pattern, lists)) for pattern in patterns))
        for language, patterns in content.items()
    }


def filled(name: str, pattern: str, lists: dict[str, str]) -> str:
    """Return a pattern with its word lists put in, folded like the texts that it is compared with."""
    unknown = [key for key in WORD_LIST.findall(pattern) if key not in lists]
    if unknown:
        raise UsageError(f"{name}: {pattern!r} names the word list '{unknown[0]}', which is not above it")
    return WORD_LIST.sub(lambda found: lists[found[1]], without_accents(pattern).replace("ß", "ss"))


def checked(name: str, language: str, pattern: str) -> str:
    """Return a pattern that compiles."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise UsageError(f"{name}, {language}: {pattern!r} is no regular expression: {error}") from error
    return pattern
