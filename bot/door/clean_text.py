"""The one place where a typed message becomes clean text, which is all that is read, kept and sent anywhere."""

from __future__ import annotations

from bot.door.masking import mask
from bot.values import CleanText
from index.search.query import clean


def clean_text(typed: str) -> CleanText:
    """Return a message without what no reader sees, and with addresses, telephone numbers and keys masked.

    >>> clean_text("what\\x00 is  MLM? I'm ann@example.org")
    "what is MLM? I'm [e-mail address]"
    """
    # Cleaned first, since characters that nobody sees would hide a key from the patterns.
    return CleanText(mask(clean(typed)))
