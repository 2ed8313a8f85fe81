"""Messages to Askwell: whether one is meant for it, the question in it, and the name of its thread."""

from __future__ import annotations

import re

import discord

# Source: Discord's API, resource "channel", start thread from message: a name has 1 to 100 characters.
MAX_THREAD_NAME = 100
TOKENS = re.compile(r"<(?:a?:(\w+):|[@#][!&]?|/[^:>]*:|t:)[\d:a-zA-Z]*>")
WRITTEN_BY_PEOPLE = {discord.MessageType.default, discord.MessageType.reply}


def is_for(me: int, message: discord.Message) -> bool:
    """Return whether a person addresses us: by a mention, a reply that pings us, or a message in a thread that we opened.

    The last counts only where Discord shows us the text and nobody else is addressed.
    """
    if message.author.bot or message.webhook_id is not None or message.type not in WRITTEN_BY_PEOPLE:
        return False
    if any(user.id == me for user in message.mentions):
        return True
    ours = isinstance(message.channel, discord.Thread) and message.channel.owner_id == me
    return ours and bool(message.content.strip()) and not message.mentions and message.reference is None


def without_mention(text: str, me: int) -> str:
    """Take our own mention out of a message.

    >>> without_mention("<@7>, is MLM supervised?", 7)
    'is MLM supervised?'
    """
    return re.sub(rf"<@!?{me}>", " ", text).strip().lstrip(",:;").strip()


def thread_name(question: str) -> str:
    """Name a thread by its question, cut at a word.

    >>> thread_name("Hi <@5>!\\nIs *pretraining* supervised?")
    'Hi ! Is *pretraining* supervised?'
    """
    line = " ".join(TOKENS.sub(lambda found: found.group(1) or "", question).split())
    if len(line) <= MAX_THREAD_NAME:
        return line or "Question"
    cut = line[: MAX_THREAD_NAME - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[MAX_THREAD_NAME // 2 :] else cut).rstrip(" ,;:") + "…"
