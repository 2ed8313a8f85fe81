"""The tags of a forum post: whether its question is answered, waits for a mentor, and whether one has confirmed the answer."""

from __future__ import annotations

import logging

import discord

from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.values import WAITING, Answer, State, Status

log = logging.getLogger(__name__)

OURS = frozenset({"answered", "draft", "waiting", "confirmed"})
# Source: Discord's API, "thread": a post has up to five tags.
MOST_TAGS = 5


def tag_names(answer: Answer) -> frozenset[str]:
    """Return the names of the tags that fit an answer; a forum may have any of them."""
    if answer.status in WAITING or answer.state is State.WITHDRAWN:
        return frozenset({"waiting"})
    if answer.status is not Status.ANSWERED:
        return frozenset()
    return frozenset({"answered", "draft" if answer.state is State.DRAFT else "confirmed"})


async def tag_post(channel: object, answer: Answer) -> None:
    """Put the tags of an answer on a forum's post, and take those of an earlier answer off; the post's others stay."""
    if not isinstance(channel, discord.Thread) or not isinstance(channel.parent, discord.ForumChannel):
        return
    fitting = tag_names(answer)
    wanted = [tag for tag in channel.parent.available_tags if tag.name.lower() in fitting]
    kept = [tag for tag in channel.applied_tags if tag.name.lower() not in OURS]
    tags = [*wanted, *kept][:MOST_TAGS]
    if {tag.id for tag in tags} == {tag.id for tag in channel.applied_tags}:
        return
    try:
        await channel.edit(applied_tags=tags)
    except REFUSED as error:
        log.warning("the post %s is not tagged, for which Askwell needs Manage Threads: %s", channel.id, in_one_line(error))
