"""How texts are sent to Discord and changed there: in order, pinging nobody; what Discord refuses is logged in one line."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord.abc import Messageable
from discord.ui import View

from bot.adapters.discord.asking.places import own_rights
from bot.adapters.discord.messages.carriers import Carrier
from bot.adapters.discord.refusals import NO_RIGHT_TO_REPLY, REFUSED, code_of, in_one_line

log = logging.getLogger(__name__)

# Sends the text of a number among the texts of an answer, with the buttons if it's the last one.
Send = Callable[[int, str, View | None], Awaitable[discord.Message]]


def nonce(key: str, number: int) -> str:
    """Return what Discord tells a repeat of one message by: the key itself for the first text, as long a name for each other.

    Source: Discord's API, "create message": a nonce has up to 25 characters.
    """
    return key if not number else "b" + hashlib.sha256(f"{key}\n{number}".encode()).hexdigest()[:24]


def into(
    place: Messageable, *, replies_to: discord.MessageReference | None = None, key: str | None = None, mentions: int | None = None
) -> Send:
    """Send to a channel: the first text as a reply if wanted, and as the only one that may notify somebody: the person `mentions`.

    With a `key`, a repeat within some minutes is no second message: discord.py sends a nonce with `enforce_nonce`.
    """
    wanted = [] if replies_to is None else [replies_to]

    async def send(number: int, text: str, view: View | None) -> discord.Message:
        nobody = discord.AllowedMentions.none()
        if mentions is not None and number == 0:
            nobody.users = [discord.Object(mentions)]
        reference = wanted.pop() if wanted else None

        async def once(reference: discord.MessageReference | None) -> discord.Message:
            given = {"reference": reference, "view": view, "nonce": None if key is None else nonce(key, number)}
            options: dict[str, Any] = {option: value for option, value in given.items() if value is not None}
            return await place.send(text, suppress_embeds=True, allowed_mentions=nobody, **options)

        try:
            return await once(reference)
        except discord.HTTPException as error:
            if reference is None or code_of(error) != NO_RIGHT_TO_REPLY:
                raise
            return await once(None)

    return send


def after(interaction: discord.Interaction) -> Send:
    """Send as follow-ups to an interaction."""

    async def send(_: int, text: str, view: View | None) -> discord.Message:
        options: dict[str, Any] = {} if view is None else {"view": view}
        return await interaction.followup.send(text, suppress_embeds=True, wait=True, **options)

    return send


async def send_all(texts: Sequence[str], send: Send, view: View | None, *, start: int = 0) -> list[discord.Message]:
    """Send texts from the one of a number on; the last one has the buttons."""
    last = len(texts) - 1
    return [await send(number, texts[number], view if number == last else None) for number in range(start, len(texts))]


async def change(carriers: Sequence[Carrier], texts: Sequence[str], view: View | None, send: Send) -> list[Carrier]:
    """Put texts into the messages that carry an answer: those there are, in place; what is left of either is deleted or sent."""
    last = len(texts) - 1
    for number, (carrier, text) in enumerate(zip(carriers, texts, strict=False)):
        await carrier.edit(content=text, view=view if number == last else None)
    for extra in carriers[len(texts) :]:
        try:
            await extra.delete()
        except discord.NotFound:
            log.info("message %s was deleted before", extra.id)
    return [*carriers[: len(texts)], *await send_all(texts, send, view, start=len(carriers))]


async def post(
    place: Messageable,
    texts: Sequence[str],
    *,
    replies_to: discord.Message | None = None,
    view: View | None = None,
    key: str | None = None,
) -> list[discord.Message]:
    """Send texts as messages; return them, or none of them if one was refused."""
    reference = None
    if replies_to is not None and own_rights(replies_to.channel).read_message_history:
        reference = replies_to.to_reference(fail_if_not_exists=False)
    try:
        return await send_all(texts, into(place, replies_to=reference, key=key), view)
    except REFUSED as error:
        log.warning("Discord did not take a message: %s", in_one_line(error))
        return []


async def defer(interaction: discord.Interaction, *, private: bool = False) -> None:
    """Tell Discord within its three seconds that the answer is on the way; if it won't hear, the answer is still worth giving."""
    try:
        await interaction.response.defer(thinking=True, ephemeral=private)
    except REFUSED as error:
        log.warning("Discord did not take the deferral of interaction %s: %s", interaction.id, in_one_line(error))


async def respond(
    interaction: discord.Interaction,
    texts: Sequence[str],
    *,
    view: View | None = None,
    key: str | None = None,
    rest_key: str | None = None,
) -> list[discord.Message]:
    """Put the first text in place of "is thinking", send the others after it; what is refused there is sent to the channel.

    Returns the messages that stand there, fewer than the texts if the channel refuses as well: what stands there is not to be sent again.
    To the channel, the whole goes with the `key`, and what follows a first text that was taken with the `rest_key`.
    """
    channel = interaction.channel if isinstance(interaction.channel, Messageable) else None
    try:
        first = await interaction.edit_original_response(content=texts[0], view=view if len(texts) == 1 else None)
    except REFUSED as error:
        log.warning("Discord did not take the response to interaction %s: %s", interaction.id, in_one_line(error))
        return [] if channel is None else await post(channel, texts, view=view, key=key)
    sent: list[discord.Message] = [first]
    ways = [after(interaction), *([] if channel is None else [into(channel, key=rest_key)])]
    for send in ways:
        try:
            while len(sent) < len(texts):
                sent += [await send(len(sent), texts[len(sent)], view if len(sent) == len(texts) - 1 else None)]
        except REFUSED as error:
            log.warning(
                "Discord did not take a message that follows the response to interaction %s: %s", interaction.id, in_one_line(error)
            )
    return sent


async def whisper(interaction: discord.Interaction, texts: Sequence[str]) -> None:
    """Put texts in place of a private "is thinking": only who clicked sees them, and where that is refused, nobody does."""
    try:
        await interaction.edit_original_response(content=texts[0])
        for text in texts[1:]:
            await interaction.followup.send(text, suppress_embeds=True, ephemeral=True, wait=True)
    except REFUSED as error:
        log.warning("Discord did not take the reply to the click of interaction %s: %s", interaction.id, in_one_line(error))
