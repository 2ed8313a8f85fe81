"""A message is folded before it is compared with what people write: lower case, no accents, apostrophes or commas."""

from __future__ import annotations

import re
import unicodedata


def without_accents(text: str) -> str:
    """Drop accents, and take letters apart that are put together from others.

    >>> without_accents("mátate")
    'matate'
    """
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if unicodedata.category(letter) != "Mn")


def folded(text: str) -> str:
    """Return a text as the patterns expect it, with single blanks."""
    return re.sub(r"\s+", " ", re.sub(r"['’‘`´,]", "", without_accents(text).casefold()))


def any_folded(*patterns: str) -> re.Pattern[str]:
    """Compile patterns of which any may match a folded text."""
    return re.compile(without_accents("|".join(patterns)).replace("ß", "ss"))
