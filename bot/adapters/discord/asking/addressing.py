"""Messages to Askwell: whether one is meant for it, the question in it, and the name of its thread."""

from __future__ import annotations

import re

import discord

# Source: Discord's API, resource "channel", start thread from message: a name has 1 to 100 characters.
MAX_THREAD_NAME = 100
TOKENS = re.compile(r"<(?:a?:(\w+):|[@#][!&]?|/[^:>]*:|t:)[\d:a-zA-Z]*>")
WRITTEN_BY_PEOPLE = {discord.MessageType.default, discord.MessageType.reply}


def is_by_person(message: discord.Message) -> bool:
    """Return whether a person wrote a message, not a program, a webhook or Discord itself."""
    return not message.author.bot and message.webhook_id is None and message.type in WRITTEN_BY_PEOPLE


def is_for(me: int, message: discord.Message) -> bool:
    """Return whether a person addresses us: by a mention of us or of our own role, a reply that pings us, or a direct message."""
    if not is_by_person(message):
        return False
    if message.guild is None:
        return True
    return any(user.id == me for user in message.mentions) or own_role(message) is not None


def own_role(message: discord.Message) -> int | None:
    """Return the role that Discord made for us if a message mentions it."""
    role = None if message.guild is None else message.guild.self_role
    return role.id if role is not None and any(each.id == role.id for each in message.role_mentions) else None


def without_mention(text: str, me: int, role: int | None = None) -> str:
    """Take our own mention, and that of our role, out of a message.

    >>> without_mention("<@7>, is MLM supervised?", 7)
    'is MLM supervised?'
    >>> without_mention("<@&8> is MLM supervised?", 7, 8)
    'is MLM supervised?'
    """
    ours = rf"<@!?{me}>" if role is None else rf"<@(?:!?{me}|&{role})>"
    return re.sub(ours, " ", text).strip().lstrip(",:;").strip()


def question_in(message: discord.Message, me: int) -> str:
    """Return what a message asks us, without our mentions; empty if it has no text, or Discord doesn't show it to us."""
    return without_mention(message.content, me, own_role(message))


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
