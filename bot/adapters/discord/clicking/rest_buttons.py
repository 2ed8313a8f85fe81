"""More of the cards that an answer is from, before whoever clicks: the explanation goes on, an example, a reason."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, Item, View

from bot.adapters.discord.clicking.clicks import FORGOTTEN, LATER, NOTHING_TO_SHOW
from bot.adapters.discord.messages.panels import MOST_TEXT, Panel
from bot.adapters.discord.messages.render import SMALL, prose
from bot.adapters.discord.messages.send import defer, whisper
from bot.adapters.discord.messages.split import split
from bot.answering.what_else import Offer, Rest, WhatElse, what_else
from bot.own_data import answer_to
from bot.service import Service
from knowledge.errors import AskwellError, UsageError

log = logging.getLogger(__name__)

LABELS = {Rest.MORE: "More", Rest.EXAMPLE: "An example", Rest.WHY: "Why?"}


class RestButton(
    DynamicItem[Button[View]], template=rf"askwell:(?P<rest>{'|'.join(Rest)}):(?P<times>[0-9]{{1,3}}):(?P<question>[0-9]{{1,10}})"
):
    """Shows more of an answer's cards; its custom_id says what, after how many such clicks, and of which question."""

    def __init__(self, offer: Offer, question_id: int) -> None:
        custom_id = f"askwell:{offer.rest}:{offer.times}:{question_id}"
        super().__init__(Button(label=LABELS[offer.rest], style=discord.ButtonStyle.secondary, custom_id=custom_id))
        self.offer = offer
        self.question_id = question_id

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the clicked button out of its custom_id."""
        del interaction, item
        return cls(Offer(Rest(match["rest"]), int(match["times"])), int(match["question"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show it to the person who clicked."""
        if not await defer(interaction, private=True):
            return
        said: list[Panel] = [Panel(LATER)]
        try:
            found = await asyncio.to_thread(rest_of, interaction.client.service, self.question_id, self.offer)
            said = [Panel(NOTHING_TO_SHOW)] if found is None else rest_panels(found, self.question_id)
        except UsageError:
            said = [Panel(FORGOTTEN)]
        except AskwellError as error:
            log.error("the click of interaction %s came to nothing: %s", interaction.id, error)
        finally:
            # After a fault of ours too, so that nobody is left with "is thinking".
            await whisper(interaction, said)


def rest_of(service: Service, question_id: int, wanted: Offer) -> WhatElse | None:
    """Return more of the cards of a question's newest answer."""
    return what_else(answer_to(service, question_id), wanted, service.library)


def rest_panels(found: WhatElse, question_id: int) -> list[Panel]:
    """Render it, with the buttons for what is left."""
    parts = split(prose(found.text), MOST_TEXT - 500)
    small = prose(f"{SMALL}From {' · '.join(found.titles)}; only you see this")
    buttons = tuple(RestButton(offer, question_id) for offer in found.offers)
    return [*map(Panel, parts[:-1]), Panel(parts[-1], small[:500], buttons=buttons)]
