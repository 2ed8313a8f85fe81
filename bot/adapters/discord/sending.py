"""How texts are sent to Discord: in order, pinging nobody; what Discord refuses is logged in one line."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import discord
from discord.abc import Messageable

from bot.adapters.discord.places import own_rights
from bot.adapters.discord.refusals import REFUSED, in_one_line

log = logging.getLogger(__name__)


async def post(place: Messageable, texts: Sequence[str], *, replies_to: discord.Message | None = None) -> discord.Message | None:
    """Send texts as messages; return the last one, or None if one of them was refused."""
    reference = None
    if replies_to is not None and own_rights(replies_to.channel).read_message_history:
        reference = replies_to.to_reference(fail_if_not_exists=False)
    carrier = None
    try:
        for text in texts:
            if reference is None:
                carrier = await place.send(text, suppress_embeds=True)
            else:
                carrier, reference = await place.send(text, suppress_embeds=True, reference=reference), None
    except REFUSED as error:
        log.warning("Discord did not take a message: %s", in_one_line(error))
        return None
    return carrier


async def defer(interaction: discord.Interaction) -> None:
    """Tell Discord within its three seconds that the answer is on the way; if it won't hear, the answer is still worth giving."""
    try:
        await interaction.response.defer(thinking=True)
    except REFUSED as error:
        log.warning("Discord did not take the deferral of interaction %s: %s", interaction.id, in_one_line(error))


async def respond(interaction: discord.Interaction, texts: Sequence[str]) -> discord.Message | None:
    """Put the first text in place of "is thinking", send the others after it; where that is refused, send all to the channel."""
    carrier: discord.Message
    try:
        carrier = await interaction.edit_original_response(content=texts[0])
    except REFUSED as error:
        log.warning("Discord did not take the response to interaction %s: %s", interaction.id, in_one_line(error))
        return await post(interaction.channel, texts) if isinstance(interaction.channel, Messageable) else None
    try:
        for text in texts[1:]:
            carrier = await interaction.followup.send(text, suppress_embeds=True, wait=True)
    except REFUSED as error:
        log.warning("Discord did not take a follow-up to interaction %s: %s", interaction.id, in_one_line(error))
        return None
    return carrier
