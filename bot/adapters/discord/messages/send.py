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
from bot.adapters.discord.messages.panels import Panel, layout
from bot.adapters.discord.refusals import ACKNOWLEDGED, NO_RIGHT_TO_REPLY, REFUSED, code_of, in_one_line

log = logging.getLogger(__name__)

# What one message says: a panel of components, or plain text. A message that had components can't go back to plain text.
Said = Panel | str
# Sends one of several messages: its number, what it says, and the buttons of a plain one.
Send = Callable[[int, Said, View | None], Awaitable[discord.Message]]


def as_sent(said: Said, view: View | None) -> dict[str, Any]:
    """Return the arguments that send something; a panel has no previews of links to suppress."""
    if isinstance(said, Panel):
        return {"view": layout(said)}
    return {"content": said, "suppress_embeds": True} | ({} if view is None else {"view": view})


def as_changed(said: Said, view: View | None = None) -> dict[str, Any]:
    """Return the arguments that change a message into something.

    Source: Discord's API, "edit message": for components, a text and embeds of an earlier kind must be taken out.
    """
    if isinstance(said, Panel):
        return {"content": None, "embeds": [], "view": layout(said)}
    return {"content": said, "view": view}


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

    async def send(number: int, said: Said, view: View | None = None) -> discord.Message:
        allowed = discord.AllowedMentions.none()
        if mentions is not None and number == 0:
            allowed.users = [discord.Object(mentions)]
        reference = wanted.pop() if wanted else None

        async def once(reference: discord.MessageReference | None) -> discord.Message:
            given = {"reference": reference, "nonce": None if key is None else nonce(key, number)}
            options: dict[str, Any] = {option: value for option, value in given.items() if value is not None}
            return await place.send(allowed_mentions=allowed, **as_sent(said, view), **options)

        try:
            return await once(reference)
        except discord.HTTPException as error:
            if reference is None or code_of(error) != NO_RIGHT_TO_REPLY:
                raise
            return await once(None)

    return send


def after(interaction: discord.Interaction, *, private: bool = False) -> Send:
    """Return a way to send follow-ups to an interaction."""

    async def send(_: int, said: Said, view: View | None = None) -> discord.Message:
        return await interaction.followup.send(ephemeral=private, wait=True, **as_sent(said, view))

    return send


async def send_all(said: Sequence[Said], send: Send, *, start: int = 0) -> list[discord.Message]:
    """Send messages from number `start` on."""
    return [await send(number, said[number], None) for number in range(start, len(said))]


async def change(carriers: Sequence[Carrier], panels: Sequence[Panel], send: Send) -> list[Carrier]:
    """Change the messages that carry an answer; delete messages that are too many, send panels that are too many."""
    for carrier, panel in zip(carriers, panels, strict=False):
        await carrier.edit(**as_changed(panel))
    for extra in carriers[len(panels) :]:
        try:
            await extra.delete()
        except discord.NotFound:
            log.info("message %s was deleted before", extra.id)
    return [*carriers[: len(panels)], *await send_all(panels, send, start=len(carriers))]


async def post(
    place: Messageable, said: Sequence[Said], *, replies_to: discord.Message | None = None, key: str | None = None
) -> list[discord.Message]:
    """Send messages; return them, or none of them if one was refused."""
    reference = None
    if replies_to is not None and own_rights(replies_to.channel).read_message_history:
        reference = replies_to.to_reference(fail_if_not_exists=False)
    try:
        return await send_all(said, into(place, replies_to=reference, key=key))
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
    panels: Sequence[Panel],
    *,
    key: str | None = None,
    rest_key: str | None = None,
    private: bool = False,
) -> list[discord.Message]:
    """Replace "is thinking" by the first panel and send the others after it; send to the channel what is refused there.

    Returns the messages that were sent, fewer than the panels if the channel refuses as well. The whole goes to the channel with the
    `key`; what follows a first panel that was accepted goes with the `rest_key`. A `private` response never goes to the channel.
    """
    channel = interaction.channel if isinstance(interaction.channel, Messageable) and not private else None
    try:
        first = await interaction.edit_original_response(**as_changed(panels[0]))
    except REFUSED as error:
        log.warning("Discord did not take the response to interaction %s: %s", interaction.id, in_one_line(error))
        return [] if channel is None else await post(channel, panels, key=key)
    sent: list[discord.Message] = [first]
    ways = [after(interaction, private=private), *([] if channel is None else [into(channel, key=rest_key)])]
    for send in ways:
        try:
            while len(sent) < len(panels):
                sent += [await send(len(sent), panels[len(sent)], None)]
        except REFUSED as error:
            log.warning(
                "Discord did not take a message that follows the response to interaction %s: %s", interaction.id, in_one_line(error)
            )
    return sent


async def whisper(interaction: discord.Interaction, said: Sequence[Said], *, view: View | None = None) -> None:
    """Replace a private "is thinking" by what only the person who clicked sees, with buttons below a first text."""
    try:
        await interaction.edit_original_response(**as_changed(said[0], view))
        await send_all(said, after(interaction, private=True), start=1)
    except REFUSED as error:
        log.warning("Discord did not take the reply to the click of interaction %s: %s", interaction.id, in_one_line(error))
