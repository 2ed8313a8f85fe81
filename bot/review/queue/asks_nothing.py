"""Messages in the ledger that ask nothing a mentor could answer: commands typed as text, links, spam, emoji, and grumbles."""

from __future__ import annotations

import re

from knowledge.words import any_of

LINK = re.compile(r"(?:https?://|www\.|discord\.gg/)\S+", re.IGNORECASE)
# A command with an argument may be a question: "/ask what is a label?". So may a method's name with words after it: ".backward error".
COMMAND = re.compile(r"(?!/ask \S)[/!?]{1,2}[a-z0-9][\w-]*(?: \S+){0,2}|[.$]{1,2}[a-z0-9][\w-]*", re.IGNORECASE)
COMMAND_ARGUMENT_ASKS = re.compile(r"\b(?:what|why|how|when|which|who|is|are|does|do|can|vs|explain|difference)\b|\?$", re.IGNORECASE)
GRUMBLE = any_of(
    r"^(?:(?:ok|lol|hm+|wow|omg|bruh|no|man)[ ,.]+)?(?:(?:that|this|it)(?:'?s| is| was)?|still|way|why so|much|answer(?: is)?)"
    r" (?:(?:way|much|still|just|so|too|a bit|kinda|really) )*(?:too |so )?(?:long|short|much text|slow|complicated|boring|useless"
    r"|wordy|bad|stupid)(?: (?:for me|imo|lol|man|tho|bro|to read))*[.!?]*$",
    r"^(?:way |far )?too (?:long|much text|slow|complicated)(?: (?:lol|man|tho|bro|for me|to read))*[.!]*$",
    r"^(?:tl;?dr|nvm|never ?mind|ignore (?:this|that|me)|test(?:ing)?(?: \d+)?|ping|pong|bump|first|same|this|up|lol|lmao|rofl|ok(?:ay)?"
    r"|k|hm+|\^+|\++1?|wrong channel|deleted|oops|idk|bad bot|good bot|stupid bot)[ .!?]*(?:lol|sorry)?[.!]*$",
)
SPAM = any_of(
    r"\bfree (?:nitro|robux|steam|gift|crypto|btc|v-?bucks)\b",
    r"\b(?:air ?drop|giveaway|onlyfans|escort|viagra)\b",
    r"\b(?:casino|forex)\b.*\b(?:bonus|join|dm|sign up|profits?)\b",
    # A model makes 3 predictions, and nobody is paid for them.
    r"\b(?:earn|make|made|profit of) (?:up to )?(?:[$€£] ?\d|\d[\d,.]*k? ?(?:[$€£]|(?:usd|eur|dollars|euros)\b))",
    r"\b(?:earn|make|made) (?:up to )?\d[\d,.]*k? (?:a|per|every|each) (?:day|week|month|hour)\b",
    r"\b(?:dm|text|message|contact|write) me (?:on|at|via|for|to|now)\b.*\b(?:telegram|whatsapp|details|invest\w*|start|profit|price)\b",
    r"\b(?:invest|double) your (?:btc|bitcoin|crypto|money|savings)\b",
    r"\b(?:buy|cheap|selling) (?:\w+ ){0,2}(?:followers|accounts|certificates|essays|assignments|views|likes)\b",
    r"\b(?:join|check out) (?:my|our) (?:server|channel|discord|telegram|group)\b",
)


def asks_nothing(text: str) -> bool:
    """Return whether no mentor could answer a message, since it asks nothing.

    >>> [asks_nothing(text) for text in ("!rank", "https://example.org", "that's too long", "🔥🔥", "/ask what is a label?")]
    [True, True, True, True, False]
    """
    said = " ".join(text.split())
    words = LINK.sub(" ", said)
    if sum(letter.isalpha() for letter in words) < 2:
        return True
    if LINK.search(said) and len(words.split()) <= 2 and "?" not in words:
        return True
    if COMMAND.fullmatch(said) and not COMMAND_ARGUMENT_ASKS.search(said):
        return True
    return bool(GRUMBLE.search(said) or SPAM.search(said))
