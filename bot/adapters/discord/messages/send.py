"""Sending and changing messages in Discord, in order and without pings; refusals are logged in one line."""

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
from bot.adapters.discord.refusals import ACKNOWLEDGED, NO_RIGHT_TO_REPLY, REFUSED, code_of, in_one_line

log = logging.getLogger(__name__)

# Sends one of an answer's texts: its number, the text, and the buttons for the last one.
Send = Callable[[int, str, View | None], Awaitable[discord.Message]]


def nonce(key: str, number: int) -> str:
    """Return the nonce by which Discord recognizes a repeat: the key for the first text, a hash of it for each other.

    Source: Discord's API, "create message": a nonce has up to 25 characters.
    """
    return key if not number else "b" + hashlib.sha256(f"{key}\n{number}".encode()).hexdigest()[:24]


def into(
    place: Messageable, *, replies_to: discord.MessageReference | None = None, key: str | None = None, mentions: int | None = None
) -> Send:
    """Return a way to send to a channel; the first text may be a reply and may notify the person `mentions`.

    With a `key`, a repeat within some minutes makes no second message: discord.py sends a nonce with `enforce_nonce`.
    """
    wanted = [] if replies_to is None else [replies_to]

    async def send(number: int, text: str, view: View | None) -> discord.Message:
        allowed = discord.AllowedMentions.none()
        if mentions is not None and number == 0:
            allowed.users = [discord.Object(mentions)]
        reference = wanted.pop() if wanted else None

        async def once(reference: discord.MessageReference | None) -> discord.Message:
            given = {"reference": reference, "view": view, "nonce": None if key is None else nonce(key, number)}
            options: dict[str, Any] = {option: value for option, value in given.items() if value is not None}
            return await place.send(text, suppress_embeds=True, allowed_mentions=allowed, **options)

        try:
            return await once(reference)
        except discord.HTTPException as error:
            if reference is None or code_of(error) != NO_RIGHT_TO_REPLY:
                raise
            return await once(None)

    return send


def after(interaction: discord.Interaction, *, private: bool = False) -> Send:
    """Return a way to send follow-ups to an interaction."""

    async def send(_: int, text: str, view: View | None) -> discord.Message:
        options: dict[str, Any] = {} if view is None else {"view": view}
        return await interaction.followup.send(text, suppress_embeds=True, ephemeral=private, wait=True, **options)

    return send


async def send_all(texts: Sequence[str], send: Send, view: View | None, *, start: int = 0) -> list[discord.Message]:
    """Send texts from number `start` on; the last one has the buttons."""
    last = len(texts) - 1
    return [await send(number, texts[number], view if number == last else None) for number in range(start, len(texts))]


async def change(carriers: Sequence[Carrier], texts: Sequence[str], view: View | None, send: Send) -> list[Carrier]:
    """Edit the messages that carry an answer to new texts; delete messages that are too many, send texts that are too many."""
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


async def defer(interaction: discord.Interaction, *, private: bool = False) -> bool:
    """Defer within Discord's three seconds; if that is refused, the answer can still be given.

    Returns False if another bot of ours did so before: while two run for an upgrade, both hear of it.
    """
    try:
        await interaction.response.defer(thinking=True, ephemeral=private)
    except REFUSED as error:
        if code_of(error) == ACKNOWLEDGED:
            log.info("interaction %s is another bot's", interaction.id)
            return False
        log.warning("Discord did not take the deferral of interaction %s: %s", interaction.id, in_one_line(error))
    return True


async def respond(
    interaction: discord.Interaction,
    texts: Sequence[str],
    *,
    view: View | None = None,
    key: str | None = None,
    rest_key: str | None = None,
    private: bool = False,
) -> list[discord.Message]:
    """Replace "is thinking" by the first text and send the others after it; send to the channel what is refused there.

    Returns the messages that were sent, fewer than the texts if the channel refuses as well. The whole goes to the channel with the
    `key`; what follows a first text that was accepted goes with the `rest_key`. A `private` response never goes to the channel.
    """
    channel = interaction.channel if isinstance(interaction.channel, Messageable) and not private else None
    try:
        first = await interaction.edit_original_response(content=texts[0], view=view if len(texts) == 1 else None)
    except REFUSED as error:
        log.warning("Discord did not take the response to interaction %s: %s", interaction.id, in_one_line(error))
        return [] if channel is None else await post(channel, texts, view=view, key=key)
    sent: list[discord.Message] = [first]
    ways = [after(interaction, private=private), *([] if channel is None else [into(channel, key=rest_key)])]
    for send in ways:
        try:
            while len(sent) < len(texts):
                sent += [await send(len(sent), texts[len(sent)], view if len(sent) == len(texts) - 1 else None)]
        except REFUSED as error:
            log.warning(
                "Discord did not take a message that follows the response to interaction %s: %s", interaction.id, in_one_line(error)
            )
    return sent


async def whisper(interaction: discord.Interaction, texts: Sequence[str], *, view: View | None = None) -> None:
    """Replace a private "is thinking" by texts that only the person who clicked sees, with buttons below the first."""
    try:
        await interaction.edit_original_response(content=texts[0], view=view)
        for text in texts[1:]:
            await interaction.followup.send(text, suppress_embeds=True, ephemeral=True, wait=True)
    except REFUSED as error:
        log.warning("Discord did not take the reply to the click of interaction %s: %s", interaction.id, in_one_line(error))
