"""The button that undoes a promotion, below the line that says what was written."""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, Item, View

from bot.adapters.discord.messages.send import whisper
from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.adapters.discord.review_channel.card_clicks import attempt
from bot.adapters.discord.review_channel.clicking_mentor import account_of
from bot.adapters.discord.review_channel.plan_words import taken_back_text
from bot.review.card_work.cards_by_button import take_card_back

log = logging.getLogger(__name__)


class TakeBackButton(DynamicItem[Button[View]], template=r"askwell:takeback:(?P<promotion>[0-9]{1,10})"):
    """Undoes a promotion."""

    def __init__(self, promotion_id: int) -> None:
        super().__init__(Button(label="Take it back", custom_id=f"askwell:takeback:{promotion_id}"))
        self.promotion_id = promotion_id

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the clicked button out of its custom_id."""
        del interaction, item
        return cls(int(match["promotion"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Undo the promotion, tell the mentor, and say so where the line stands that said what was written."""
        client, account, now = interaction.client, account_of(interaction.user), dt.datetime.now(dt.UTC)
        done = await attempt(client, interaction, lambda work: take_card_back(work, self.promotion_id, account, now=now))
        if done is None:
            return
        words = taken_back_text(*done)
        await whisper(interaction, [words])
        if client.board is not None:
            client.board.wake()
        if interaction.message is not None and not interaction.message.flags.ephemeral:
            try:
                await interaction.message.edit(content=words, view=None)
            except REFUSED as error:
                log.warning("message %s does not say that its promotion is undone: %s", interaction.message.id, in_one_line(error))


def take_back_row(promotion_id: int) -> View:
    """Return the button below what was written."""
    view = View(timeout=None)
    view.add_item(TakeBackButton(promotion_id))
    return view
